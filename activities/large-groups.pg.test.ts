/** An entitlement that many hold who are not in the plan, and a server that is another place each time. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bounded } from '../connectors/bounded.ts';
import { noneConnector } from '../connectors/none/connector.ts';
import { mostPlaces } from '../domain/site/same-place.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { site, siteSystem } from '../test/support/site.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('large groups');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

/** A system in which so many others hold the role `clerk`. */
function heldBy(name: string) {
  const memory = noneConnector({ place: `none:${name}` });
  const { snapshot } = memory;
  const held = { others: 0 };
  memory.snapshot = async (...asked) => {
    const read = await snapshot(...asked);
    const others = Array.from({ length: held.others }, (_, n) => ({ role: 'clerk', account: `m${n}`, grantor: 'kim', options: {} }));
    return { ...read, grants: [...read.grants, ...others] };
  };
  const now = site({ systems: [siteSystem(name)], limits: { othersPerPreview: 20 } });
  return { held, made: new Bench(store, benchPlan(name, name), { [name]: bounded(memory) }), of: { site: () => now }, memory };
}

test('one more than a preview lists is refused before anything is kept, with what to do', async () => {
  const { held, made, of } = heldBy('crowded');
  await made.apply();
  held.others = 21;
  await expect(made.runWith(of, 'previewSystem', made.ref(), 'crowded')).rejects.toMatchObject({
    type: 'SystemError',
    nonRetryable: true,
    message: expect.stringMatching(
      /^system 'crowded': 21 accounts outside of the cohort hold these entitlements, 21 of them 'clerk', .* limits\.othersPerPreview/,
    ),
  });
  held.others = 20;
  const { digest } = await made.runWith(of, 'previewSystem', made.ref(), 'crowded');
  expect((await store.preview(digest))?.others).toHaveLength(20);
});

test('what was signed is compared, granted, read back and rolled back, however many hold it by then', async () => {
  const { held, made, of, memory } = heldBy('growing');
  await made.apply();
  held.others = 20;
  const release = await made.signed();
  held.others = 30;
  expect(await made.runWith(of, 'recheckSystem', release, 'growing')).toMatchObject({ wider: 0 });
  expect(await made.runWith(of, 'grantAccess', release, 'growing')).toMatchObject({ failed: 0 });
  expect(await made.runWith(of, 'verifyAccess', release, 'growing')).toMatchObject({ created: 6, unknown: 0 });
  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  await made.runWith(of, 'rollBackAccess', release, 'growing', { id: 'r', approval });
  expect(memory.held()).toEqual([]);
});

test('a server that is another place each time is refused at last, for people to look at', async () => {
  const memory = noneConnector();
  const now = site({ systems: [siteSystem('moving')] });
  let places = 0;
  const made = new Bench(store, benchPlan('moving', 'moving'), { moving: Object.assign(memory, { place: async () => `none:moved ${places}` }) });
  await made.apply();
  const release = await made.signed();
  for (; places < mostPlaces; places += 1) await store.systemAtPlace(`none:moved ${places}`, { system: 'moving', address: undefined });
  await expect(made.runWith({ site: () => now }, 'verifyAccess', release, 'moving')).rejects.toMatchObject({
    type: 'SiteRefuses',
    message: expect.stringContaining('has said that it is 100 different servers, and now that it is another one'),
  });
});
