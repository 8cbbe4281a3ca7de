import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import { plan } from '../test/support/plan.ts';
import { saveRevision } from '../test/support/revisions.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: Awaited<ReturnType<typeof createDatabase>>;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('revisions');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('new revisions of some plans since an instant are counted, with what they take in the store', async () => {
  const key = newKey();
  const hex = Array.from({ length: 110 }, () => crypto.randomUUID()).join(' ');
  const large = await saveRevision(store, plan({ plan: 'one', description: hex.slice(0, 4_000) }), key);
  await saveRevision(store, plan({ plan: 'one', description: 'the next' }), key);
  await saveRevision(store, plan({ plan: 'two' }), key);
  await saveRevision(store, plan({ plan: 'other' }), key);
  const all = await store.revisionsSince(['one', 'two'], large.appliedAtMs);
  expect(all.revisions).toBe(3);
  expect(all.bytes).toBeGreaterThan(2_000);
  expect(await store.revisionsSince(['one', 'two'], large.appliedAtMs + 86_400_000)).toEqual({ revisions: 0, bytes: 0 });
  expect(await store.revisionsSince([], 0)).toEqual({ revisions: 0, bytes: 0 });
});

const places = ({ plan: of, wave, package: id }: { plan: string; wave?: string; package?: string }) =>
  store.isPlanned({ plan: of, ...(wave === undefined ? {} : { wave }), ...(id === undefined ? {} : { package: id }) });
const withWaves = (...ids: string[]) => {
  const made = plan({ plan: 'placed' });
  return { ...made, waves: ids.flatMap((id) => made.waves.slice(0, 1).map((wave) => ({ ...wave, id }))) };
};

test('a place that a later revision drops stays one of the plan, and the store says which revision had it last', async () => {
  const key = newKey();
  const id = String(plan().waves[0]?.packages[0]?.package);
  for (const waves of [['one'], ['one', 'two'], ['two'], ['three']]) await saveRevision(store, withWaves(...waves), key);
  const at = (wave: string) => ({ wave, package: id });
  const found = await store.lastIn('placed', [at('one'), at('two'), at('three'), at('four'), { wave: 'one', package: 'other' }]);
  expect(new Map(found.map(({ wave, revision }) => [wave, revision]))).toEqual(
    new Map([
      ['one', 2],
      ['two', 3],
      ['three', 4],
    ]),
  );
  expect(await store.lastWith('placed', [id, 'other'])).toEqual([{ package: id, revision: 4 }]);
  expect(
    await Promise.all([places({ plan: 'placed' }), places({ plan: 'placed', wave: 'one' }), places({ plan: 'placed', wave: 'one', package: id })]),
  ).toEqual([true, true, true]);
  expect(
    await Promise.all([places({ plan: 'nowhere' }), places({ plan: 'placed', wave: 'four' }), places({ plan: 'placed', wave: 'one', package: 'other' })]),
  ).toEqual([false, false, false]);
});

test('the places of revisions that an earlier version wrote are found when the store is migrated, and none goes back', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const all = async () => (await client.query('select plan, wave, package, last_revision from rolewave.places order by 1, 2, 3')).rows as unknown[];
    const before = await all();
    expect(before.length).toBeGreaterThan(3);
    await expect(client.query("update rolewave.places set last_revision = 1 where wave = 'three'")).rejects.toThrow(/only moves on/);
    await expect(client.query('delete from rolewave.places')).rejects.toThrow(/only moves on/);
    await client.query(`drop table rolewave.places; drop function rolewave.places_in cascade; drop function rolewave.keep_places cascade;
      drop function rolewave.refuse_earlier_place cascade`);
    await client.query(`set search_path to rolewave; ${await readFile(new URL('migrations/0007_places.sql', import.meta.url), 'utf8')}`);
    expect(await all()).toEqual(before);
  } finally {
    await client.end();
  }
});
