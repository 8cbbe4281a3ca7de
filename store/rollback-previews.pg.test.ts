import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RollbackPreviewPart } from '../domain/release/rollback-preview.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
let client: Client;
beforeAll(async () => {
  database = await createDatabase('rollback_previews');
  store = await openStore(database.url, { migrate: true });
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await store?.close();
  await database?.drop();
});

const of = { plan: 'test', wave: 'wave-1', package: 'clerks' };
const part = (person: string): RollbackPreviewPart => ({
  system: 'erp',
  loses: [{ person, account: person, role: 'clerk' }],
  losesCount: 1,
  comesBack: [],
  comesBackCount: 0,
  stays: [],
  staysCount: 0,
  asks: [],
  asksCount: 0,
});

test('it is there under its digest, however often it was kept, for an hour', async () => {
  const digest = await store.saveRollbackPreview(of, part('ann'));
  expect(await store.saveRollbackPreview(of, part('ann'))).toBe(digest);
  expect(await store.rollbackPreview(of, digest)).toEqual(part('ann'));
  await client.query('update rolewave.rollback_previews set saved_at = saved_at - 3600001');
  await store.saveRollbackPreview(of, part('ben'));
  expect(await store.rollbackPreview(of, digest)).toBeUndefined();
});

test('a row that was changed is none', async () => {
  const digest = await store.saveRollbackPreview(of, part('cem'));
  await client.query('update rolewave.rollback_previews set content = $1 where digest = $2', [JSON.stringify({ of, part: part('eve') }), digest]);
  expect(await store.rollbackPreview(of, digest)).toBeUndefined();
});

test.each([{ plan: 'other' }, { wave: 'wave-2' }, { package: 'posters' }])('what was kept for another package is not found: %o', async (other) => {
  const digest = await store.saveRollbackPreview(of, part('dea'));
  expect(await store.rollbackPreview({ ...of, ...other }, digest)).toBeUndefined();
  expect(await store.rollbackPreview(of, digest)).toEqual(part('dea'));
});
