import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServerRecord } from '../domain/access/server-behaviour.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { mostPlaces, TooManyPlaces } from '../domain/site/same-place.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
let client: Client;
beforeAll(async () => {
  database = await createDatabase('servers');
  store = await openStore(database.url, { migrate: true });
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await store?.close();
  await database?.drop();
});

const record: ServerRecord = { server: 'one', atMs: 1, findings: { addOne: { is: 'leavesOthers', by: 'measured' } } };

test('the last record of a place counts', async () => {
  expect(await store.serverRecord('scim:a')).toBeUndefined();
  await store.saveServerRecord('scim:a', 'hr', record);
  const later = { ...record, server: 'two', problem: 'it may not' };
  await store.saveServerRecord('scim:a', 'hr', later);
  expect(await store.serverRecord('scim:a')).toEqual(later);
  expect(await store.serverRecords(['hr', 'erp'])).toEqual([{ system: 'hr', place: 'scim:a', record: later }]);
});

test('a server that says megabytes of itself has a record that is read back, and one of megabytes from before is not read', async () => {
  await store.saveServerRecord('scim:large', 'large', { ...record, server: 'x'.repeat(20_000_000), problem: 'y'.repeat(2_000_000) });
  expect(await store.serverRecord('scim:large')).toEqual({ ...record, server: 'x'.repeat(500), problem: 'y'.repeat(1_000) });
  await client.query(
    `update rolewave.servers set record = json_build_object('server', (select string_agg(md5(n::text), '') from generate_series(1, 100000) n)) where place = 'scim:large'`,
  );
  expect(await store.serverRecords(['large'])).toEqual([]);
  expect(await store.serverRecord('scim:large')).toBeUndefined();
});

test('a record in no known form is none', async () => {
  await store.saveServerRecord('scim:b', 'hr', record);
  await client.query(
    `update rolewave.servers set record = '{"server":"x","atMs":1,"findings":{"addOne":{"is":"whatever","by":"measured"}}}' where place = 'scim:b'`,
  );
  expect(await store.serverRecord('scim:b')).toBeUndefined();
});

test('one process measures at a place at a time, and one that died keeps it no longer than it said', async () => {
  expect(await store.beginProbe('scim:c', 'first', 60_000)).toBe(true);
  expect(await store.beginProbe('scim:c', 'second', 60_000)).toBe(false);
  expect(await store.beginProbe('scim:d', 'second', 60_000)).toBe(true);
  // Whose place it is not ends nothing.
  await store.endProbe('scim:c', 'second');
  expect(await store.beginProbe('scim:c', 'second', 60_000)).toBe(false);
  await client.query(`update rolewave.probes set until = until - 60001 where place = 'scim:c'`);
  expect(await store.beginProbe('scim:c', 'second', 60_000)).toBe(true);
  await store.endProbe('scim:c', 'first');
  expect(await store.beginProbe('scim:c', 'third', 60_000)).toBe(false);
  await store.endProbe('scim:c', 'second');
  expect(await store.beginProbe('scim:c', 'third', 60_000)).toBe(true);
});

test('what a process has measured counts only while the place is its own', async () => {
  await store.beginProbe('scim:e', 'slow', 60_000);
  expect(await store.saveServerRecord('scim:e', 'hr', record, 'slow')).toBe(true);
  await client.query(`update rolewave.probes set until = until - 60001 where place = 'scim:e'`);
  await store.beginProbe('scim:e', 'next', 60_000);
  const later = { ...record, server: 'two' };
  expect(await store.saveServerRecord('scim:e', 'hr', later, 'next')).toBe(true);
  expect(await store.saveServerRecord('scim:e', 'hr', record, 'slow')).toBe(false);
  expect(await store.serverRecord('scim:e')).toEqual(later);
});

test('a server that is another place each time fills nothing: those that are known stay, and no other system takes their part', async () => {
  for (let n = 0; n < mostPlaces; n += 1) await store.systemAtPlace(`moves:${n}`, { system: 'moving', address: 'a' });
  await expect(store.systemAtPlace('moves:one more', { system: 'moving', address: 'a' })).rejects.toThrow(TooManyPlaces);
  expect((await store.systemAtPlace('moves:0', { system: 'moving', address: 'b' }))[0]).toEqual({ system: 'moving', addresses: ['a', 'b'] });
  expect(await store.systemAtPlace('moves:one more', { system: 'other', address: 'a' })).toEqual([{ system: 'other', addresses: ['a'] }]);
  const { rows } = await client.query<{ count: string }>(`select count(*) from rolewave.system_places where system = 'moving'`);
  expect(rows[0]?.count).toBe(String(mostPlaces));
});
