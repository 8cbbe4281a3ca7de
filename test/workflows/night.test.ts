/** What a blackout holds, and the answers to a proposed rollback: now, with a second person, frozen, after the blackout, for some people only. */
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import type { PackageInput, PlanChange } from '../support/plan.ts';
import { dayMs, iso, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };

/** The close: days after go-live, from and until. */
const close = (world: World, from: number, until: number) => ({
  blackouts: [{ id: 'close', reason: 'Month-end close', from: iso(world.goLiveMs + from * dayMs), until: iso(world.goLiveMs + until * dayMs) }],
});

interface Night {
  change?: Partial<PackageInput>;
  top?: PlanChange;
  signers?: string[];
}

async function released(world: World, { change = {}, top = {}, signers = ['olga'] }: Night = {}) {
  await world.apply(world.plan({ packages: [change], ...top }));
  if (change.risk === 'high')
    await world.accepted('evidence', 'olga', at, { item: 'riskAcceptance', reference: 'RISK-1', expiresMs: world.goLiveMs + 300 * dayMs });
  await world.makeReady('package-1', signers);
  await world.sleepUntil(world.goLiveMs);
  return world.untilPackage((view) => view.grants.created > 0);
}

async function proposedRollback(world: World, night: Night = {}) {
  const { watch } = await released(world, night);
  world.readings['exceptions'] = { value: 99 };
  await world.sleepUntil(watch.startMs + dayMs);
  return (await world.untilPackage((view) => view.proposal?.kind === 'rollback' && view.proposal.dependencies !== undefined)).proposal!;
}

const result = (world: World) => world.client.workflow.getHandle('test/wave-1/package-1').result() as Promise<{ state: string; why: string }>;
const clerks = (world: World) =>
  world.system
    .held()
    .filter(({ role }) => role === 'clerk')
    .map(({ account }) => account);

test(
  'at high risk a rollback needs two people, one of them the owner: the same person twice, or two operators, are not enough',
  inWorld(async (world) => {
    const { id } = await proposedRollback(world, { change: { risk: 'high' } });
    await world.accepted('decide', 'ines', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'exceptions' });
    expect(await world.send('decide', 'ines', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'again' })).toMatchObject({
      code: 'second-person-needed',
    });
    expect(await world.send('decide', 'hugo', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'me too' })).toMatchObject({
      code: 'second-person-needed',
      message: expect.stringContaining('olga or a delegate'),
    });
    const { proposal, requests, state } = await world.untilPackage((view) => view.proposal?.approvedBy !== undefined);
    expect([state, proposal?.approvedBy, requests?.[0]?.to]).toEqual(['Rollback ready', ['ines'], ['olga', 'hugo']]);
    expect(clerks(world)).toHaveLength(3);
    await world.accepted('decide', 'dora', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'agreed' });
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'frozen until a day, nothing more is granted, access is kept, its end is announced, and then the rollback is proposed again',
  inWorld(async (world) => {
    const { id, proposedAtMs } = await proposedRollback(world);
    const untilMs = proposedAtMs + 4 * dayMs;
    await world.accepted('decide', 'ines', at, { proposal: id, kind: 'rollback', answer: 'freeze', reason: 'payroll runs', untilMs });
    expect(await world.send('tune', 'olga', at, { step: 'grantMissing', reason: 'ann lost it' })).toMatchObject({
      code: 'wrong-stage',
      message: expect.stringContaining('frozen by ines'),
    });
    world.system.removeAll('clerk', 'ann');
    await world.sleepUntil(untilMs - dayMs / 2);
    expect(clerks(world)).toEqual(['ben', 'cem']);
    expect((await world.package()).requests).toMatchObject([{ kind: 'freezeExpiry', to: expect.arrayContaining(['ines']), byMs: untilMs }]);
    await world.sleepUntil(untilMs);
    const { proposal } = await world.untilPackage((view) => view.proposal !== undefined && view.proposal.id !== id);
    expect(proposal).toMatchObject({ kind: 'rollback', why: expect.stringContaining('proposed again:') });
    expect(proposal?.frozen).toBeUndefined();
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'payroll is through' });
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'an approval that still waits for its dependency check can be withdrawn by a freeze, and does not count any more',
  inWorld(async (world) => {
    world.system.setBusy('ann', true);
    const { id } = await proposedRollback(world);
    await world.accepted('decide', 'olga', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'exceptions' });
    const { requests } = await world.untilPackage((view) => view.requests?.some(({ kind }) => kind === 'dependency') ?? false);
    expect(requests).toMatchObject([{ kind: 'dependency', to: ['olga'] }]);
    await world.accepted('decide', 'ines', at, { proposal: id, kind: 'rollback', answer: 'freeze', reason: 'wait for the job first' });
    world.system.setBusy('ann', false);
    await world.sleep(3 * dayMs);
    expect(clerks(world)).toHaveLength(3);
    expect(await world.package()).toMatchObject({ state: 'Rollback ready', proposal: { id, frozen: true } });
  }),
);

test(
  'rolled back for some people only: they lose it and get their old access back, the others keep it, and the watch goes on',
  inWorld(async (world) => {
    const { id } = await proposedRollback(world);
    world.readings['exceptions'] = { value: 1 };
    await world.accepted('decide', 'olga', at, { proposal: id, kind: 'rollback', answer: 'approve', people: ['ann'], reason: 'only ann posts wrongly' });
    const { tunes, proposal } = await world.untilPackage((view) => view.tunes.length === 1 && view.state === 'Monitoring');
    expect([proposal, tunes[0]?.result]).toEqual([undefined, '0 granted, 2 revoked, 0 old access retired, 0 left for a person']);
    expect(world.system.held().map(({ role, account }) => `${role} ${account}`)).toEqual([
      'clerk ben',
      'clerk cem',
      'old_reader ann',
      'reader ben',
      'reader cem',
    ]);
    await world.sleepUntil(world.goLiveMs + 15 * dayMs);
    expect((await world.untilPackage((view) => view.state === 'Stable')).tunes).toHaveLength(1);
    expect(world.system.held().some(({ role, account }) => role === 'old_reader' && account === 'ann')).toBe(true);
  }),
);

test(
  'a rollback that is proposed in a blackout waits for a person, who may say now, or after the blackout: then it is proposed again',
  inWorld(async (world) => {
    const { id, blackout } = await proposedRollback(world, { top: close(world, 0.5, 5) });
    expect(blackout).toMatchObject({ id: 'close' });
    await world.accepted('decide', 'ines', at, { proposal: id, kind: 'rollback', answer: 'afterBlackout', reason: 'nothing moves during the close' });
    await world.sleepUntil(world.goLiveMs + 4 * dayMs);
    expect(await world.package()).toMatchObject({ proposal: { id, frozen: true, untilMs: world.goLiveMs + 5 * dayMs } });
    await world.sleepUntil(world.goLiveMs + 5 * dayMs);
    const { proposal } = await world.untilPackage((view) => view.proposal !== undefined && view.proposal.id !== id);
    expect(proposal?.blackout).toBeUndefined();
    expect(await world.send('decide', 'ines', at, { ...shownOf(proposal!), answer: 'afterBlackout', reason: 'again' })).toMatchObject({ code: 'wrong-stage' });
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'the close is over' });
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'in a blackout a person may say now, with the reason',
  inWorld(async (world) => {
    const { id } = await proposedRollback(world, { top: close(world, 0.5, 5) });
    await world.accepted('decide', 'olga', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'postings are wrong by the hour' });
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'what the plan lets roll back by itself does not do so in a blackout',
  inWorld(async (world) => {
    await proposedRollback(world, { change: { rollback: { approval: 'automatic' } }, top: close(world, 0.5, 5) });
    await world.sleepUntil(world.goLiveMs + 7 * dayMs);
    expect(clerks(world)).toHaveLength(3);
    expect(await world.package()).toMatchObject({ state: 'Rollback ready', proposal: { blackout: { id: 'close' } } });
  }),
);

test(
  'an approval from before the blackout does not count in it: what waited for its dependency check is asked again',
  inWorld(async (world) => {
    world.system.setBusy('ann', true);
    const { id } = await proposedRollback(world, { top: close(world, 2, 5) });
    await world.accepted('decide', 'olga', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'exceptions' });
    await world.sleepUntil(world.goLiveMs + 2.5 * dayMs);
    world.system.setBusy('ann', false);
    await world.sleepUntil(world.goLiveMs + 3 * dayMs);
    const { proposal } = await world.untilPackage((view) => view.proposal?.blackout !== undefined);
    expect([proposal?.approvedBy, clerks(world).length]).toEqual([undefined, 3]);
  }),
);

test(
  'a blackout that begins while a rollback waits for its answer is told at once, so that it can be put off to its end',
  inWorld(async (world) => {
    const { id, blackout } = await proposedRollback(world, { top: close(world, 1.5, 5) });
    expect(blackout).toBeUndefined();
    await world.sleepUntil(world.goLiveMs + 1.5 * dayMs);
    expect((await world.untilPackage((view) => view.proposal?.blackout !== undefined)).proposal).toMatchObject({ id, blackout: { id: 'close' } });
  }),
);

test(
  'what a rollback waits for is looked at again when somebody asks for a check',
  inWorld(async (world) => {
    world.system.setBusy('ann', true);
    const { id } = await proposedRollback(world);
    await world.accepted('decide', 'olga', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'exceptions' });
    await world.untilPackage((view) => view.proposal?.dependencies?.some(({ clear }) => !clear) ?? false);
    world.system.setBusy('ann', false);
    await world.accepted('evaluate', 'ines', at, {});
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'in a blackout, old access that came back is not retired until a person decides; what is missing is restored all the same',
  inWorld(async (world) => {
    const { watch } = await released(world, { top: close(world, 0.5, 5) });
    world.system.grantAs('dba', 'old_reader', 'ann');
    await world.sleepUntil(watch.startMs + dayMs);
    const { proposal } = await world.untilPackage((view) => view.proposal !== undefined);
    expect(proposal).toMatchObject({ kind: 'tune', tune: { step: 'reconcile' }, blackout: { id: 'close' } });
    expect(world.system.held().some(({ role }) => role === 'old_reader')).toBe(true);
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'it is only a report' });
    await world.untilPackage((view) => view.tunes.length === 1);
    expect(world.system.held().some(({ role }) => role === 'old_reader')).toBe(false);
    world.system.removeAll('clerk', 'ben');
    await world.sleepUntil(watch.startMs + 2 * dayMs);
    expect((await world.untilPackage((view) => view.tunes.length === 2)).tunes[1]).toMatchObject({ step: 'grantMissing', by: 'rolewave' });
    expect(clerks(world)).toHaveLength(3);
  }),
);

test(
  'a go-live that falls into a blackout is held until a person decides on a date, with a reason where it is within the blackout',
  inWorld(async (world) => {
    const dated = world.plan(close(world, -1, 3));
    await world.apply(dated);
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    const held = await world.untilWave((view) => view.packages[0]?.heldBack !== undefined);
    expect(held.packages[0]?.heldBack).toMatchObject({ code: 'blackout', blackout: 'close' });
    expect(held.requests).toMatchObject([{ kind: 'date' }]);
    const within = world.goLiveMs + dayMs;
    expect(await world.send('setDate', 'ines', at, { goLiveMs: within })).toMatchObject({ accepted: false, code: 'blackout' });
    await world.sleepUntil(world.goLiveMs + 4 * dayMs);
    expect(clerks(world)).toEqual([]);
    await world.accepted('setDate', 'ines', at, { goLiveMs: world.goLiveMs + 5 * dayMs });
    await world.sleepUntil(world.goLiveMs + 5 * dayMs);
    expect((await world.untilPackage((view) => view.grants.created > 0)).grants.legacyRetired).toBe(2);
  }),
);

test(
  'a go-live within a blackout, with its reason, gives and retires what was signed',
  inWorld(async (world) => {
    await world.apply(world.plan(close(world, -1, 3)));
    await world.makeReady();
    await world.accepted('setDate', 'ines', at, { goLiveMs: world.goLiveMs + dayMs, despiteBlackout: 'the auditors wait for it' });
    await world.sleepUntil(world.goLiveMs + dayMs);
    expect((await world.untilPackage((view) => view.grants.created > 0)).grants).toMatchObject({ created: 6, legacyRetired: 2 });
  }),
);

test(
  'a blackout that begins while access is given leaves old access where it is until a person decides',
  inWorld(async (world) => {
    const { grant } = world.system;
    world.system.grant = async (...pair) => {
      world.system.grant = grant;
      await world.reviseReleased(world.plan(close(world, -1, 5)), 'package-1');
      return grant(...pair);
    };
    const { proposal, grants } = await released(world);
    expect([grants.created, grants.legacyRetired, proposal]).toMatchObject([6, 0, { kind: 'tune', tune: { step: 'retireLegacy' }, blackout: { id: 'close' } }]);
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'nobody reads there during the close' });
    expect((await world.untilPackage((view) => view.tunes.length === 1)).tunes[0]?.result).toContain('2 old access retired');
  }),
);

test(
  'a revision that adds a blackout holds released packages already',
  inWorld(async (world) => {
    const { watch } = await released(world);
    await world.reviseReleased(world.plan(close(world, 0.5, 5)), 'package-1');
    world.readings['exceptions'] = { value: 99 };
    await world.sleepUntil(watch.startMs + dayMs);
    const { proposal } = await world.untilPackage((view) => view.proposal?.kind === 'rollback');
    expect(proposal?.blackout).toMatchObject({ id: 'close' });
  }),
);

test(
  'while a rollback waits for its answer, an operator’s narrowing does not take its place: the approved rollback runs',
  inWorld(async (world) => {
    world.system.setBusy('ann', true);
    const { id } = await proposedRollback(world);
    await world.accepted('decide', 'olga', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'exceptions' });
    expect(await world.send('tune', 'ines', at, { step: 'narrow', people: ['ann'], reason: 'ann first' })).toMatchObject({
      code: 'wrong-stage',
      message: expect.stringContaining(`'${id}' already waits for a decision`),
    });
    world.system.setBusy('ann', false);
    await world.accepted('evaluate', 'ines', at, {});
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'a question that comes up while a rollback is open leaves the rollback open; one that comes up beside another is asked with it, under a new id',
  inWorld(async (world) => {
    await released(world);
    await world.accepted('tune', 'olga', at, { step: 'ask', reason: 'who owns the report?' });
    const first = (await world.untilPackage((view) => view.proposal !== undefined)).proposal!;
    await world.accepted('tune', 'olga', at, { step: 'ask', reason: 'and the mail box?' });
    const both = (await world.untilPackage((view) => view.proposal !== undefined && view.proposal.id !== first.id)).proposal!;
    expect(both).toMatchObject({ kind: 'question', why: 'who owns the report?; and the mail box?' });
    await world.accepted('rollback', 'ines', at, { reason: 'wrong people' });
    await world.accepted('tune', 'olga', at, { step: 'ask', reason: 'is it urgent?' });
    await world.sleep(dayMs);
    expect(await world.package()).toMatchObject({ state: 'Rollback ready', proposal: { kind: 'rollback', why: 'ines: wrong people' } });
  }),
);

test(
  'a question that is put off leaves nothing behind that needs tuning',
  inWorld(async (world) => {
    await released(world);
    await world.accepted('tune', 'olga', at, { step: 'ask', reason: 'who owns the report?' });
    const { proposal } = await world.untilPackage((view) => view.proposal !== undefined);
    await world.accepted('decide', 'ines', at, { ...shownOf(proposal!), answer: 'freeze', reason: 'not now' });
    expect(await world.untilPackage((view) => view.proposal === undefined)).toMatchObject({ state: 'Monitoring' });
  }),
);

test(
  'one of two approvals from between two blackouts does not count in the second',
  inWorld(async (world) => {
    const [early] = close(world, 0.5, 2).blackouts;
    const [late] = close(world, 3, 5).blackouts;
    const { id } = await proposedRollback(world, { change: { risk: 'high' }, top: { blackouts: [early!, { ...late!, id: 'close-2' }] } });
    await world.sleepUntil(world.goLiveMs + 2.5 * dayMs);
    await world.accepted('decide', 'ines', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'exceptions' });
    expect((await world.package()).proposal?.blackout).toBeUndefined();
    await world.sleepUntil(world.goLiveMs + 3 * dayMs);
    expect((await world.untilPackage((view) => view.proposal?.blackout?.id === 'close-2')).proposal?.approvedBy).toBeUndefined();
  }),
);

test(
  'what goes live together waits together when a blackout holds one of its packages',
  inWorld(async (world) => {
    const blackouts = close(world, -1, 3).blackouts.map((blackout) => ({ ...blackout, packages: ['package-2'] }));
    await world.apply(world.plan({ packages: [{}, {}], blackouts, waves: [{ goLiveTogether: true }] }));
    await world.makeReady('package-1');
    await world.makeReady('package-2');
    await world.sleepUntil(world.goLiveMs);
    const held = await world.untilWave((view) => view.packages.every(({ heldBack }) => heldBack !== undefined));
    expect(held.packages[0]?.heldBack).toMatchObject({ code: 'together', packages: ['package-2'] });
    expect(clerks(world)).toEqual([]);
  }),
);
