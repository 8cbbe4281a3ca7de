import { expect, test } from 'vitest';
import type { RevokeOutcome } from '../../connectors/connector.ts';
import { shownOf } from '../../domain/authority/proposals.ts';
import { sha256Hex } from '../../domain/canonical.ts';
import { engineTaskQueue, packageWorkflowId, waveWorkflowId } from '../../domain/messages.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { waveSection, type WaveInput } from '../../domain/plan/section.ts';
import { noDrift } from '../../domain/watch/measurement.ts';
import { dayMs, worlds, type World } from './world.ts';
import type { PackageInput } from '../support/plan.ts';
import { saveRevision } from '../support/revisions.ts';

const { inWorld } = worlds();
const first = { wave: 'wave-1', package: 'package-1' };
const second = { wave: 'wave-2', package: 'package-1' };

const roles = (...names: string[]) => names.map((role) => ({ system: 'erp', role }));
const before = { entitlements: roles('clerk', 'reader'), cohort: ['ann', 'ben'] };
/** `writer` is new and `reader` dropped; cem is new and ben dropped. */
const after = {
  entitlements: roles('clerk', 'writer'),
  cohort: ['ann', 'cem'],
  watch: {
    length: '7d',
    metrics: [
      { metric: 'access-drift', tune: { above: 0 } },
      { metric: 'exceptions', rollback: { above: 50 } },
    ],
  },
};

/** Releases the package in wave-1 and watches it for a day. */
async function released(world: World): Promise<void> {
  await world.apply(world.plan({ packages: [before] }));
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  const { watch } = await world.untilWatched();
  await world.sleepUntil(watch.startMs + dayMs);
  await world.untilPackage((view) => view.watch.evaluations === 1);
}

/** Saves the next revision, in which wave-2 goes live five days after wave-1, and starts wave-2. */
async function applied(world: World, change: 'revise' | 'retire', rolePackage: Partial<PackageInput>): Promise<Plan> {
  const plan = world.plan({ packages: [rolePackage] });
  const [wave] = plan.waves;
  plan.waves.push({ ...wave!, id: 'wave-2', goLive: wave!.goLive! + 5 * dayMs, packages: [{ ...wave!.packages[0]!, change }] });
  const { number } = await saveRevision(world.store, plan, world.key);
  const input: WaveInput = { section: waveSection(plan, number, 'wave-2') };
  await world.client.workflow.start('wave', { workflowId: waveWorkflowId('test', 'wave-2'), taskQueue: engineTaskQueue, args: [input] });
  return plan;
}

async function releasedBySecond(world: World) {
  await world.makeReady('package-1', ['olga'], 'wave-2');
  await world.sleepUntil(world.goLiveMs + 5 * dayMs);
  const running = await world.untilWatched('package-1', 'wave-2');
  await world.untilPackage((view) => view.supersededBy === 'wave-2');
  return running;
}

/** Who holds what by whom: what is restored is another grant than before. */
const holders = (world: World) => world.system.held().map(({ role, account, grantor }) => `${role} ${account} ${grantor}`);

const ours = (world: World) =>
  world.system
    .held()
    .filter(({ grantor }) => grantor === 'rolewave')
    .map(({ role, account }) => `${role} ${account}`);

test(
  'a changed package shows its difference, needs a sign-off and is watched for its own length, while the earlier release is superseded',
  inWorld(async (world) => {
    await released(world);
    await applied(world, 'revise', after);
    const planned = await world.untilWave((view) => view.packages[0]?.preview !== undefined, 'wave-2');
    expect(planned.packages[0]).toMatchObject({ change: 'revise', signOffs: [], preview: [{ toGrant: 3, alreadyThere: 1, toDrop: 3 }] });
    const { watch } = await releasedBySecond(world);
    expect(ours(world)).toEqual(['clerk ann', 'clerk cem', 'writer ann', 'writer cem']);
    expect(watch.endMs - watch.startMs).toBe(7 * dayMs);
    const { evaluations } = (await world.package()).watch;
    await world.sleepUntil(watch.endMs);
    await world.untilPackage((view) => view.state === 'Stable', 'package-1', 'wave-2');
    expect(await world.package()).toMatchObject({ supersededBy: 'wave-2', watch: { evaluations } });
    expect(await world.send('tune', 'ines', first, { step: 'reconcile', reason: 'x' })).toMatchObject({
      accepted: false,
      code: 'wrong-stage',
      message: expect.stringContaining("wave 'wave-2' has released 'package-1' again"),
    });
  }),
);

test(
  'a changed package rolls back to the earlier release, which then continues',
  inWorld(async (world) => {
    await released(world);
    const held = holders(world);
    await applied(world, 'revise', after);
    const { watch } = await releasedBySecond(world);
    world.readings['exceptions'] = { value: 99 };
    await world.sleepUntil(watch.startMs + dayMs);
    const { proposal } = await world.untilPackage(
      (view) => view.proposal?.kind === 'rollback' && view.proposal.dependencies !== undefined,
      'package-1',
      'wave-2',
    );
    expect(proposal?.dependencies?.filter(({ clear }) => !clear)).toEqual([]);
    delete world.readings['exceptions'];
    await world.accepted('decide', 'olga', second, { ...shownOf(proposal!), answer: 'approve', reason: 'exceptions' });
    expect(await world.client.workflow.getHandle(packageWorkflowId('test', 'wave-2', 'package-1')).result()).toMatchObject({ state: 'Rolled back' });
    expect(holders(world)).toEqual(held);
    const continued = await world.untilPackage(
      (view) => view.supersededBy === undefined && view.state === 'Monitoring' && view.lastVerdict?.kind === 'healthy',
    );
    expect((await world.store.evaluations({ plan: 'test', ...first })).at(-1)?.drift).toEqual(noDrift);
    // The time in which it was superseded does not count as watched.
    await world.sleepUntil(continued.watch.endMs);
    await world.untilPackage((view) => view.state === 'Stable');
  }),
);

test(
  'after a rollback that could not undo everything, the earlier release stays superseded until a person fixes that and approves again',
  inWorld(async (world) => {
    await released(world);
    const held = holders(world);
    await applied(world, 'revise', { ...after, rollback: { approval: 'automatic' } });
    await releasedBySecond(world);
    const { revoke } = world.system;
    world.system.revoke = async (grants, beforeCommit) => {
      const isRefused = ({ role, account }: (typeof grants)[number]) => role === 'writer' && account === 'cem';
      const withRefusals = (outcomes: RevokeOutcome[]) => {
        const others = outcomes.values();
        return grants.map((grant): RevokeOutcome => (isRefused(grant) ? { outcome: 'failed', why: 'no longer allowed' } : others.next().value!));
      };
      const allowed = grants.filter((grant) => !isRefused(grant));
      return withRefusals(await revoke(allowed, (outcomes, transaction) => beforeCommit(withRefusals(outcomes), transaction)));
    };
    await world.accepted('rollback', 'ines', second, { reason: 'no' });
    const unfinished = await world.untilPackage((view) => view.proposal?.why.includes('could not undo') === true, 'package-1', 'wave-2');
    expect(unfinished).toMatchObject({
      state: 'Rollback ready',
      proposal: { why: 'the rollback could not undo writer of cem in erp (no longer allowed); everything else is undone. Fix that, then approve again' },
    });
    const asked = await world.untilPackage((view) => view.requests !== undefined, 'package-1', 'wave-2');
    expect(asked.requests).toMatchObject([{ kind: 'rollback', to: ['olga'], text: expect.stringContaining('could not undo writer of cem') }]);
    expect(await world.package()).toMatchObject({ supersededBy: 'wave-2' });
    world.system.revoke = revoke;
    await world.accepted('decide', 'olga', second, { ...shownOf(unfinished.proposal!), answer: 'approve', reason: 'back' });
    expect(await world.client.workflow.getHandle(packageWorkflowId('test', 'wave-2', 'package-1')).result()).toMatchObject({ state: 'Rolled back' });
    expect(holders(world)).toEqual(held);
    await world.untilPackage((view) => view.supersededBy === undefined && view.state === 'Monitoring');
  }),
);

test(
  'a retired package loses everything that it granted, and ends after its watch, together with the earlier release',
  inWorld(async (world) => {
    await released(world);
    await applied(world, 'retire', { ...before, watch: { length: '7d', metrics: [{ metric: 'access-drift', tune: { above: 0 } }] } });
    const planned = await world.untilWave((view) => view.packages[0]?.preview !== undefined, 'wave-2');
    expect(planned.packages[0]).toMatchObject({ change: 'retire', preview: [{ toGrant: 0, alreadyThere: 0, toRetire: 0, toDrop: 4 }] });
    const { watch } = await releasedBySecond(world);
    expect(ours(world)).toEqual([]);
    await world.sleepUntil(watch.endMs);
    expect(await world.client.workflow.getHandle(packageWorkflowId('test', 'wave-2', 'package-1')).result()).toMatchObject({ state: 'Retired' });
    expect(await world.client.workflow.getHandle(packageWorkflowId('test', 'wave-1', 'package-1')).result()).toMatchObject({ state: 'Retired' });
    // Legacy access that the package had replaced is not restored.
    expect(world.system.held()).toEqual([]);
  }),
);

test(
  'a package that is not released yet cannot be revised, and a blocker says so until it is released',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [before] }));
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs - 6 * 3_600_000);
    await applied(world, 'revise', after);
    await world.untilWave(
      (view) => view.packages[0]!.blockers.some((one) => one.code === 'previewFailed' && one.problem.includes('nothing to revise; write change: release')),
      'wave-2',
    );
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched();
    await world.sleep(2 * 3_600_000);
    await world.untilWave((view) => view.packages[0]?.preview?.[0]?.toDrop === 3, 'wave-2');
  }),
);

test(
  'a released package takes a new owner from each revision once, and refuses an older revision',
  inWorld(async (world) => {
    await released(world);
    const owned = (owner: string) => world.plan({ packages: [{ ...before, owner }] });
    const sent = (revision: number, plan: Plan) => {
      const section = waveSection(plan, revision, 'wave-1');
      return {
        section,
        jws: world.seal('revise', 'ines', first, { revision, sectionDigest: sha256Hex(section) }, { id: `revision-${revision}` }),
      };
    };
    const handle = world.client.workflow.getHandle(packageWorkflowId('test', 'wave-1', 'package-1'));
    const [two, three] = [sent(2, owned('dora')), sent(3, owned('otto'))];
    await handle.signal('revise', three.jws, three.section);
    await handle.signal('revise', three.jws, three.section);
    await handle.signal('revise', two.jws, two.section);
    const view = await world.untilPackage((seen) => seen.refusals.length > 0);
    expect(view).toMatchObject({ owner: 'otto', refusals: [{ type: 'revise', code: 'older-revision' }] });
    const revised = async () => (await world.store.events({ plan: 'test', ...first })).filter(({ kind }) => kind === 'revised').map(({ text }) => text);
    await expect.poll(revised, { timeout: 20_000 }).toEqual(['revision 3: owner otto']);
  }),
);
