import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { smallPlan } from '../../test/support/small-plan.ts';
import { schemaText } from '../commands/schema.ts';
import { referenceFiles } from './files.ts';

const project = join(import.meta.dirname, '../..');

test('what is generated is current (write it with: npm run reference)', async () => {
  const files = await referenceFiles();
  expect(files.map(({ file }) => file.slice(project.length + 1))).toEqual([
    'docs/command.md',
    'docs/search-attributes.md',
    'domain/plan/plan.schema.json',
    'domain/site/site.schema.json',
  ]);
  for (const { file, text } of files) expect([file, await readFile(file, 'utf8')]).toEqual([file, text]);
});

async function checkOf(file: 'plan' | 'site'): Promise<ValidateFunction> {
  // The formats of mail addresses are also patterns there.
  return new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(JSON.parse(await schemaText(file)) as object);
}

describe('the JSON Schema', () => {
  test.each([
    ['plan', 'examples/role-packages.yaml'],
    ['site', 'demo/site.yaml'],
  ] as const)('of the %s accepts %s, whose first line names it', async (kind, file) => {
    const text = await readFile(join(project, file), 'utf8');
    const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(JSON.parse(await readFile(join(project, file, '..', named), 'utf8'))).toEqual(JSON.parse(await schemaText(kind)));
    const check = await checkOf(kind);
    check(parse(text));
    expect(check.errors).toBeNull();
  });

  test('finds what is mistaken in a plan, at its place', async () => {
    const check = await checkOf('plan');
    expect(check(parse(smallPlan))).toBe(true);
    const mistaken = parse(smallPlan) as { packages: Record<string, unknown>[] };
    Object.assign(mistaken.packages[0] ?? {}, { risk: 'enormous', colour: 'red' });
    check(mistaken);
    expect(check.errors?.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)).toEqual(
      expect.arrayContaining(['/packages/0 additionalProperties', '/packages/0/risk enum']),
    );
  });

  test('says what keys mean', async () => {
    const schema = JSON.parse(await schemaText('plan')) as { properties: Record<string, { description?: string }> };
    expect(schema.properties['people']?.description).toBe('everyone whom the plan names');
    expect(schema.properties['notices']?.description).toContain('if left out: operators, after two days');
  });
});
