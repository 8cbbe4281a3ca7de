import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
let client: pg.Client;

beforeAll(async () => {
  database = await createDatabase('sessions');
  store = await openStore(database.url, { migrate: true });
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await store?.close();
  await database?.drop();
});
beforeEach(() => client.query('delete from rolewave.sessions'));

const hourMs = 3_600_000;
const begin = (id: string, person = 'ann', change: { idleMs?: number; lifetimeMs?: number; most?: number } = {}) =>
  store.beginSession({ id, person, sealed: `sealed ${id}`, idleMs: hourMs, lifetimeMs: 12 * hourMs, most: 10, ...change });
/** As if this much time had passed since. */
const pass = (ms: number) =>
  client.query('update rolewave.sessions set began_at = began_at - $1, seen_at = seen_at - $1, ends_at = ends_at - $1, renewing_at = renewing_at - $1', [ms]);
const ids = async () => (await client.query<{ id: string }>('select id from rolewave.sessions order by id')).rows.map(({ id }) => id);

test('a session is found by its digest, until it is ended', async () => {
  await begin('one');
  expect(await store.session('one')).toEqual({ person: 'ann', sealed: 'sealed one', beganAtMs: expect.any(Number) });
  await store.endSession('one');
  await store.endSession('one');
  expect(await store.session('one')).toBeUndefined();
});

test('a request keeps it alive, and without one it ends', async () => {
  await begin('used');
  await begin('unused');
  await pass(0.75 * hourMs);
  expect(await store.session('used')).toBeDefined();
  await pass(0.75 * hourMs);
  expect([await store.session('used'), await store.session('unused')]).toEqual([expect.anything(), undefined]);
});

test('what is asked about it without a request does not keep it alive', async () => {
  await begin('listening');
  await pass(0.75 * hourMs);
  expect(await store.session('listening', false)).toBeDefined();
  await pass(0.75 * hourMs);
  expect(await store.session('listening', false)).toBeUndefined();
});

test('no request keeps it alive beyond its lifetime', async () => {
  await begin('long', 'ann', { lifetimeMs: 2 * hourMs });
  for (let hours = 0; hours < 1.5; hours += 0.5) {
    await pass(0.5 * hourMs);
    expect(await store.session('long')).toBeDefined();
  }
  await pass(0.6 * hourMs);
  expect(await store.session('long')).toBeUndefined();
});

test('of one person, the sessions that were used last remain, and those of others are untouched', async () => {
  await begin('other', 'ben');
  for (let each = 1; each <= 4; each++) {
    await begin(`ann-${each}`, 'ann', { most: 3 });
    await pass(60_000);
  }
  expect(await ids()).toEqual(['ann-2', 'ann-3', 'ann-4', 'other']);
});

test('sign-ins at the same moment do not go over the limit either', async () => {
  await Promise.all(Array.from({ length: 12 }, (_, each) => begin(`ann-${each}`, 'ann', { most: 3 })));
  expect(await ids()).toHaveLength(3);
});

test('ten thousand sign-ins of one person leave as many rows as one person may have, and ended rows go with the next sign-in', async () => {
  await client.query(
    `insert into rolewave.sessions (id, person, sealed, began_at, seen_at, idle_after, ends_at)
     select 'old-' || n, 'person-' || n % 7, '', 0, 0, 1, 1 from generate_series(1, 5000) n`,
  );
  await client.query(
    `insert into rolewave.sessions (id, person, sealed, began_at, seen_at, idle_after, ends_at)
     select 'live-' || n, 'ann', '', n, 4102444800000, 1, 4102444800000 from generate_series(1, 5000) n`,
  );
  await begin('new');
  expect(await ids()).toHaveLength(10);
  expect(await store.session('new')).toBeDefined();
});

test('one process at a time renews it, and another one when the first has died', async () => {
  await begin('one');
  expect(await Promise.all([store.claimRenewal('one'), store.claimRenewal('one')])).toEqual(expect.arrayContaining([true, false]));
  await pass(31_000);
  expect(await store.claimRenewal('one')).toBe(true);
  await store.renewSession('one', 'sealed anew');
  expect(await store.session('one')).toMatchObject({ sealed: 'sealed anew' });
  expect(await store.claimRenewal('one')).toBe(true);
});

test('a session that was ended is not renewed', async () => {
  await begin('one');
  await store.endSession('one');
  await store.renewSession('one', 'sealed anew');
  expect([await store.claimRenewal('one'), await store.session('one')]).toEqual([false, undefined]);
});
