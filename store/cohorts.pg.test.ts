/** Who has left a cohort: of two answers that overtake each other, the one that was asked for later counts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('cohorts');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const release = (wave: string) => ({ plan: 'p', wave, package: 'clerks' });

test('an answer that took long does not replace that of a later question', async () => {
  const of = release('overtaken');
  const [slow, quick] = [await store.askCohort(of), await store.askCohort(of)];
  expect(await store.leftCohort(of)).toEqual([]);
  await store.saveLeftCohort(of, ['ann', 'ben'], quick);
  await store.saveLeftCohort(of, ['ann'], slow);
  expect(await store.leftCohort(of)).toEqual(['ann', 'ben']);
});

test('nor does it where the later answer is the one that was on record before', async () => {
  const of = release('unchanged');
  await store.saveLeftCohort(of, ['ann'], await store.askCohort(of));
  const [slow, quick] = [await store.askCohort(of), await store.askCohort(of)];
  await store.saveLeftCohort(of, ['ann'], quick);
  await store.saveLeftCohort(of, [], slow);
  expect(await store.leftCohort(of)).toEqual(['ann']);
});

test('each release has answers of its own, and a question without an answer changes nothing', async () => {
  const [one, other] = [release('one'), release('other')];
  await store.saveLeftCohort(one, ['ann'], await store.askCohort(one));
  await store.askCohort(one);
  expect([await store.leftCohort(one), await store.leftCohort(other)]).toEqual([['ann'], []]);
});
