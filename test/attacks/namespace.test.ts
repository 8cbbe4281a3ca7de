/**
 * Somebody has the namespace to themselves, and nothing else: no trusted key, no database. They start workflows of any kind under any id, send any signal, and
 * call any activity. On a real site, with a real worker, no access comes or goes by it, and no record of another's is changed.
 */
import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineTaskQueue } from '../../domain/messages.ts';
import { waveSection, type RolePackageInput } from '../../domain/plan/section.ts';
import { toReal } from '../../domain/time/plan-clock.ts';
import { recordBatch } from '../../domain/records.ts';
import type { ReleaseRef } from '../../activities/contract.ts';
import type { PlanInput } from '../support/plan.ts';
import { asHeld } from '../server/erp.ts';
import { erpPlan, realDayMs } from '../server/plan.ts';
import { startSite, untilSeen, type Site } from '../server/site.ts';
import { startAttacker, type Attacker } from './attacker.ts';

let site: Site;
let attacker: Attacker;
let accounts: string[];

beforeAll(async () => {
  site = await startSite();
  attacker = await startAttacker(site);
  accounts = await site.erp.people('amy', 'bob');
});
afterAll(async () => {
  await attacker?.close();
  await site?.close();
});

const everything = async () => (await site.erp.memberships()).map(asHeld);
const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const inDays = (days: number) => iso(Date.now() + days * 86_400_000);

/** A plan over two roles of its own and a role that they replace, which amy has. */
async function planned(id: string, change: Partial<PlanInput> & { wave?: Partial<PlanInput['waves'][number]> } = {}): Promise<PlanInput> {
  const roles = await site.erp.roles([`${id}_clerk`, `${id}_reader`]);
  const legacy = await site.erp.roles([`${id}_old_reader`]);
  await site.erp.run(`grant "${legacy[0]}" to "${accounts[0]}" granted by "${site.erp.svc}"`);
  const { wave, ...rest } = change;
  const plan = erpPlan(id, { accounts, roles, legacy, length: '60d' });
  return { ...plan, waves: plan.waves.map((each) => ({ ...each, ...wave })), ...rest };
}

/** In real time, so that days are days. */
async function inRealTime(id: string, wave: Partial<PlanInput['waves'][number]>): Promise<PlanInput> {
  const { clock: _, ...plan } = await planned(id, { wave: { window: '6h', ...wave } });
  return plan;
}

/** What an attacker who knows the plan and its preview starts a package with. */
async function inputOf(id: string): Promise<{ input: RolePackageInput; release: ReleaseRef }> {
  const revision = (await site.store.latestRevision(id))!;
  const section = waveSection(revision.document, revision.number, 'wave-1');
  const { packages, operators, notices } = section;
  const shown = await site.untilWave(id, (view) => view.packages[0]?.preview !== undefined);
  const { preview, previewDigest, planDigest } = shown.packages[0]!;
  const release: ReleaseRef = { ...site.of(id), revision: revision.number, planDigest, previewDigest: previewDigest!, parts: preview! };
  const input: RolePackageInput = {
    plan: id,
    wave: 'wave-1',
    revision: revision.number,
    section: packages[0]!,
    operators,
    notices,
    // Theirs to choose.
    blackouts: [],
    ...(revision.clock ? { clock: revision.clock } : {}),
    release: { previewDigest: previewDigest!, parts: preview!, baseline: {}, goLiveMs: Date.now(), despiteBlackout: true },
  };
  return { input, release };
}

/** Starts the package past its wave, and returns why that failed. */
async function startedDirectly(id: string, workflowId = `${id}/wave-1/access`): Promise<{ type: string | undefined; why: string }> {
  const { input } = await inputOf(id);
  const handle = await site.api.client.workflow.start('rolePackage', {
    workflowId,
    taskQueue: engineTaskQueue,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
  try {
    await handle.result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const failures: { type?: string; message: string }[] = [];
    for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) failures.push(cause);
    const last = failures.at(-1);
    return { type: last?.type, why: last?.message ?? '' };
  }
  throw new Error('it was not refused');
}

async function signed(id: string): Promise<void> {
  const { release } = await inputOf(id);
  const { planDigest, previewDigest } = release;
  await site.tell('olga', id, 'sign-offs', { decision: 'approve', planDigest, previewDigest });
}

async function untilPlanTime(id: string, at: string): Promise<void> {
  const { clock } = (await site.store.latestRevision(id))!;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, toReal(Date.parse(at), clock) - Date.now())));
}

const nothingGranted = async (id: string, before: string[]): Promise<void> => {
  expect(await everything()).toEqual(before);
  expect(await site.store.ledger(site.of(id))).toEqual([]);
  expect(await site.store.releases({ plan: id })).toEqual([]);
};

test('a package that is started directly, three days early, grants nothing: not with its sign-off alone, and not with all its evidence', async () => {
  await site.apply(await inRealTime('early', { goLive: inDays(3) }));
  await signed('early');
  const before = await everything();
  expect(await startedDirectly('early')).toMatchObject({
    type: 'NotCoveredBySignOffs',
    why: expect.stringContaining('is not ready (handoff: no evidence yet'),
  });
  await nothingGranted('early', before);
  await site.prepare('early');
  expect(await startedDirectly('early')).toMatchObject({ type: 'NotCoveredBySignOffs', why: expect.stringContaining('was not compared with what was signed') });
  const { release } = await inputOf('early');
  // The comparison is the wave's own to ask for, and its id is taken.
  expect(await attacker.call(undefined, 'recheckSystem', release, 'erp')).toMatchObject({ type: 'WrongWorkflow' });
  await site.store.saveRecheck({ ...site.of('early'), previewDigest: release.previewDigest, system: 'erp', wider: 0 });
  expect(await startedDirectly('early')).toMatchObject({ type: 'NotCoveredBySignOffs', why: expect.stringContaining("the go-live of 'access' is on") });
  await nothingGranted('early', before);
});

test('nor by the activities themselves: neither granting, nor reconciling, retiring or rolling back what nobody has released', async () => {
  const { release } = await inputOf('early');
  const before = await everything();
  const own = 'early/wave-1/access';
  expect(await attacker.call(own, 'grantAccess', release, 'erp')).toMatchObject({ type: 'NotCoveredBySignOffs' });
  for (const step of ['reconcile', 'grantMissing', 'retireLegacy'] as const)
    expect(await attacker.call(own, 'tuneAccess', release, 'erp', { id: 'tune-1', step })).toMatchObject({ type: 'NotCoveredBySignOffs' });
  expect(await attacker.call(own, 'retireLegacy', release, 'erp')).toMatchObject({
    type: 'NotCoveredBySignOffs',
    why: expect.stringContaining('is not released'),
  });
  expect(await attacker.call(own, 'rollBackAccess', release, 'erp', { id: 'r', approval: 'automatic' })).toMatchObject({ type: 'NotCoveredBySignOffs' });
  await nothingGranted('early', before);
});

test('a package that its owner holds back is not released past its wave, nor under another id, and the wave releases it once there is a date', async () => {
  await site.apply(await planned('held'));
  await site.tell('olga', 'held', 'hold-back', { reason: 'the auditors ask' });
  await site.signOff('held');
  await site.untilWave('held', ({ packages: [entry] }) => entry?.blockers.every(({ code }) => code === 'date') === true);
  const { release } = await inputOf('held');
  await site.store.saveRecheck({ ...site.of('held'), previewDigest: release.previewDigest, system: 'erp', wider: 0 });
  const before = await everything();
  expect(await startedDirectly('held')).toMatchObject({ type: 'NotCoveredBySignOffs', why: expect.stringContaining('has no go-live date') });
  expect(await startedDirectly('held', 'stray/access')).toMatchObject({ type: 'WrongWorkflow' });
  expect(await attacker.call(undefined, 'grantAccess', release, 'erp')).toMatchObject({ type: 'WrongWorkflow' });
  await nothingGranted('held', before);
  const { clock } = await site.wave('held');
  const soon = clock!.epochMs + ((Date.now() + 2 * realDayMs - clock!.anchorMs) * 86_400_000) / clock!.dayMs;
  await site.tell('ines', 'held', 'go-live', { goLive: iso(soon) });
  await site.untilPackage('held', ({ grants }) => grants.created === 4 && grants.legacyRetired === 1);
});

/** The package `access`, signed, ready, due and compared, and `base` in the same wave, of which nothing is signed. */
async function besideBase(id: string, { buildsOn = [], ...wave }: { buildsOn?: string[]; goLiveTogether?: boolean }): Promise<ReleaseRef> {
  const plan = await planned(id, { wave: { ...wave, packages: [{ package: 'access' }, { package: 'base' }] } });
  const access = plan.packages[0]!;
  const [first, second] = access.entitlements;
  const packages = [
    { ...access, buildsOn, entitlements: [first!] },
    { ...access, id: 'base', entitlements: [second!], legacy: [] },
  ];
  await site.apply({ ...plan, packages });
  await site.signOff(id);
  await untilPlanTime(id, '2026-04-07T01:00:00Z');
  const { release } = await inputOf(id);
  await site.store.saveRecheck({ ...site.of(id), previewDigest: release.previewDigest, system: 'erp', wider: 0 });
  return release;
}

test('a package is not released past its wave before the one that it builds on', async () => {
  const release = await besideBase('order', { buildsOn: ['base'] });
  const before = await everything();
  expect(await attacker.call('order/wave-1/access', 'grantAccess', release, 'erp')).toMatchObject({
    type: 'TooEarly',
    why: expect.stringContaining("'access' builds on base, not released yet"),
  });
  await nothingGranted('order', before);
});

test('one half of a wave that goes live together is not released past its wave while the other is not ready', async () => {
  await besideBase('halves', { goLiveTogether: true });
  const before = await everything();
  expect(await startedDirectly('halves')).toMatchObject({
    type: 'NotCoveredBySignOffs',
    why: expect.stringContaining("goes live together, and 'base' is not ready"),
  });
  await nothingGranted('halves', before);
});

test('a hold that one of two has lifted keeps everything as it is', async () => {
  const hold = { reason: 'busy', liftedBy: ['ines', 'hugo'], approvals: 2 };
  const { goLive: _, ...wave } = (await planned('onhold')).waves[0]!;
  const plan = await planned('onhold2', {});
  await site.apply({ ...plan, waves: [{ ...wave, status: 'on-hold', hold }] });
  await site.signOff('onhold2');
  await site.ask('ines', 'POST', '/v1/waves/onhold2/wave-1/lift-hold', { goLive: '2027-01-01', since: 1, reason: 'drilled' });
  const before = await everything();
  expect(await startedDirectly('onhold2')).toMatchObject({
    type: 'NotCoveredBySignOffs',
    why: expect.stringContaining('is on hold: 2 of ines, hugo must lift it'),
  });
  await nothingGranted('onhold2', before);
});

test('a blackout that kept a package back does so even when it has ended, until somebody sets another date', async () => {
  // It begins an hour after the go-live, for which the package is not ready.
  await site.apply(await planned('closing', { blackouts: [{ id: 'close', reason: 'Month-end close', from: '2026-04-07T01:00:00Z', until: '2026-04-14' }] }));
  await untilPlanTime('closing', '2026-04-07T02:00:00Z');
  await site.signOff('closing');
  await site.untilWave('closing', ({ packages: [entry] }) => entry?.heldBack?.code === 'blackout');
  const { release } = await inputOf('closing');
  await site.store.saveRecheck({ ...site.of('closing'), previewDigest: release.previewDigest, system: 'erp', wider: 0 });
  const before = await everything();
  await untilPlanTime('closing', '2026-04-14T01:00:00Z');
  // A package that is stopped waits for a person, and grants nothing.
  expect(await attacker.call('closing/wave-1/access', 'grantAccess', release, 'erp')).toMatchObject({
    type: 'ReleaseStopped',
    why: expect.stringContaining("the blackout 'close'"),
  });
  await nothingGranted('closing', before);
});

test("records, evaluations, finals and notices of another's waves and packages are refused from any other workflow, and nothing is stored", async () => {
  const about = { plan: 'held', wave: 'wave-1', package: 'access' };
  const { release } = await inputOf('held');
  const view = await site.wave('held');
  const before = await site.store.events({ plan: 'held' });
  const batch = recordBatch({
    messages: [{ jws: await site.sealer.seal(site.message('held', 'olga', 'abort', { reason: 'refused before' }, 'sealed-but-not-accepted')) }],
    events: [{ id: 'held/wave-1#999-forged', ...about, atMs: 1, actor: 'olga', kind: 'approved', text: 'forged' }],
    finals: [{ workflowId: 'held/wave-1', state: { ...view, stage: 'closed' } }],
    evaluations: [{ ...about, purpose: 'scheduled', dueMs: 1, evaluatedAtMs: 1, measurements: [], drift: noDrift, driftLines: [], verdict: healthy, rules: 1 }],
  });
  for (const id of [undefined, 'held/nothing', 'held/wave-1/nothing', 'held/wave-1/access/more', 'nobody/wave-1'])
    expect(await attacker.call(id, 'record', batch)).toMatchObject({ type: 'WrongWorkflow' });
  const evaluation = { purpose: 'on-demand', dueMs: Date.parse('2026-04-07'), startMs: 0, atEnd: true } as const;
  expect(await attacker.call(undefined, 'evaluate', release, evaluation)).toMatchObject({ type: 'WrongWorkflow' });
  expect(await attacker.call(undefined, 'readBaseline', release, { atMs: 1 })).toMatchObject({ type: 'WrongWorkflow' });
  expect(await attacker.call(undefined, 'verifyAccess', release, 'erp')).toMatchObject({ type: 'WrongWorkflow' });
  const [notice] = await site.store.notices({ plan: 'held' });
  expect(await attacker.call(undefined, 'deliver', notice!.id, { channel: 'smtp', recipient: 'otto' })).toMatchObject({ type: 'WrongWorkflow' });
  expect(await attacker.call(undefined, 'settleDelivery', notice!.id, { channel: 'smtp', recipient: 'otto' }, { state: 'sent' })).toMatchObject({
    type: 'WrongWorkflow',
  });
  // A workflow of a place that is free records only what is its own: nothing about another wave, and no numbers that it did not measure.
  expect(await attacker.call('early/wave-1/access', 'record', batch)).toEqual({ answer: undefined });
  expect((await site.store.events({ plan: 'held' })).filter(({ id }) => !before.some((event) => event.id === id)).map(({ text }) => text)).not.toContain(
    'forged',
  );
  expect(await site.store.messages({ plan: 'held', type: 'abort' })).toEqual([]);
  expect(await site.store.finalWave({ plan: 'held', wave: 'wave-1' })).toBeUndefined();
  expect((await site.store.evaluations(about)).filter(({ dueMs }) => dueMs === 1)).toEqual([]);
  expect((await site.store.notices({ plan: 'held' })).flatMap(({ deliveries }) => deliveries)).toEqual([]);
});

test('numbers are not taken in advance, nor before there is a release: an evaluation is refused before its instant, and a claim to have measured is not recorded', async () => {
  const { release } = await inputOf('early');
  const own = 'early/wave-1/access';
  const due = { purpose: 'scheduled' as const, startMs: Date.now(), dueMs: Date.now() + 10 * 86_400_000, atEnd: false };
  expect(await attacker.call(own, 'evaluate', release, due)).toMatchObject({ type: 'NotCoveredBySignOffs', why: expect.stringContaining('is not released') });
  const about = site.of('early');
  const claims = [
    { ...about, purpose: 'scheduled' as const, dueMs: 1, evaluatedAtMs: 1, measurements: [], drift: noDrift, driftLines: [], verdict: healthy, rules: 1 },
    {
      ...about,
      purpose: 'scheduled' as const,
      dueMs: due.dueMs,
      evaluatedAtMs: 1,
      measurements: [],
      drift: noDrift,
      driftLines: [],
      verdict: failed,
      rules: 1,
    },
  ];
  expect(await attacker.call(own, 'record', recordBatch({ evaluations: claims }))).toEqual({ answer: undefined });
  expect(await site.store.evaluations(about)).toEqual([]);
});

test('a forged signal that a package was rolled back is only a hint: the wave asks the package, the ledger and the receipts, and goes on', async () => {
  const wave = site.waveHandle('held');
  const asked = async () =>
    (await wave.fetchHistory()).events?.filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'packageStatus').length ?? 0;
  const before = await asked();
  for (const forged of [
    { id: 'forged-1', package: 'access', state: 'Rolled back', line: 'all undone', atMs: 1 },
    { id: 'forged-2', package: 'access', state: 'Retired', line: 'gone', atMs: 1 },
    { id: 'forged-3', package: 'constructor', state: 'Rolled back', line: '', atMs: 1 },
    { id: 'forged-4' },
    null,
    'hello',
  ])
    await wave.signal('packageOutcome', forged);
  await untilSeen(asked, (count) => count > before);
  const view = await site.wave('held');
  expect(view).toMatchObject({ stage: 'watching' });
  expect(view.packages[0]?.state).toBe((await site.package('held')).state);
  expect(view.packages[0]?.state).not.toBe('Rolled back');
});

test('an impostor that took the place of a package says that it was rolled back, and the wave does not believe it while the access is there', async () => {
  await site.apply(await planned('usurped'));
  await site.signOff('usurped');
  await site.untilPackage('usurped', ({ grants }) => grants.created === 4 && grants.legacyRetired === 1);
  const shown = await site.package('usurped');
  const granted = await everything();
  await site.packageHandle('usurped').terminate('by somebody with rights on the namespace');
  const { name: _, ...carried } = shown;
  const batch = recordBatch({ finals: [{ workflowId: 'usurped/wave-1/access', state: { ...carried, state: 'Rolled back' } }] });
  expect(await attacker.call('usurped/wave-1/access', 'record', batch)).toEqual({ answer: undefined });
  await site.waveHandle('usurped').signal('packageOutcome', { package: 'access' });
  const doubts = async () => (await site.store.events({ plan: 'usurped' })).filter(({ kind }) => kind === 'outcome-not-believed');
  await untilSeen(doubts, (found) => found.length > 0);
  expect((await site.wave('usurped')).packages[0]?.state).not.toBe('Rolled back');
  expect(await everything()).toEqual(granted);
});

const noDrift = { missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 };
const healthy = { kind: 'healthy' as const, why: 'all is well', metrics: [] };
const failed = { kind: 'error' as const, why: 'not taken', metrics: [] };
