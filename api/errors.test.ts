/** Compares the catalog of errors with what the endpoint answers over HTTP; needs neither Temporal nor a store. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readsNothing } from '../domain/authority/who-reads.ts';
import { refusalCodes, type RefusalCode } from '../domain/messages.ts';
import { createApp } from './app.ts';
import { Problem, catalog, errorCodes, problemJson } from './errors.ts';
import { problemsOf } from './openapi.ts';
import { fixedSite } from '../settings/site.ts';
import { site } from '../test/support/site.ts';
import { pageFile, referencePage } from './reference-page.ts';
import type { Services } from './route.ts';
import { routes } from './routes.ts';

let server: Server;
let url: string;
/** The package's workflow refuses every message with this code. */
let refusesWith: RefusalCode;

beforeAll(async () => {
  const handle = { executeUpdate: async () => ({ accepted: false, id: 'm-1', code: refusesWith, message: 'Said by the package.' }) };
  const client = { workflow: { getHandle: () => handle }, connection: { withDeadline: (_: number, call: () => unknown) => call() } };
  const services = {
    engine: { client },
    sealer: { seal: async () => 'sealed' },
    states: { sent: () => undefined },
    site: fixedSite(site()),
    authentication: { of: async () => ({ caller: { id: 'mara', groups: [] }, how: 'token' }) },
    readings: { of: async (plan: string) => ({ ...readsNothing(plan), sees: true, all: true, acts: true }) },
    log: pino({ level: 'silent' }),
    answerWithinMs: 1_000,
  } as unknown as Services;
  server = createServer(createApp(routes, services));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** Refusals because of the current state, as opposed to missing rights, unknown targets and malformed messages. */
const statusOf = (code: RefusalCode): number =>
  ({
    'not-authorized': 403,
    'unknown-package': 404,
    'unknown-proposal': 404,
    'unknown-claim': 404,
    'claim-out-of-range': 422,
    malformed: 422,
    'too-many-refused': 429,
  })[code as string] ?? 409;

test.each(refusalCodes.map((code) => [code, statusOf(code)] as const))(
  'a message that a package refuses with %s is answered with %i and the same text',
  async (code, status) => {
    refusesWith = code;
    const response = await fetch(`${url}/v1/packages/p/w/a/pause`, {
      method: 'POST',
      body: '{"reason": "month-end"}',
      headers: { 'content-type': 'application/json', authorization: 'Bearer of-mara' },
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, status, detail: 'Said by the package.', id: 'm-1' });
  },
);

test('every code is documented at a route that may answer it, or belongs to no route', () => {
  const described = new Set(routes.flatMap(problemsOf));
  // It appears in the `waves` of an apply.
  expect(errorCodes.filter((code) => !described.has(code)).toSorted()).toEqual(['older-revision']);
});

test('every entry of the catalog says what to do', () => {
  for (const code of errorCodes) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(catalog[code].title.length).toBeGreaterThan(10);
    expect(catalog[code].whatToDo).toMatch(/^[A-Z].{20,}[.!]$/);
  }
});

test('docs/http-api.md matches the routes and the catalog (write it with: node api/reference-page.ts)', async () => {
  expect(await readFile(pageFile, 'utf8')).toBe(referencePage());
});

test('a problem carries its code, its title, the details of this case, what to do and the id of its request', () => {
  expect(problemJson(new Problem('plan-invalid', 'One mistake.', { mistakes: [{ line: 3 }] }), 'r-1')).toEqual({
    type: 'urn:rolewave:problem:plan-invalid',
    code: 'plan-invalid',
    status: 422,
    title: 'The plan has mistakes',
    detail: 'One mistake.',
    whatToDo: 'Fix each of the `mistakes`. Nothing was started or changed.',
    instance: 'urn:rolewave:request:r-1',
    mistakes: [{ line: 3 }],
  });
});

test('an answer names so many mistakes and quotes so much of them, and says how many more there are', () => {
  const json = (mistakes: unknown[]) =>
    problemJson(new Problem('malformed', 'm'.repeat(10_000), { mistakes }), 'r') as { mistakes: unknown[]; moreMistakes?: number };
  const one = { path: 'a', message: 'is unknown' };
  expect(json([one])).toMatchObject({ mistakes: [one] });
  expect(json([one])).not.toHaveProperty('moreMistakes');
  const many = json(Array.from({ length: 412_000 }, () => one));
  expect([many.mistakes.length, many.moreMistakes]).toEqual([501, 411_499]);
  const long = json(Array.from({ length: 400 }, () => ({ path: 'p'.repeat(100_000), message: 'm'.repeat(100_000) })));
  expect(long.mistakes.length + long.moreMistakes!).toBe(400);
  expect(JSON.stringify(long).length).toBeLessThan(300_000);
});
