/** What a blackout defers, and the answers to a proposed rollback: now, with a second person, frozen, after the blackout, or for some people only. */
import { expect, test } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import type { PackageInput, PlanChange } from '../support/plan.ts';
import { dayMs, iso, worlds, type World } from './world.ts';

const { inWorld } = worlds();
const at = { package: 'package-1' };

/** The month-end close, a blackout. `from` and `until`: days after go-live. */
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
  return world.untilWatched();
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
  'at high risk a rollback needs two people, one of them the owner or a delegate; one person twice, or two operators, are not enough',
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
  'a freeze until a date keeps access and grants nothing more; its end is announced, and then the rollback is proposed again',
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
    const { requests } = await world.untilPackage((view) => view.requests?.[0]?.kind === 'freezeExpiry');
    expect(requests).toMatchObject([{ to: expect.arrayContaining(['ines']), byMs: untilMs }]);
    await world.sleepUntil(untilMs);
    const { proposal } = await world.untilPackage((view) => view.proposal !== undefined && view.proposal.id !== id);
    expect(proposal).toMatchObject({ kind: 'rollback', why: expect.stringContaining('proposed again:') });
    expect(proposal?.frozen).toBeUndefined();
    await world.accepted('decide', 'olga', at, { ...shownOf(proposal!), answer: 'approve', reason: 'payroll is through' });
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'a freeze withdraws an approval that still waits for its dependency check',
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
  'a rollback for some people revokes their access and restores their legacy access; the others keep theirs, and the watch continues',
  inWorld(async (world) => {
    const { id } = await proposedRollback(world);
    world.readings['exceptions'] = { value: 1 };
    await world.accepted('decide', 'olga', at, { proposal: id, kind: 'rollback', answer: 'approve', people: ['ann'], reason: 'only ann posts wrongly' });
    const { tunes, proposal } = await world.untilPackage((view) => view.tunes.length === 1 && view.state === 'Monitoring');
    expect([proposal, tunes[0]?.result]).toEqual([undefined, '0 granted, 2 revoked, 0 legacy grants retired, 0 left for a person']);
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
  'a rollback that is proposed in a blackout waits for a person, and is proposed again after the blackout if the person puts it off',
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
  'a person may approve a rollback during a blackout, with a reason',
  inWorld(async (world) => {
    const { id } = await proposedRollback(world, { top: close(world, 0.5, 5) });
    await world.accepted('decide', 'olga', at, { proposal: id, kind: 'rollback', answer: 'approve', reason: 'postings are wrong by the hour' });
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
  }),
);

test(
  'an automatic rollback does not run in a blackout',
  inWorld(async (world) => {
    await proposedRollback(world, { change: { rollback: { approval: 'automatic' } }, top: close(world, 0.5, 5) });
    await world.sleepUntil(world.goLiveMs + 7 * dayMs);
    expect(clerks(world)).toHaveLength(3);
    expect(await world.package()).toMatchObject({ state: 'Rollback ready', proposal: { blackout: { id: 'close' } } });
  }),
);

test(
  'an approval from before a blackout does not count in it, so a rollback that waited for its dependency check needs another answer',
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
  'a blackout that begins while a rollback waits for an answer is shown at once, so that the rollback can be put off until it ends',
  inWorld(async (world) => {
    const { id, blackout } = await proposedRollback(world, { top: close(world, 1.5, 5) });
    expect(blackout).toBeUndefined();
    await world.sleepUntil(world.goLiveMs + 1.5 * dayMs);
    expect((await world.untilPackage((view) => view.proposal?.blackout !== undefined)).proposal).toMatchObject({ id, blackout: { id: 'close' } });
  }),
);

test(
  'the dependency check of a rollback runs again when someone asks for an evaluation',
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
  'in a blackout, legacy access that came back is not retired until a person decides, but missing access is granted',
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
  'a go-live that falls into a blackout is held back until a person sets a date, which needs a reason if it is within the blackout',
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
    expect((await world.untilWatched()).grants.legacyRetired).toBe(2);
  }),
);

test(
  'a go-live within a blackout, with a reason, grants and retires what was signed',
  inWorld(async (world) => {
    await world.apply(world.plan(close(world, -1, 3)));
    await world.makeReady();
    await world.accepted('setDate', 'ines', at, { goLiveMs: world.goLiveMs + dayMs, despiteBlackout: 'the auditors wait for it' });
    await world.sleepUntil(world.goLiveMs + dayMs);
    expect((await world.untilWatched()).grants).toMatchObject({ created: 6, legacyRetired: 2 });
  }),
);

test(
  'a blackout that begins while access is being granted keeps legacy access until a person decides',
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
    expect((await world.untilPackage((view) => view.tunes.length === 1)).tunes[0]?.result).toContain('2 legacy grants retired');
  }),
);

test(
  'a revision that adds a blackout also applies to packages that are already released',
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
  'an operator’s narrowing does not replace a rollback that is open, and the approved rollback runs',
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
  'a new question is asked together with an open one, under a new id, and leaves an open rollback as it is',
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
    expect(await world.package()).toMatchObject({ state: 'Rollback ready', proposal: { kind: 'rollback', why: 'asked for by ines: wrong people' } });
  }),
);

test(
  'a package whose question is put off no longer needs tuning',
  inWorld(async (world) => {
    await released(world);
    await world.accepted('tune', 'olga', at, { step: 'ask', reason: 'who owns the report?' });
    const { proposal } = await world.untilPackage((view) => view.proposal !== undefined);
    await world.accepted('decide', 'ines', at, { ...shownOf(proposal!), answer: 'freeze', reason: 'not now' });
    expect(await world.untilPackage((view) => view.proposal === undefined)).toMatchObject({ state: 'Monitoring' });
  }),
);

test(
  'the first of two approvals, given between two blackouts, does not count in the second blackout',
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
  'packages that go live together are held back together when a blackout defers one of them',
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

test.each<[what: string, to: { package?: string }]>([
  ['of the package', at],
  ['of its wave', {}],
])('an abort %s, sealed by an endpoint that refused none, revokes nothing at high risk: the rollback is proposed to two people', (_, to) =>
  inWorld(async (world) => {
    await released(world, { change: { risk: 'high' } });
    await world.accepted('abort', 'ines', to, { reason: 'alone' });
    const { proposal, state } = await world.untilPackage((view) => view.proposal?.why.includes('was refused') === true);
    expect([state, proposal?.why]).toEqual(['Rollback ready', expect.stringContaining('two people must approve')]);
    expect(clerks(world)).toHaveLength(3);
    for (const by of ['ines', 'olga'])
      await world.accepted('decide', by, at, { proposal: proposal!.id, kind: 'rollback', answer: 'approve', reason: 'agreed' });
    expect(await result(world)).toMatchObject({ state: 'Rolled back' });
    expect(clerks(world)).toEqual([]);
  })(),
);
