/** What Temporal, or someone with its tools, does to a wave does not affect the released packages (ABANDON), and none of them is lost (R5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineTaskQueue, waveWorkflowId } from '../../domain/messages.ts';
import { waveSection, type WaveInput } from '../../domain/plan/section.ts';
import { asHeld } from './erp.ts';
import { checked, type PlanInput } from '../support/plan.ts';
import { erpPlan } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';
import { saveRevision } from '../support/revisions.ts';

const ids = ['continued', 'terminated', 'reset', 'restarted'] as const;
const people = (id: string) => [1, 2, 3].map((number) => `${id}_p${number}`);
const rolesOf = (id: string) => [`${id}_clerk`, `${id}_reader`];

let site: Site;
const plans = new Map<string, { plan: PlanInput; roles: string[] }>();
beforeAll(async () => {
  site = await startSite();
  for (const id of ids) {
    const [accounts, roles] = [await site.erp.people(...people(id)), await site.erp.roles(rolesOf(id))];
    plans.set(id, { plan: erpPlan(id, { accounts, roles, length: '6d' }), roles });
  }
});
afterAll(() => site?.close());

/** Waits until everything is granted and the watch has begun. */
async function watched(id: string, roles: string[]) {
  const { watch } = await site.untilPackage(id, ({ grants }) => grants.created === 6);
  return { watch, memberships: await site.erp.memberships(roles), runId: await firstRunOf(id) };
}

/** The run with which a package began. It stays the same across continue-as-new, and differs if the package was started again. */
async function firstRunOf(id: string): Promise<string | null | undefined> {
  return (await site.packageHandle(id).describe()).raw.workflowExecutionInfo?.firstRunId;
}

/** The package continued as if nothing had happened: its watch was not extended, it was not started twice, and nothing was granted twice. */
async function endsStable(id: string, roles: string[], { watch, memberships, runId }: Awaited<ReturnType<typeof watched>>) {
  const ended = await site.untilPackage(id, ({ state }) => state === 'Stable');
  expect(ended.watch).toMatchObject({ startMs: watch.startMs, endMs: watch.endMs, evaluations: 6 });
  expect((await site.store.evaluations(site.of(id))).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(await firstRunOf(id)).toBe(runId);
  expect(await site.erp.memberships(roles)).toEqual(memberships);
  expect((await site.store.events(site.of(id))).filter(({ kind }) => kind === 'releasing' || kind === 'granted')).toHaveLength(2);
  expect((await site.store.ledger(site.of(id))).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 6 }, () => 'created'));
}

/** The wave knows how its package ended, and can be closed with a review. */
async function isClosedByReview(id: string) {
  await site.untilWave(id, ({ packages: [entry], stage }) => entry?.state === 'Stable' && stage === 'review');
  await site.ask('ines', 'POST', `/v1/waves/${id}/wave-1/review`, { successes: 'it held', challenges: 'none', improvements: 'none' });
  expect(await site.waveHandle(id).result()).toMatchObject({ stage: 'closed' });
}

/** Applies as the endpoint does, but with a low limit of history events. */
async function applyWithLimit(text: PlanInput, continueAfterEvents: number): Promise<void> {
  const plan = checked(text);
  const { number, clock } = await saveRevision(site.store, plan, site.sealer);
  const input: WaveInput = { section: waveSection(plan, number, 'wave-1'), continueAfterEvents, ...(clock ? { clock } : {}) };
  await site.api.client.workflow.start('wave', {
    workflowId: waveWorkflowId(plan.plan, 'wave-1'),
    taskQueue: engineTaskQueue,
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    args: [input],
  });
}

/** Resets the wave to the point at which this event was decided. Returns the new run. */
async function resetTo(
  id: string,
  decidesWhat: 'startChildWorkflowExecutionInitiatedEventAttributes' | 'workflowExecutionStartedEventAttributes',
): Promise<string> {
  const handle = site.waveHandle(id);
  const [{ events }, { runId }] = [await handle.fetchHistory(), await handle.describe()];
  const decided = events?.find((event) => event[decidesWhat]);
  const workflowTaskFinishEventId =
    decided?.startChildWorkflowExecutionInitiatedEventAttributes?.workflowTaskCompletedEventId ??
    events?.find((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
  const { namespace } = site.api.config.temporal;
  const reset = await site.api.client.workflowService.resetWorkflowExecution({
    namespace,
    workflowExecution: { workflowId: handle.workflowId, runId },
    reason: 'a test',
    requestId: `reset-${id}`,
    workflowTaskFinishEventId: workflowTaskFinishEventId ?? null,
  });
  return reset.runId;
}

describe.concurrent('a wave with a released package', () => {
  test('continues as new: the watch continues, and the new run gets its outcome', async () => {
    const { plan, roles } = plans.get('continued')!;
    await applyWithLimit(plan, 40);
    await site.signOff('continued');
    const before = await watched('continued', roles);
    const { runId } = await site.waveHandle('continued').describe();
    await untilSeen(
      async () => {
        await site.tell('olga', 'continued', 'notes', { text: 'one more event' });
        return (await site.waveHandle('continued').describe()).runId;
      },
      (now) => now !== runId,
    );
    expect((await site.packageHandle('continued').describe()).status.name).toBe('RUNNING');
    await endsStable('continued', roles, before);
    await isClosedByReview('continued');
  });

  test('is terminated: the watch continues without it', async () => {
    const { plan, roles } = plans.get('terminated')!;
    await site.release(plan);
    const before = await watched('terminated', roles);
    await site.waveHandle('terminated').terminate('a test');
    await endsStable('terminated', roles, before);
    // Recorded once the signal to the wave has failed, which may be a moment after the package is shown as stable.
    await untilSeen(
      () => site.store.events(site.of('terminated')),
      (events) => events.some(({ kind }) => kind === 'wave-not-notified'),
    );
    expect((await site.packageHandle('terminated').describe()).status.name).toBe('RUNNING');
  });

  test('is reset to before the release: it adopts the running package, and gets its outcome', async () => {
    const { plan, roles } = plans.get('reset')!;
    await site.release(plan);
    const before = await watched('reset', roles);
    const runId = await resetTo('reset', 'startChildWorkflowExecutionInitiatedEventAttributes');
    await site.untilWave('reset', ({ packages: [entry] }) => entry?.releasedAtMs !== undefined);
    expect((await site.waveHandle('reset').describe()).runId).toBe(runId);
    await endsStable('reset', roles, before);
    await isClosedByReview('reset');
  });

  test('is reset to its beginning: it finds its package already released, and gets its outcome', async () => {
    const { plan, roles } = plans.get('restarted')!;
    await site.release(plan);
    const before = await watched('restarted', roles);
    await resetTo('restarted', 'workflowExecutionStartedEventAttributes');
    await endsStable('restarted', roles, before);
    await isClosedByReview('restarted');
  });
});

test('the people of each package hold exactly what was signed', async () => {
  for (const id of ids) {
    const roles = rolesOf(id).map(site.erp.of);
    const wanted = roles.flatMap((role) =>
      people(id).map((person) => `${role} to ${site.erp.of(person)} by ${site.erp.svc} admin false inherit true set true`),
    );
    expect((await site.erp.memberships(roles)).map(asHeld)).toEqual(wanted.toSorted());
  }
});
