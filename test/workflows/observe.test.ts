/** A role that is already live is watched and judged, and its access is not changed. */
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };

/** Everyone holds the two roles, granted by a database administrator. */
function live(world: World) {
  for (const role of ['clerk', 'reader']) for (const account of ['ann', 'ben', 'cem']) world.system.grantAs('dba', role, account);
  for (const account of ['ann', 'ben']) world.system.removeAll('old_reader', account);
  return world.system.held();
}

test(
  'an observed package needs no sign-off and no evidence, is watched from its go-live, and becomes stable without any change',
  inWorld(async (world) => {
    const before = live(world);
    await world.apply(world.plan({ waves: [{ packages: [{ package: 'package-1', change: 'observe' }] }] }));
    const ready = await world.untilWave((view) => view.packages[0]?.state === 'Release ready');
    expect(ready.packages[0]).toMatchObject({ change: 'observe', blockers: [], signOffs: [] });
    expect(ready.requests).toBeUndefined();
    await world.sleepUntil(world.goLiveMs);
    expect((await world.untilWatched()).grants).toMatchObject({ created: 0, preexisting: 6, legacyRetired: 0 });
    await world.sleepUntil(world.goLiveMs + 14 * dayMs);
    expect(await world.untilPackage((view) => view.state === 'Stable')).toMatchObject({ change: 'observe', tunes: [], receipts: [] });
    expect(world.system.held()).toEqual(before);
    expect(await world.store.ledger({ plan: 'test', wave: 'wave-1', package: 'package-1' })).toEqual([]);
  }),
);

test(
  'drift of an observed package is proposed but never repaired: an approval, a tune and a rollback are refused, and a decline continues the watch',
  inWorld(async (world) => {
    live(world);
    await world.apply(world.plan({ waves: [{ packages: [{ package: 'package-1', change: 'observe' }] }] }));
    await world.untilWave((view) => view.packages[0]?.state === 'Release ready');
    await world.sleepUntil(world.goLiveMs);
    const { watch } = await world.untilWatched();
    world.system.removeAll('clerk', 'ann');
    const drifted = world.system.held();
    await world.sleepUntil(watch.startMs + dayMs);
    const { proposal, state } = await world.untilPackage((view) => view.proposal !== undefined);
    expect([state, proposal?.kind, proposal?.tune]).toEqual(['Needs tuning', 'tune', { step: 'reconcile' }]);
    const refused = { accepted: false, code: 'wrong-stage', message: expect.stringContaining('only observed') };
    expect(await world.send('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'do it' })).toMatchObject(refused);
    expect(await world.send('tune', 'olga', at, { step: 'reconcile', reason: 'do it' })).toMatchObject(refused);
    expect(await world.send('rollback', 'olga', at, { reason: 'revoke it all' })).toMatchObject(refused);
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'decline', reason: 'ann is on leave' });
    expect((await world.untilPackage((view) => view.proposal === undefined)).state).toBe('Monitoring');
    expect(world.system.held()).toEqual(drifted);
  }),
);

test(
  'a breach of an observed package proposes a rollback that no one can approve, even if rollback is automatic',
  inWorld(async (world) => {
    const before = live(world);
    await world.apply(
      world.plan({ packages: [{ rollback: { approval: 'automatic' } }], waves: [{ packages: [{ package: 'package-1', change: 'observe' }] }] }),
    );
    await world.untilWave((view) => view.packages[0]?.state === 'Release ready');
    await world.sleepUntil(world.goLiveMs);
    const { watch } = await world.untilWatched();
    world.readings['exceptions'] = { value: 99 };
    await world.sleepUntil(watch.startMs + 2 * dayMs);
    const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'rollback');
    expect(await world.send('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'now' })).toMatchObject({ code: 'wrong-stage' });
    expect(world.system.held()).toEqual(before);
  }),
);

test(
  'an abort of a wave ends the packages that it observes, and leaves their access as it is',
  inWorld(async (world) => {
    const before = live(world);
    await world.apply(world.plan({ waves: [{ packages: [{ package: 'package-1', change: 'observe' }] }] }));
    await world.untilWave((view) => view.packages[0]?.state === 'Release ready');
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched();
    await world.accepted('abort', 'ines', {}, { reason: 'seen enough' });
    expect(await world.client.workflow.getHandle('test/wave-1/package-1').result()).toEqual({
      state: 'Retired',
      why: 'no longer observed: seen enough (ines); nothing was changed',
    });
    expect(await world.client.workflow.getHandle('test/wave-1').result()).toMatchObject({ stage: 'aborted' });
    expect(world.system.held()).toEqual(before);
  }),
);
