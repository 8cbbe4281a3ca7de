import { expect, test, vi } from 'vitest';
import { shownOf } from '../../domain/authority/proposals.ts';
import { watch } from '../support/plan.ts';
import { dayMs, worlds, type World } from './world.ts';

const { inWorld } = worlds();

test(
  'a package whose owner signed what was shown is granted at its go-live, watched, and stable after 14 days',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    expect((await world.wave()).packages[0]).toMatchObject({ state: 'Release ready', nextAction: 'Release', blockers: [] });
    expect(world.system.held().filter(({ role }) => role === 'clerk')).toEqual([]);

    await world.sleepUntil(world.goLiveMs);
    const released = await world.untilGranted(6);
    expect(released).toMatchObject({
      state: 'Monitoring',
      grants: { created: 6, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 2 },
      watch: { day: 1, days: 14 },
    });
    expect(world.system.held().map(({ role, account, grantor }) => `${role} ${account} ${grantor}`)).toEqual([
      'clerk ann rolewave',
      'clerk ben rolewave',
      'clerk cem rolewave',
      'reader ann rolewave',
      'reader ben rolewave',
      'reader cem rolewave',
    ]);

    await world.sleepUntil(released.watch.endMs);
    expect(await world.untilPackage((view) => view.state === 'Stable')).toMatchObject({ watch: { evaluations: 14 }, lastVerdict: { kind: 'healthy' } });
    expect((await world.untilWave((view) => view.stage === 'review')).packages[0]?.state).toBe('Stable');
  }),
);

test(
  'a rejection holds the package back, and the same owner may sign later',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const { planDigest, previewDigest } = (await world.wave()).packages[0]!;
    expect(await world.send('signOff', 'olga', { package: 'package-1' }, { decision: 'reject', planDigest, previewDigest })).toMatchObject({
      accepted: false,
      code: 'missing-field',
    });
    await world.accepted('signOff', 'olga', { package: 'package-1' }, { decision: 'reject', planDigest, previewDigest, reason: 'too wide' });
    await world.sleepUntil(world.goLiveMs + 6 * 3_600_000);
    const heldBack = await world.untilWave((view) => view.packages[0]?.heldBack !== undefined);
    expect(heldBack.packages[0]).toMatchObject({
      state: 'Monitoring',
      blockers: expect.arrayContaining([expect.objectContaining({ code: 'rejected', person: 'olga' }), expect.objectContaining({ code: 'date' })]),
      heldBack: { code: 'notReady', blockers: expect.arrayContaining([expect.objectContaining({ code: 'rejected', person: 'olga' })]) },
    });
    expect(world.system.held().every(({ role }) => role === 'old_reader')).toBe(true);

    await world.sign();
    await world.accepted('setDate', 'ines', { package: 'package-1' }, { goLiveMs: world.goLiveMs + 2 * dayMs });
    await world.sleepUntil(world.goLiveMs + 2 * dayMs);
    await world.untilGranted(6);
  }),
);

test(
  'a package that is not ready at go-live is held back, and the other one is released',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{}, { entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }] }));
    await world.makeReady('package-1');
    await world.sleepUntil(world.goLiveMs + 6 * 3_600_000);
    const view = await world.untilWave((seen) => seen.packages[1]?.heldBack !== undefined);
    expect(view.packages.map(({ state }) => state)).toEqual(['Monitoring', 'Monitoring']);
    expect(view.packages[0]?.releasedAtMs).toBeDefined();
    expect(view.packages[1]?.releasedAtMs).toBeUndefined();
    expect(view.packages[1]?.heldBack).toMatchObject({
      code: 'notReady',
      blockers: expect.arrayContaining([{ code: 'evidence', item: 'handoff', person: 'olga', text: 'handoff: no evidence yet' }]),
    });
    expect(view.stage).toBe('watching');
  }),
);

test(
  'a wave that goes live together releases nothing while one of its packages is not ready',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{}, {}], waves: [{ goLiveTogether: true }] }));
    await world.makeReady('package-1');
    await world.sleepUntil(world.goLiveMs + 6 * 3_600_000);
    const view = await world.untilWave((seen) => seen.packages.every(({ heldBack }) => heldBack !== undefined));
    expect(view.packages[0]?.heldBack).toMatchObject({ code: 'together', packages: ['package-2'] });
    expect(view.packages[1]?.heldBack).toMatchObject({ code: 'notReady' });
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);
  }),
);

test(
  'of a wave that goes live together nothing is granted when the systems of one package changed, and both wait for a new date',
  inWorld(async (world) => {
    const packages = [{ entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }, {}];
    await world.apply(world.plan({ packages, waves: [{ goLiveTogether: true }] }));
    await world.makeReady('package-1');
    await world.makeReady('package-2');
    world.system.changeRole('clerk', ['may now delete everything']);
    await world.sleepUntil(world.goLiveMs + 3_600_000);
    const view = await world.untilWave((seen) => seen.packages[1]?.heldBack !== undefined);
    expect(view.packages.map(({ heldBack }) => heldBack)).toMatchObject([{ code: 'together' }, { code: 'wider', changes: 1 }]);
    await world.sleepUntil(world.goLiveMs + 2 * 3_600_000);
    expect(world.system.held().some(({ role }) => role === 'auditor' || role === 'clerk')).toBe(false);
    // Once the other half is held back by a person, the first one may have a date of its own.
    await world.accepted('holdBack', 'olga', { package: 'package-2' }, { reason: 'its role may do more than was reviewed' });
    await world.accepted('setDate', 'ines', { package: 'package-1' }, { goLiveMs: world.goLiveMs + dayMs });
    await world.sleepUntil(world.goLiveMs + dayMs);
    await world.untilGranted(3);
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);
  }),
);

test(
  'a change at go-live that is wider than what was signed voids the sign-off and holds back only that package (R3)',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{}, { entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }] }));
    await world.makeReady('package-1');
    await world.makeReady('package-2');
    world.system.changeRole('clerk', ['may now delete everything']);
    await world.sleepUntil(world.goLiveMs);
    const view = await world.untilWave((seen) => seen.packages[0]?.heldBack !== undefined && seen.packages[1]?.releasedAtMs !== undefined);
    expect(view.packages[0]?.heldBack).toMatchObject({ code: 'wider', changes: 1 });
    expect(view.packages[0]?.signOffs).toMatchObject([{ by: 'olga', counts: false }]);
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);
  }),
);

test(
  'a person who already has the access at go-live is no obstacle, and is not counted as granted (R3)',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    world.system.grantAs('dba', 'clerk', 'ann');
    await world.sleepUntil(world.goLiveMs);
    const view = await world.untilWatched();
    expect(view.grants).toMatchObject({ created: 5, preexisting: 1 });
  }),
);

test(
  'a tentative wave releases nothing until an operator sets a date',
  inWorld(async (world) => {
    await world.apply(world.plan({ waves: [{ status: 'tentative' }] }));
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs + 2 * dayMs);
    expect((await world.wave()).packages[0]).toMatchObject({ state: 'Monitoring', blockers: [{ code: 'date' }] });
    await world.accepted('setDate', 'ines', {}, { goLiveMs: world.goLiveMs + 4 * dayMs });
    await world.sleepUntil(world.goLiveMs + 4 * dayMs);
    await world.untilGranted(6);
  }),
);

test(
  'a hold is lifted by as many people as the plan says, who must name the same pilot and date',
  inWorld(async (world) => {
    await world.apply(
      world.plan({
        packages: [{ risk: 'high' }],
        waves: [
          {
            status: 'on-hold',
            goLive: undefined,
            hold: { reason: 'rejected design', liftedBy: ['otto', 'hugo'], approvals: 2 },
            packages: [{ package: 'package-1', rollbackOnly: true }],
          },
        ],
      }),
    );
    const at = { package: 'package-1' };
    await world.untilWave((view) => view.packages[0]?.state === 'Rollback ready');
    const lift = { goLiveMs: world.goLiveMs, pilot: ['ann', 'ben'], reason: 'pilot', since: 1 };
    expect(await world.send('liftHold', 'olga', {}, lift)).toMatchObject({ accepted: false, code: 'not-authorized' });
    await world.accepted('liftHold', 'otto', {}, lift);
    expect((await world.wave()).packages[0]).toMatchObject({
      state: 'Rollback ready',
      blockers: expect.arrayContaining([expect.objectContaining({ code: 'hold', approvals: 1, people: ['hugo'] })]),
    });
    expect(await world.send('liftHold', 'hugo', {}, { ...lift, since: undefined })).toMatchObject({ accepted: false, code: 'stale-digest' });
    expect(await world.send('liftHold', 'hugo', {}, { ...lift, pilot: ['cem'] })).toMatchObject({ accepted: false, code: 'pilot-mismatch' });
    await world.accepted('liftHold', 'hugo', {}, lift);
    await world.untilWave((view) => view.packages[0]?.preview?.[0]?.people === 2);
    await world.makeReady();
    expect((await world.wave()).packages[0]?.blockers).toMatchObject([{ code: 'evidence', item: 'riskAcceptance', person: 'olga' }]);
    expect(await world.send('evidence', 'olga', at, { item: 'riskAcceptance', reference: 'board' })).toMatchObject({ accepted: false, code: 'missing-field' });
    await world.accepted('evidence', 'olga', at, { item: 'riskAcceptance', reference: 'board', expiresMs: world.goLiveMs + 30 * dayMs });
    await world.sleepUntil(world.goLiveMs);
    expect((await world.untilWatched()).grants.created).toBe(4);
  }),
);

test(
  'a hold that was lifted is to be lifted again where a revision writes it anew or brings a package into the wave',
  inWorld(async (world) => {
    const held = (reason: string, ...ids: string[]) =>
      world.plan({
        packages: [{}, { id: 'other', entitlements: [{ system: 'erp', role: 'writer' }] }],
        waves: [
          { status: 'on-hold', goLive: undefined, hold: { reason, liftedBy: ['otto'], approvals: 1 }, packages: ids.map((id) => ({ package: id })) },
          { id: 'wave-2', status: 'tentative', goLive: undefined, packages: [{ package: 'other' }] },
        ].slice(0, 3 - ids.length) as never,
      });
    const lift = (since: number) => world.send('liftHold', 'otto', {}, { goLiveMs: world.goLiveMs, reason: 'audited', since });
    const asked = async () => {
      const lifts = ({ requests = [] }: Awaited<ReturnType<typeof world.wave>>) => requests.filter(({ kind }) => kind === 'liftHold');
      return lifts(await world.untilWave((view) => lifts(view).length > 0))[0]?.text;
    };
    const again = (revision: number) => `Revision ${revision} changed the hold or added a package to the wave, so earlier approvals no longer count.`;
    const before = world.system.held();
    await world.apply(held('audit', 'package-1'));
    expect(await asked()).toMatch(/must approve the same people and go-live date\.$/);
    expect(await lift(1)).toMatchObject({ accepted: true });
    expect(await world.wave()).toMatchObject({ hold: { liftedBy: ['otto'] }, goLiveMs: world.goLiveMs });
    await world.revise(held('an incident', 'package-1'));
    expect(await world.wave()).toMatchObject({ hold: { liftedBy: [] } });
    expect(await asked()).toContain(again(2));
    expect((await world.wave()).packages[0]?.blockers).toContainEqual(expect.objectContaining({ code: 'hold', people: ['otto'] }));
    expect(await lift(1)).toMatchObject({ accepted: false, code: 'stale-digest' });
    expect(await lift(2)).toMatchObject({ accepted: true });
    await world.revise(held('an incident', 'package-1', 'other'));
    expect(await asked()).toContain(again(3));
    await world.makeReady('package-1');
    await world.sleepUntil(world.goLiveMs + dayMs / 24);
    expect([world.system.held(), (await world.wave()).packages.map(({ releasedAtMs }) => releasedAtMs)]).toEqual([before, [undefined, undefined]]);
    expect(await world.send('liftHold', 'otto', {}, { goLiveMs: world.goLiveMs + dayMs, reason: 'audited', since: 3 })).toMatchObject({ accepted: true });
    await world.makeReady('package-1');
    await world.sleepUntil(world.goLiveMs + dayMs);
    await world.untilWatched();
  }),
);

test(
  'a sign-off of a delegate is withdrawn by the revision that removes the delegate, and the owner is asked to sign',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', ['dora']);
    expect((await world.wave()).packages[0]).toMatchObject({ state: 'Release ready', blockers: [] });
    await world.revise(world.plan({ delegates: [] }));
    expect((await world.wave()).packages[0]).toMatchObject({ state: 'Scheduled', blockers: [{ code: 'signOff', person: 'olga' }], signOffs: [] });
    expect((await world.wave()).requests).toContainEqual(expect.objectContaining({ kind: 'signOff', to: ['olga'] }));
  }),
);

test(
  'an abort before the release ends the wave and grants nothing',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    await world.accepted('abort', 'ines', {}, { reason: 'audit finding' });
    expect(await world.client.workflow.getHandle('test/wave-1').result()).toMatchObject({ stage: 'aborted' });
    await world.sleepUntil(world.goLiveMs);
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);
    expect(await world.store.finalWave({ plan: 'test', wave: 'wave-1' })).toMatchObject({ stage: 'aborted', endedWhy: 'audit finding (ines)' });
  }),
);

test(
  'an abort after the release is passed on, and each package revokes what it granted',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    await world.untilGranted(6);
    await world.accepted('abort', 'ines', {}, { reason: 'audit finding' });
    expect(await world.client.workflow.getHandle('test/wave-1').result()).toMatchObject({ stage: 'aborted' });
    expect(await world.store.finalPackage({ plan: 'test', wave: 'wave-1', package: 'package-1' })).toMatchObject({
      state: 'Rolled back',
      receiptLine: '6 granted, 6 revoked, 2 legacy grants restored',
    });
    expect(world.system.held().map(({ role, account, grantor }) => `${role} ${account} ${grantor}`)).toEqual(['old_reader ann dba', 'old_reader ben dba']);
  }),
);

test(
  'a revision that changes access voids the preview and sign-offs of that package, but a change of wording does not',
  inWorld(async (world) => {
    const plan = world.plan();
    await world.apply(plan);
    await world.makeReady();
    await world.revise({ ...plan, packages: plan.packages.map((entry) => ({ ...entry, description: 'better words' })) });
    expect((await world.wave()).packages[0]?.signOffs).toMatchObject([{ counts: true }]);
    await world.revise({ ...plan, packages: plan.packages.map((entry) => ({ ...entry, cohort: ['ann'] })) });
    const view = await world.untilWave((seen) => seen.revision === 3 && seen.packages[0]?.preview?.[0]?.people === 1);
    expect(view.packages[0]?.signOffs).toMatchObject([{ counts: false }]);
  }),
);

test(
  'a review closes the wave, and the package is still evaluated every week',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{ watch: { length: '7d', metrics: [{ metric: 'access-drift', tune: { above: 0 } }] } }] }));
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    const released = await world.untilGranted(6);
    expect(await world.send('review', 'ines', {}, { successes: 'a', challenges: 'b', improvements: 'c' })).toMatchObject({
      accepted: false,
      code: 'wrong-stage',
    });
    await world.sleepUntil(released.watch.endMs);
    await world.untilWave((view) => view.stage === 'review');
    await world.accepted('review', 'ines', {}, { successes: 'all in use', challenges: 'none', improvements: 'none' });
    expect(await world.client.workflow.getHandle('test/wave-1').result()).toEqual({ stage: 'closed', why: 'reviewed by ines' });
    world.system.removeAll('clerk', 'ann');
    await world.sleepUntil(released.watch.endMs + 8 * dayMs);
    const view = await world.untilPackage((seen) => seen.tunes.length === 1);
    expect(view).toMatchObject({ state: 'Stable', tunes: [{ step: 'reconcile', by: 'rolewave' }] });
    expect(world.system.held().some(({ role, account }) => role === 'clerk' && account === 'ann')).toBe(true);
  }),
);

test(
  'a wave that comes after another waits within its window until that one is released',
  inWorld(async (world) => {
    const plan = world.plan({ packages: [{}, { entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }] });
    const [first] = plan.waves;
    if (!first) throw new Error('the plan has a wave');
    const [one, two] = first.packages;
    if (!one || !two) throw new Error('the wave has two packages');
    const later = { ...first, id: 'wave-2', after: ['wave-1'], packages: [two] };
    await world.apply({ ...plan, waves: [{ ...first, packages: [one] }, later] });
    await world.makeReady('package-1', []);
    await world.makeReady('package-2', ['olga'], 'wave-2');
    await world.sleepUntil(world.goLiveMs + 3_600_000);
    expect((await world.wave('wave-2')).packages[0]).toMatchObject({ state: 'Release ready' });
    await world.sign('package-1');
    await world.untilGranted(6);
    await world.sleepUntil(world.goLiveMs + 3 * 3_600_000);
    expect((await world.untilWatched('package-2', 'wave-2')).grants.created).toBe(3);
  }),
);

test(
  'a package that builds on a package of another wave is released once that one is',
  inWorld(async (world) => {
    const plan = world.plan({ packages: [{}, { buildsOn: ['package-1'], entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }] });
    const [first] = plan.waves;
    if (!first) throw new Error('the plan has a wave');
    const [base, above] = first.packages;
    if (!base || !above) throw new Error('the wave has two packages');
    await world.apply({
      ...plan,
      waves: [
        { ...first, packages: [base] },
        { ...first, id: 'wave-2', packages: [above] },
      ],
    });
    await world.makeReady('package-1', []);
    await world.makeReady('package-2', ['olga'], 'wave-2');
    await world.sleepUntil(world.goLiveMs + 3_600_000);
    expect((await world.wave('wave-2')).packages[0]).toMatchObject({ state: 'Release ready' });
    await world.sign('package-1');
    await world.untilGranted(6);
    await world.sleepUntil(world.goLiveMs + 3 * 3_600_000);
    expect((await world.untilWatched('package-2', 'wave-2')).grants.created).toBe(3);
  }),
);

test(
  'what a system refuses is said with person and role, and granting can be finished as the answer',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    world.system.refuse('ann', 'no more seats');
    await world.sleepUntil(world.goLiveMs);
    const { proposal, grants } = await world.untilPackage((view) => view.proposal !== undefined);
    expect(grants).toMatchObject({ created: 4, failed: 2 });
    expect(proposal).toMatchObject({ kind: 'question', about: 'grants', why: expect.stringContaining("'clerk' of 'ann': no more seats") });
    world.system.refuse('ann', undefined);
    await world.accepted('decide', 'ines', { package: 'package-1' }, { ...shownOf(proposal!), answer: 'finish', reason: 'seats were bought' });
    const after = await world.untilPackage((view) => view.tunes.length === 1);
    expect(after).toMatchObject({ grants: { created: 6, failed: 0 }, tunes: [{ step: 'grantMissing', by: 'ines' }] });
    expect(after).not.toHaveProperty('proposal');
  }),
);

test(
  'a package of which a grant is not confirmed does not become stable before a person has answered',
  inWorld(async (world) => {
    // Drift is not watched, so nothing repairs it before the end.
    const exceptions = { metric: 'exceptions', tune: { above: 10 } };
    await world.apply(world.plan({ packages: [{ watch: { ...watch('7d', exceptions), metrics: [exceptions] } }] }));
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    const { watch: window } = await world.untilGranted(6);
    await world.sleepUntil(window.endMs - 3_600_000);
    world.system.removeAll('clerk', 'ann');
    await world.sleepUntil(window.endMs);
    const { proposal, state, grants } = await world.untilPackage((view) => view.proposal !== undefined);
    expect([state, grants.unknown, proposal?.why]).toEqual(['Needs tuning', 1, expect.stringContaining('1 grant is not confirmed')]);
    await world.accepted('decide', 'olga', { package: 'package-1' }, { ...shownOf(proposal!), answer: 'approve', reason: 'she has left' });
    expect(await world.untilPackage((view) => view.state === 'Stable')).toMatchObject({ grants: { created: 5, unknown: 1 } });
  }),
);

/**
 * Runs `act`, by which the wave gives up one of them, while the systems are read at go-live: what is read for the first `packages` is not answered before. The
 * test server refuses a workflow task that cancels an activity which has just ended, and time stands still from then on: it is given up first.
 */
function duringRecheck(world: World, packages: number, act: () => Promise<void>): void {
  const { snapshot } = world.system;
  let acted: Promise<void> | undefined;
  let left = packages;
  world.system.snapshot = async (...asked) => {
    left -= 1;
    if (left === 0) world.system.snapshot = snapshot;
    acted ??= act().then(() => world.untilGivenUp('test/wave-1'));
    await acted;
    return snapshot(...asked);
  };
}

test(
  'when a revision drops a package while another is compared with the systems, the wave continues and the other one goes live',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{}, {}] }));
    await world.makeReady('package-1');
    await world.makeReady('package-2');
    duringRecheck(world, 2, () => world.revise(world.plan()));
    // Due at once: where an activity was given up, the test server skips no time any more.
    await world.accepted('setDate', 'ines', {}, { goLiveMs: (await world.environment.currentTimeMs()) - 60_000 });
    const { packages, requests } = await world.untilWave((view) => view.packages[0]?.releasedAtMs !== undefined);
    expect([packages.map((entry) => entry.package), requests]).toEqual([['package-1'], undefined]);
  }),
);

test(
  'a date that is set while the systems are read at go-live counts, and nothing is granted before it',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    const later = world.goLiveMs + 2 * dayMs;
    duringRecheck(world, 1, () => world.accepted('setDate', 'ines', { package: 'package-1' }, { goLiveMs: later }));
    await world.sleepUntil(world.goLiveMs + dayMs);
    expect((await world.wave()).packages[0]).toMatchObject({ goLiveMs: later, state: 'Release ready' });
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);
    await world.sleepUntil(later);
    await world.untilWatched();
  }),
);

test(
  'a package that a person holds back waits for another date, and the others are released',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{}, {}] }));
    await world.makeReady('package-1');
    await world.makeReady('package-2');
    await world.accepted('holdBack', 'olga', { package: 'package-2' }, { reason: 'its team is in the quarter close' });
    await world.sleepUntil(world.goLiveMs);
    const { packages } = await world.untilWave((view) => view.packages[0]?.releasedAtMs !== undefined);
    expect(packages[1]).not.toHaveProperty('releasedAtMs');
    expect(packages[1]?.heldBack).toMatchObject({ code: 'person', by: 'olga', text: 'its team is in the quarter close' });
    const goLiveMs = world.goLiveMs + 2 * dayMs;
    await world.accepted('setDate', 'ines', { package: 'package-2' }, { goLiveMs });
    await world.sleepUntil(goLiveMs);
    await world.untilWave((view) => view.packages[1]?.releasedAtMs !== undefined);
  }),
);

test(
  'a go-live that comes while the last sign-off is being recorded is not missed',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady('package-1', []);
    const { planDigest, previewDigest } = (await world.untilWave(({ packages }) => packages[0]?.previewDigest !== undefined)).packages[0]!;
    // Real time from here on: enough that a busy machine accepts the sign-off before the go-live.
    await world.sleep(world.goLiveMs - 12_000 - (await world.environment.currentTimeMs()));
    const record = world.store.record.bind(world.store);
    let firstMs = Number.POSITIVE_INFINITY;
    const slow = vi.spyOn(world.store, 'record').mockImplementation(async (batch) => {
      firstMs = Math.min(firstMs, await world.environment.currentTimeMs());
      const untilMs = world.goLiveMs + 1_000;
      for (let nowMs = 0; nowMs < untilMs; nowMs = await world.environment.currentTimeMs()) await new Promise((resolve) => setTimeout(resolve, 200));
      return record(batch);
    });
    await world.accepted('signOff', 'olga', { package: 'package-1' }, { decision: 'approve', planDigest, previewDigest });
    await expect.poll(() => firstMs, { timeout: 10_000 }).toBeLessThan(world.goLiveMs);
    expect((await world.untilGranted(6)).state).toBe('Monitoring');
    expect(await world.environment.currentTimeMs()).toBeLessThan(world.goLiveMs + 60_000);
    slow.mockRestore();
  }),
);

/** Until it is undone, no release has a valid sign-off: as when a key is withdrawn between the comparison with the systems and the first effect. */
function withoutSignOffs(world: World): { undo: () => void } {
  const store = world.store as { effectBasis: World['store']['effectBasis'] };
  const { effectBasis } = store;
  store.effectBasis = async (...asked) => {
    const basis = await effectBasis(...asked);
    return { ...basis, messages: basis.messages.filter(({ type }) => type !== 'signOff') };
  };
  return { undo: () => void (store.effectBasis = effectBasis) };
}

test(
  'a package whose release is refused is not released: the wave says why, asks for another date, and releases it on that date',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    const refusing = withoutSignOffs(world);
    await world.sleepUntil(world.goLiveMs);
    const { packages, requests, stage } = await world.untilWave((view) => view.packages[0]?.heldBack !== undefined);
    const why = expect.stringContaining("its release was refused, and nothing was granted: 'package-1' has no valid sign-off by olga");
    expect(packages[0]).toMatchObject({ state: 'Monitoring', heldBack: { code: 'refused', text: why }, blockers: [{ code: 'date' }] });
    expect([packages[0]?.releasedAtMs, stage]).toEqual([undefined, 'goLive']);
    expect(requests).toMatchObject([{ kind: 'date', to: ['olga', 'ines', 'hugo'], text: why }]);
    const told = async () => [
      ...(await world.store.events({ plan: 'test', wave: 'wave-1' })).filter(({ kind }) => kind === 'held-back').map(({ text }) => text),
      ...(await world.store.notices({ plan: 'test' })).filter(({ kind }) => kind === 'date').map(({ text }) => text),
    ];
    await expect.poll(told, { timeout: 20_000 }).toEqual([why, why]);
    expect(world.system.held().some(({ role }) => role === 'clerk')).toBe(false);

    refusing.undo();
    const goLiveMs = world.goLiveMs + 2 * dayMs;
    await world.accepted('setDate', 'ines', { package: 'package-1' }, { goLiveMs });
    await world.sleepUntil(goLiveMs);
    await world.untilGranted(6);
    const released = await world.untilWave((view) => view.packages[0]?.releasedAtMs !== undefined);
    expect(released.packages[0]).not.toHaveProperty('heldBack');
  }),
);

test(
  'a package whose release was refused can be taken out by a revision, and an abort ends its wave',
  inWorld(async (world) => {
    await world.apply(world.plan({ packages: [{}, { entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }] }));
    await world.makeReady();
    withoutSignOffs(world);
    await world.sleepUntil(world.goLiveMs);
    await world.untilWave((view) => view.packages[0]?.heldBack?.code === 'refused');
    const plan = world.plan({ packages: [{}, { entitlements: [{ system: 'erp', role: 'auditor' }], legacy: [] }] });
    const [wave] = plan.waves;
    await world.revise({ ...plan, waves: [{ ...wave!, packages: wave!.packages.filter((entry) => entry.package === 'package-2') }] });
    const { packages } = await world.untilWave((view) => view.revision === 2);
    expect(packages.map((entry) => entry.package)).toEqual(['package-2']);
    await world.accepted('abort', 'ines', {}, { reason: 'nothing of it is released' });
    expect(await world.client.workflow.getHandle('test/wave-1').result()).toMatchObject({ stage: 'aborted' });
  }),
);

test(
  'that a release was refused is not believed of a package that granted access, no matter who says it',
  inWorld(async (world) => {
    await world.apply(world.plan());
    await world.makeReady();
    await world.sleepUntil(world.goLiveMs);
    await world.untilGranted(6);
    const wave = world.client.workflow.getHandle('test/wave-1');
    const asked = async () =>
      ((await wave.fetchHistory()).events ?? []).filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'packageStatus').length;
    const before = await asked();
    await wave.signal('packageOutcome', { package: 'package-1', refused: true });
    await expect.poll(asked, { timeout: 20_000 }).toBeGreaterThan(before);
    await world.sleep(dayMs);
    const { packages } = await world.wave();
    expect(packages[0]?.releasedAtMs).toBeDefined();
    expect(packages[0]).not.toHaveProperty('heldBack');
  }),
);
