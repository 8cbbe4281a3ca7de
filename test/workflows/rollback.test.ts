import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import { dayMs, worlds, type World } from './world.ts';
import type { PackageInput } from '../support/plan.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };

/** Releases a package, and lets its exceptions rise so that a rollback is proposed. */
async function breached(world: World, change: Partial<PackageInput> = {}) {
  await world.apply(world.plan({ packages: [change] }));
  await world.makeReady();
  await world.sleepUntil(world.goLiveMs);
  const { watch } = await world.untilWatched();
  world.readings['exceptions'] = { value: 99 };
  await world.sleepUntil(watch.startMs + dayMs);
  return { watch };
}

const proposed = (world: World) => world.untilPackage((view) => view.proposal?.kind === 'rollback' && view.proposal.dependencies !== undefined);

test(
  'an approved rollback revokes what was granted, restores legacy access, and leaves what others granted (R1)',
  inWorld(async (world) => {
    await breached(world);
    world.system.grantAs('dba_kim', 'clerk', 'ann');
    const { state, nextAction, proposal } = await proposed(world);
    expect([state, nextAction]).toEqual(['Rollback ready', 'Rollback']);
    expect(proposal).toMatchObject({
      why: expect.stringContaining('exceptions 99'),
      dependencies: expect.arrayContaining([expect.objectContaining({ clear: true })]),
    });
    expect(await world.send('decide', 'ines', at, { ...shownOf(proposal!), answer: 'approve', reason: 'x' })).toMatchObject({
      accepted: false,
      code: 'not-authorized',
    });
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'exceptions' });
    expect(await world.client.workflow.getHandle('test/wave-1/package-1').result()).toEqual({
      state: 'Rolled back',
      why: '6 granted, 6 revoked, 1 kept: granted by dba_kim, 2 legacy grants restored',
    });
    expect(world.system.held().map(({ role, account, grantor }) => `${role} ${account} ${grantor}`)).toEqual([
      'clerk ann dba_kim',
      'old_reader ann dba',
      'old_reader ben dba',
    ]);
    expect((await world.untilWave((view) => view.packages[0]?.state === 'Rolled back')).stage).toBe('review');
  }),
);

test(
  'a frozen rollback keeps the access and stays open until someone decides',
  inWorld(async (world) => {
    const { watch } = await breached(world);
    const { proposal } = await proposed(world);
    await world.accepted('decide', 'ines', at, { ...shownOf(proposal!), answer: 'freeze', reason: 'month-end close' });
    await world.sleepUntil(watch.startMs + 3 * dayMs);
    expect(await world.untilPackage((view) => view.watch.evaluations >= 3)).toMatchObject({
      state: 'Rollback ready',
      proposal: { id: proposal?.id, frozen: true },
    });
    expect(world.system.held().filter(({ role }) => role === 'clerk')).toHaveLength(3);
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'close is over' });
    await world.client.workflow.getHandle('test/wave-1/package-1').result();
    expect(world.system.held().filter(({ role }) => role === 'clerk')).toEqual([]);
  }),
);

test(
  'a declined rollback keeps the access, and the watch continues and may end stable',
  inWorld(async (world) => {
    const { watch } = await breached(world);
    const { proposal } = await proposed(world);
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'decline', reason: 'a known batch' });
    delete world.readings['exceptions'];
    expect(await world.package()).toMatchObject({ state: 'Monitoring' });
    await world.sleepUntil(watch.endMs);
    await world.untilPackage((view) => view.state === 'Stable');
  }),
);

test(
  'an automatic rollback waits for no one',
  inWorld(async (world) => {
    await breached(world, { rollback: { approval: 'automatic' } });
    expect(await world.client.workflow.getHandle('test/wave-1/package-1').result()).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'access of a rejected design is never restored',
  inWorld(async (world) => {
    await breached(world, { legacy: [{ system: 'erp', role: 'old_reader', design: 'rejected' }], rollback: { approval: 'automatic' } });
    const { why } = await world.client.workflow.getHandle('test/wave-1/package-1').result();
    expect(why).toContain('2 legacy grants not restored');
    expect(world.system.held()).toEqual([]);
  }),
);

test(
  'a rollback waits until its dependency check is clear, and says who clears it',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{}, { buildsOn: ['package-1'], entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }] }));
    await world.makeReady('package-1');
    await world.makeReady('package-2');
    await world.sleepUntil(world.goLiveMs);
    await world.untilWatched('package-2');
    await world.accepted('rollback', 'ines', at, { reason: 'an incident' });
    const { proposal } = await proposed(world);
    expect(proposal?.dependencies).toContainEqual(expect.objectContaining({ clear: false, clearedBy: { person: 'olga' } }));
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'an incident' });
    await world.sleep(2 * 3_600_000);
    expect(await world.package()).toMatchObject({ state: 'Rollback ready' });
    expect(world.system.held().filter(({ role }) => role === 'clerk')).toHaveLength(3);
  }),
);

test(
  'an approved rollback waits for a running job, and continues automatically when the job has ended',
  inWorld(async (world) => {
    world.system.setBusy('ann', true);
    await breached(world);
    const { proposal } = await proposed(world);
    expect(proposal?.dependencies).toContainEqual({
      code: 'runningJobs',
      system: 'erp',
      jobs: 1,
      line: '1 running in erp: ann runs a job',
      clear: false,
      clearedBy: { person: 'olga' },
    });
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'exceptions' });
    await world.sleep(2 * 3_600_000);
    expect(await world.package()).toMatchObject({ state: 'Rollback ready', proposal: { answeredBy: 'olga' } });
    world.system.setBusy('ann', false);
    await world.sleep(2 * 3_600_000);
    expect(await world.client.workflow.getHandle('test/wave-1/package-1').result()).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  "a tune that revokes access needs the owner: an operator's narrowing is proposed, and runs once the owner approves it",
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    await world.untilGranted(6);
    await world.accepted('tune', 'ines', at, { step: 'narrow', reason: 'cem left the team', people: ['cem'] });
    const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'tune');
    expect(world.system.held().some(({ account }) => account === 'cem')).toBe(true);
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'yes' });
    await world.untilPackage((view) => view.tunes.length === 1);
    expect(world.system.held().some(({ account }) => account === 'cem')).toBe(false);
  }),
);

test(
  'a note to a released package is recorded, and a cancelled wave leaves the package running and asks a person',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    await world.untilGranted(6);
    const note = world.seal('note', 'olga', at, { text: 'seen on the first day' });
    const handle = world.client.workflow.getHandle('test/wave-1/package-1');
    expect(await handle.executeUpdate('note', { args: [note] })).toMatchObject({ accepted: true });
    expect((await world.package()).notes).toMatchObject([{ by: 'olga', text: 'seen on the first day' }]);
    const wave = world.client.workflow.getHandle('test/wave-1');
    await wave.cancel();
    await expect(wave.result()).rejects.toThrow(/cancel/i);
    expect((await world.package()).state).toBe('Monitoring');
    expect(world.system.held().filter(({ role }) => role === 'clerk')).toHaveLength(3);
    expect((await world.store.noticePage({ plan: ['test'], open: true, limit: 100 })).rows.map(({ kind }) => kind)).toContain('cancelled');
  }),
);

test(
  'a cancellation in Temporal revokes nothing: the package stops, and the cancellation is recorded',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    await world.untilGranted(6);
    const handle = world.client.workflow.getHandle('test/wave-1/package-1');
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(/cancel/i);
    expect(world.system.held().filter(({ role }) => role === 'clerk')).toHaveLength(3);
    expect((await world.store.events({ plan: 'test', wave: 'wave-1', package: 'package-1' })).map(({ kind }) => kind)).toContain('cancelled');
    expect((await world.store.noticePage({ plan: ['test'], open: true, limit: 100 })).rows.filter(({ kind }) => kind === 'cancelled')).toMatchObject([
      { to: ['olga', 'ines', 'hugo'], text: expect.stringContaining('was cancelled in Temporal') },
    ]);
  }),
);
