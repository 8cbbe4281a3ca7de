import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fairTasks, fileMayBeFair } from './fair-tasks.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewave-fair-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As Temporal names its tables. */
function serverFile(name: string, rows: Record<string, number>): string {
  const file = join(folder, name);
  const database = new DatabaseSync(file);
  for (const [table, count] of Object.entries(rows)) {
    database.exec(`create table ${table} (id integer)`);
    for (let id = 0; id < count; id += 1) database.exec(`insert into ${table} values (${id})`);
  }
  database.close();
  return file;
}

test.each([
  ['in which no task waits', { tasks: 0, task_queues: 5, task_queues_v2: 0 }, true],
  ['in which tasks wait, which the server would leave behind', { tasks: 2, task_queues_v2: 0 }, false],
  ['that was fair before, whose tasks wait in tables of their own', { tasks: 2, task_queues_v2: 3 }, true],
  ['of a server that knows no turns', { task_queues: 5 }, false],
])('a database %s: %o may be fair: %s', async (what, rows, may) => {
  expect(await fileMayBeFair(serverFile(`${what.length}.db`, rows))).toBe(may);
});

test('a new server may, and one whose file cannot be read goes on as before', async () => {
  expect(await fileMayBeFair(join(folder, 'none.db'))).toBe(true);
  writeFileSync(join(folder, 'broken.db'), 'no database, but long enough to be read as one'.repeat(100));
  expect(await fileMayBeFair(join(folder, 'broken.db'))).toBe(false);
});

test('the server of the containers gets the same settings', () => {
  const settings = parse(readFileSync(join(import.meta.dirname, '../containers/temporal/fair-tasks.yaml'), 'utf8')) as Record<string, { value: boolean }[]>;
  expect(Object.entries(settings).map(([name, [only]]) => `${name}=${only?.value}`)).toEqual([...fairTasks]);
});
