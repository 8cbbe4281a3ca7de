/** The JSON Schema that is written beside a plan or a site file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeSchemaBeside } from './schema-beside.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewave-schema-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const schema = { title: 'Plan of Rolewave', description: 'new' };
const there = () => readFileSync(join(folder, 'plan.schema.json'), 'utf8');

test('is written where there is none, and replaces that of an earlier version', () => {
  writeSchemaBeside(folder, 'plan', { ...schema, title: 'Plan of Rolewave' });
  writeFileSync(join(folder, 'plan.schema.json'), '{"title":"Plan of Rolewave"}');
  writeSchemaBeside(folder, 'plan', schema);
  expect(JSON.parse(there())).toEqual(schema);
});

test.each(['{"title":"Plan of the garden"}', 'null', 'no JSON'])('overwrites nothing that is not Rolewave’s: %s', (text) => {
  writeFileSync(join(folder, 'plan.schema.json'), text);
  writeSchemaBeside(folder, 'plan', schema);
  expect(there()).toBe(text);
});
