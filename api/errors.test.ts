import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { refusalCodes } from '../domain/messages.ts';
import { Problem, catalogue, errorCodes, problemJson } from './errors.ts';
import { pageFile, referencePage } from './reference-page.ts';

test('every code with which a wave or a package refuses a message is in the catalogue, as an error of the client', () => {
  for (const code of refusalCodes) {
    expect(errorCodes).toContain(code);
    expect(catalogue[code].status).toBeGreaterThanOrEqual(400);
    expect(catalogue[code].status).toBeLessThan(500);
  }
  expect([catalogue['not-authorized'].status, catalogue['unknown-package'].status, catalogue['unknown-proposal'].status, catalogue.malformed.status]).toEqual([
    403, 404, 404, 422,
  ]);
  const others = refusalCodes.filter((code) => !['not-authorized', 'unknown-package', 'unknown-proposal', 'malformed'].includes(code));
  expect(new Set(others.map((code) => catalogue[code].status))).toEqual(new Set([409]));
});

test('every entry of the catalogue says what to do', () => {
  for (const code of errorCodes) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(catalogue[code].title.length).toBeGreaterThan(10);
    expect(catalogue[code].whatToDo).toMatch(/^[A-Z].{20,}[.!]$/);
  }
});

test('docs/http-api.md is what the routes and the catalogue say (write it with: node api/reference-page.ts)', async () => {
  const page = await readFile(pageFile, 'utf8');
  expect(page).toBe(referencePage());
  for (const code of errorCodes) expect(page).toContain(`| \`${code}\` | ${catalogue[code].status} |`);
});

test('a problem carries its code, its title, this case, what to do and the id of its request', () => {
  expect(problemJson(new Problem('plan-invalid', 'One mistake.', { mistakes: [{ line: 3 }] }), 'r-1')).toEqual({
    type: 'urn:rolewave:problem:plan-invalid',
    code: 'plan-invalid',
    status: 422,
    title: 'The plan has mistakes',
    detail: 'One mistake.',
    whatToDo: 'Fix each of the `mistakes`; nothing was started or changed.',
    instance: 'urn:rolewave:request:r-1',
    mistakes: [{ line: 3 }],
  });
});
