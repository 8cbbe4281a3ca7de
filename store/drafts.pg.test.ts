import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { plan } from '../test/support/plan.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('drafts');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('a draft is there for as long as somebody waits for an answer about it', async () => {
  const digest = await store.saveDraft(plan());
  expect(await store.saveDraft(plan())).toBe(digest);
  await store.releaseDraft(digest);
  expect(await store.draft(digest)).toBeDefined();
  await store.releaseDraft(digest);
  expect(await store.draft(digest)).toBeUndefined();
  await store.releaseDraft(digest);
});

test('what was read for it goes with the last who waits for an answer about it', async () => {
  const [digest, other] = [await store.saveDraft(plan()), await store.saveDraft(plan({ plan: 'other' }))];
  const read = { package: 'clerks', system: 'erp', changed: ['ann'] };
  for (const each of [digest, other]) await store.saveSimulated(each, read);
  await store.saveSimulated(digest, { ...read, changed: ['ann', 'ben'] });
  await store.saveSimulated(digest, { ...read, package: 'another' });
  expect(await store.simulatedPackages(digest)).toEqual(['another', 'clerks']);
  expect(await store.simulated(digest, 'clerks')).toEqual([{ ...read, changed: ['ann', 'ben'] }]);
  await store.releaseDraft(digest);
  expect([await store.simulatedPackages(digest), await store.simulated(digest, 'clerks'), await store.simulated(other, 'clerks')]).toEqual([[], [], [read]]);
});
