/** Somebody starts a package past its wave: it is signed, ready and due, and it is not its turn. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { PlanChange } from '../test/support/plan.ts';
import { keyOf } from '../domain/release/ledger.ts';
import type { FailureType, ReleaseRef } from './contract.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('order');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
async function bench(
  change: PlanChange,
): Promise<{ made: Bench; grant(release: ReleaseRef): Promise<unknown>; refused(release: ReleaseRef, type: FailureType, why: string): Promise<void> }> {
  const system = noneConnector();
  const id = `erp-${(number += 1)}`;
  const made = new Bench(store, benchPlan(`order-${number}`, id, change), { [id]: system });
  await made.apply();
  const grant = (release: ReleaseRef) => made.run('grantAccess', release, id);
  const refused = async (release: ReleaseRef, type: FailureType, why: string) => {
    const before = system.held();
    await expect(grant(release)).rejects.toMatchObject({ type, message: expect.stringContaining(why) });
    expect(system.held()).toEqual(before);
    expect(await store.ledger(release)).toEqual([]);
    expect(await store.releases({ plan: release.plan, package: release.package })).toEqual([]);
  };
  return { made, grant, refused };
}

const twoPackages = [{}, { id: 'posters', buildsOn: ['clerks'] }];
const twoWaves = [{}, { window: '365d' }];
const granted = { created: 6 };

test('a package is not granted before the one of its wave that it builds on, and waits for it', async () => {
  const { made, grant, refused } = await bench({ packages: twoPackages });
  const [clerks, posters] = [await made.signed('clerks'), await made.signed('posters')];
  await refused(posters, 'TooEarly', "'posters' builds on clerks, not released yet");
  expect(await grant(clerks)).toMatchObject(granted);
  await grant(posters);
  expect(await store.releases({ plan: posters.plan, package: 'posters' })).toHaveLength(1);
});

test('nor before one of an earlier wave, nor after that was rolled back', async () => {
  const { made, grant, refused } = await bench({ packages: twoPackages, waves: twoWaves });
  const posters = await made.signed('posters', 'wave-2');
  await refused(posters, 'NotCoveredBySignOffs', "'posters' builds on clerks, not released yet");
  const clerks = await made.signed('clerks');
  await grant(clerks);
  const approval = await made.record('abort', 'ines', clerks, { reason: 'an incident' });
  await made.run('rollBackAccess', clerks, made.plan.systems[0]!, { id: 'r', approval, abort: true });
  await refused(posters, 'NotCoveredBySignOffs', 'builds on clerks');
});

test('a package of a later wave is not granted before every package of the wave that comes before it, unless that was closed by a review', async () => {
  const { made, grant, refused } = await bench({
    packages: [{}, { id: 'auditors' }, { id: 'posters' }],
    waves: [{ packages: [{ package: 'clerks' }, { package: 'auditors' }] }, { packages: [{ package: 'posters' }], after: ['wave-1'] }],
  });
  const posters = await made.signed('posters', 'wave-2');
  await refused(posters, 'NotCoveredBySignOffs', "wave 'wave-2' comes after wave 'wave-1', which has not released clerks, auditors");
  await grant(await made.signed('clerks'));
  await refused(posters, 'NotCoveredBySignOffs', 'which has not released auditors');
  const first = { plan: posters.plan, wave: 'wave-1' };
  const review = { successes: 'all', challenges: 'none', improvements: 'none' };
  await made.record('review', 'sam', first, review);
  await refused(posters, 'NotCoveredBySignOffs', 'which has not released auditors');
  await made.record('review', 'ines', first, review);
  expect(await grant(posters)).toMatchObject({ failed: 0 });
});

test('a later wave grants nothing after an earlier one that was aborted', async () => {
  const { made, grant, refused } = await bench({ packages: [{}, { id: 'posters' }], waves: [{}, { after: ['wave-1'] }] });
  const posters = await made.signed('posters', 'wave-2');
  await grant(await made.signed('clerks'));
  await made.record('abort', 'ines', { plan: posters.plan, wave: 'wave-1' }, { reason: 'stop' });
  await refused(posters, 'NotCoveredBySignOffs', 'which was aborted');
});

const together = { packages: [{}, { id: 'posters' }], waves: [{ goLiveTogether: true }] };

test('one half of a wave that goes live together is not granted while the other half, which is due, is not ready or not signed', async () => {
  const { made, grant, refused } = await bench(together);
  const clerks = await made.signed('clerks');
  await refused(clerks, 'NotCoveredBySignOffs', "goes live together, and 'posters' is not ready (handoff: no evidence yet");
  const posters = await made.preview('posters');
  await refused(clerks, 'NotCoveredBySignOffs', "and 'posters' is not signed");
  await made.sign(posters, 'ann');
  await refused(clerks, 'NotCoveredBySignOffs', "and 'posters' is not signed");
  await made.sign(posters, 'olga');
  await made.sign(posters, 'olga', 'reject');
  await refused(clerks, 'NotCoveredBySignOffs', "and 'posters' is not signed");
  await made.sign(posters, 'olga');
  expect(await grant(clerks)).toMatchObject(granted);
  // What has begun is not asked again, and the other half finds this one released.
  await made.record('holdBack', 'olga', posters, { reason: 'wait' });
  expect(await grant(clerks)).toMatchObject({ failed: 0 });
});

test('one half is granted when the other half was compared with its systems, and not when that found more than was signed', async () => {
  const { made, grant, refused } = await bench(together);
  const clerks = await made.signed('clerks');
  const posters = await made.signed('posters');
  const compared = (of: ReleaseRef, wider: number) =>
    store.saveRecheck({ ...keyOf(of), previewDigest: of.previewDigest, system: made.plan.systems[0]!, wider });
  // As if its wave had not come to it yet: what was compared was another preview.
  const other = { ...posters, previewDigest: 'f'.repeat(64) };
  await made.sign(other, 'olga');
  await refused(clerks, 'TooEarly', "is not compared yet with what was signed for 'posters'");
  await compared(other, 2);
  await refused(clerks, 'TooEarly', "goes live together, and 'posters' would change 2 more than what was signed");
  await compared(other, 0);
  expect(await grant(clerks)).toMatchObject(granted);
});

test('a half that is held back, or goes live later, is not waited for', async () => {
  const held = await bench(together);
  const clerks = await held.made.signed('clerks');
  await held.made.record('holdBack', 'olga', { plan: clerks.plan, wave: 'wave-1', package: 'posters' }, { reason: 'wait' });
  expect(await held.grant(clerks)).toMatchObject(granted);
  const later = await bench(together);
  const first = await later.made.signed('clerks');
  await later.made.record('setDate', 'olga', { plan: first.plan, wave: 'wave-1', package: 'posters' }, { goLiveMs: now + 86_400_000 });
  expect(await later.grant(first)).toMatchObject(granted);
});

test('a half whose date is in a blackout holds the other half', async () => {
  const blackouts = [{ id: 'close', reason: 'Month-end close', from: '2027-02-28', until: '2027-03-01T06:00:00Z', packages: ['posters'] }];
  const { made, refused } = await bench({ ...together, blackouts });
  await made.signed('posters');
  await refused(await made.signed('clerks'), 'NotCoveredBySignOffs', "blackout 'close' holds 'posters'");
});
