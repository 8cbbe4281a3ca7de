/** A system, the store or a key is away for a while: only what needs it waits, and nothing that was accepted is lost. */
import { expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { dayMs, iso, worlds, type World } from './world.ts';

const { inWorld } = worlds();

/** `package-2` grants another role than `package-1`, which replaces nothing. */
const two = [{}, { entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }];

/** Reads of a role fail as those of a system that does not answer. */
function silence(world: World, role: string): { end: () => void } {
  const { snapshot } = world.system;
  let silent = true;
  world.system.snapshot = async (roles, ...more) => {
    if (silent && roles.includes(role)) throw new SystemUnavailable('nobody answers');
    return snapshot(roles, ...more);
  };
  return { end: () => void (silent = false) };
}

/** Two packages that go live together, an hour after their go-live: the system of `package-2` has not answered since. */
async function togetherWithOneSilent(world: World): Promise<ReturnType<typeof silence>> {
  await world.apply(world.plan({ packages: two, waves: [{ goLiveTogether: true }] }));
  await world.makeReady('package-1');
  await world.makeReady('package-2');
  const down = silence(world, 'auditor');
  await world.sleepUntil(world.goLiveMs);
  await world.untilWave(({ stage }) => stage === 'recheck');
  await world.sleep(3_600_000);
  return down;
}

const view = async (world: World, id: string) => (await world.wave()).packages.find((each) => each.package === id);

test(
  'a package goes live while the preview of another one waits for a system that is down',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: two }));
    await world.makeReady('package-1');
    await world.untilWave(({ packages }) => packages[1]?.previewDigest !== undefined);
    await world.sleepUntil(world.goLiveMs - 3_600_000);
    const down = silence(world, 'auditor');
    // Another preview is wanted, and the system does not answer.
    await world.revise(world.plan({ packages: [{}, { ...two[1], risk: 'medium' }] }));
    await world.untilWave(({ packages }) => packages[1]?.previewDigest === undefined);
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched();
    expect(await view(world, 'package-2')).toMatchObject({ blockers: expect.arrayContaining([expect.objectContaining({ code: 'preview' })]) });
    down.end();
    await world.sleep(600_000);
    await world.untilWave(({ packages }) => packages[1]?.previewDigest !== undefined);
  }),
);

test(
  'a package is released while the recheck of another one waits for a system that is down, which is held back when its window ends',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: two }));
    await world.makeReady('package-1');
    await world.makeReady('package-2');
    const down = silence(world, 'auditor');
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched();
    expect(await world.untilWave(({ stage }) => stage === 'recheck')).toMatchObject({ packages: [{ state: 'Monitoring' }, { state: 'Release ready' }] });
    await world.sleepUntil(world.goLiveMs + 6 * 3_600_000);
    const late = await world.untilWave(({ packages }) => packages[1]?.heldBack !== undefined);
    expect(late.packages[1]?.heldBack).toMatchObject({ code: 'late', text: 'ready, but a system did not answer before the window of its go-live ended' });
    down.end();
    await world.accepted('setDate', 'ines', { package: 'package-2' }, { goLiveMs: world.goLiveMs + 2 * dayMs });
    await world.sleepUntil(world.goLiveMs + 2 * dayMs);
    await world.untilWatched('package-2');
  }),
);

test(
  'of a wave that goes live together nothing is released before all systems have answered, and nothing when one is wider than was signed',
  inWorld(async (world) => {
    const down = await togetherWithOneSilent(world);
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);
    world.system.changeRole('auditor', ['may now delete everything']);
    down.end();
    await world.sleep(600_000);
    const wider = await world.untilWave(({ packages }) => packages[1]?.heldBack !== undefined);
    expect(wider.packages[1]?.heldBack).toMatchObject({ code: 'wider' });
    expect(wider.packages[0]?.heldBack).toMatchObject({ code: 'together', packages: ['package-2'] });
    expect(world.system.held().some(({ role }) => role === 'clerk' || role === 'auditor')).toBe(false);
  }),
);

test(
  'a wave that goes live together is released as soon as the last of its systems answers within the window',
  inWorld(async (world) => {
    const down = await togetherWithOneSilent(world);
    down.end();
    await world.sleep(600_000);
    await world.untilWatched();
    await world.untilWatched('package-2');
  }),
);

test(
  'an abort reaches what is released while another package waits for a system that is down',
  inWorld(async (world) => {
    await world.apply(
      world.plan({ packages: two, waves: [{ packages: [{ package: 'package-1' }, { package: 'package-2', goLive: iso(world.goLiveMs + 10 * dayMs) }] }] }),
    );
    await world.makeReady('package-1');
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched();
    silence(world, 'auditor');
    await world.revise({
      ...world.plan({ packages: [two[0]!, { ...two[1]!, risk: 'medium' }], waves: [{ packages: [{ package: 'package-1' }, { package: 'package-2' }] }] }),
    });
    await world.accepted('abort', 'ines', {}, { reason: 'the design was wrong' });
    await world.untilPackage(({ state }) => state === 'Rolled back');
    await world.untilWave(({ stage }) => stage === 'aborted');
  }),
);

test(
  'a revision replaces a preview that waits for a system that is down',
  inWorld(async (world) => {
    silence(world, 'auditor');
    await world.apply(world.plan({ packages: two }));
    await world.untilWave(({ packages }) => packages[0]?.previewDigest !== undefined);
    await world.revise(world.plan({ packages: [{}, { entitlements: [{ system: 'erp', role: 'viewer' }], legacy: [] }] }));
    await world.untilWave(({ packages }) => packages[1]?.previewDigest !== undefined);
  }),
);

test(
  'a wave that waits for a system continues as new, and takes the preview when the system is back',
  inWorld(async (world) => {
    const down = silence(world, 'auditor');
    await world.apply(world.plan({ packages: two }), { continueAfterEvents: 40 });
    await world.makeReady('package-1');
    for (let at = 0; at < 20; at += 1) await world.accepted('note', 'ines', {}, { text: `note ${at}` });
    await world.untilContinued();
    // It is tried again within seconds. Where a run ended while an activity was pending, the test server skips no time any more.
    down.end();
    await world.untilWave(({ packages }) => packages[1]?.previewDigest !== undefined);
  }),
);

test(
  'a wave whose plan has no revision that is sealed by a trusted key goes on when the key is back',
  inWorld(async (world) => {
    await world.apply(
      world.plan({ packages: two, waves: [{ packages: [{ package: 'package-1' }] }, { packages: [{ package: 'package-2' }], after: ['wave-1'] }] }),
    );
    await world.makeReady('package-1');
    await world.makeReady('package-2', ['olga'], 'wave-2');
    const store = world.store as { latestRevision: unknown };
    const real = store.latestRevision;
    let asked = 0;
    store.latestRevision = async () => {
      asked += 1;
      return undefined;
    };
    await world.sleepUntil(world.goLiveMs);
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(0);
    expect((await world.client.workflow.getHandle('test/wave-2').describe()).status.name).toBe('RUNNING');
    store.latestRevision = real;
    await world.sleep(1_800_000);
    await world.untilWatched('package-2', 'wave-2');
  }),
);

test(
  'what was accepted reaches the store, also when the workflow is cancelled while the store has been down for long (R5)',
  { timeout: 120_000 },
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const store = world.store as { record: unknown };
    const real = store.record;
    store.record = async () => {
      throw new Error('the store is down');
    };
    await world.sign();
    const handle = world.client.workflow.getHandle('test/wave-1');
    // It is tried again as long as it takes, and Temporal's UI shows it.
    const attempts = async () => Math.max(0, ...((await handle.describe()).raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0));
    await expect.poll(attempts, { timeout: 40_000 }).toBeGreaterThan(3);
    await handle.cancel();
    store.record = real;
    await expect(handle.result()).rejects.toThrow('cancelled');
    const events = await world.store.events({ plan: 'test', wave: 'wave-1' });
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['approved', 'cancelled']));
    expect(await world.store.messages({ plan: 'test', wave: 'wave-1', type: 'signOff' })).toHaveLength(1);
  }),
);
