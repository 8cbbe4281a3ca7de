/**
 * One package from its release to its end: given, verified, watched by durable timers, tuned or rolled back, kept healthy once it is stable.
 *
 * Invariants:
 * 1. Every effect is an activity that the store's revision and sign-offs must cover; a workflow started without them gives nothing (R3).
 * 2. Evaluations are due at instants computed from one anchor; one that was missed runs late over its own range, in order (R5).
 * 3. A rollback runs once it is approved and its dependency check is clear, and undoes only what this release did (R1).
 * 4. A cancellation in the engine revokes nothing.
 */
import * as wf from '@temporalio/workflow';
import type { EntitlementActivities } from '../../activities/contract.ts';
import { waveWorkflowId } from '../../domain/messages.ts';
import { notChecked } from '../../domain/release/dependencies.ts';
import type { BlackoutNow } from '../../domain/blackouts.ts';
import type { RolePackageInput, WaveSection } from '../../domain/plan/section.ts';
import { rollbackId } from '../../domain/release/marks.ts';
import { notTaken, rulesVersion } from '../../domain/watch/verdict.ts';
import { orRefusal, postRecords, systemWork, telemetry, type Refused } from '../shared/activities.ts';
import { Alarm } from '../shared/alarm.ts';
import { packageDetails } from '../shared/current-details.ts';
import { historyIsLong } from '../shared/history-length.ts';
import * as signals from '../shared/signals.ts';
import { nextDue, somethingIsDue } from './due.ts';
import { dueEvaluation, evaluated, type DueEvaluation } from './evaluations.ts';
import { checkOwner, checkOtherReleases, notifyEarlierReleases } from './other-releases.ts';
import type { TuneOrder } from './data.ts';
import { applyElapsedTime } from './decisions.ts';
import { receivePackageMessage } from './messages.ts';
import { requestAfterCancellation, updatePackageRequests } from './requests.ts';
import { RolePackageState } from './state.ts';
import { packageView } from './view.ts';
import { changedPackageAttributes } from '../shared/search-attributes.ts';

/** Real time: people do not clear a dependency faster because a demonstration's days are short. */
const blockedRecheckMs = { usual: 3_600_000, demonstration: 5_000 };

export async function rolePackage(input: RolePackageInput): Promise<{ state: string; why: string }> {
  const state = new RolePackageState(input);
  const alarm = new Alarm();
  state.inbox.listen(
    () => (state.changed = true),
    (message, _jws, section) => receivePackageMessage(state, message, section as WaveSection | undefined),
  );
  wf.setHandler(signals.releasesChanged, () => state.releasesChanged());
  wf.setHandler(signals.currentState, () => packageView(state));
  wf.setHandler(signals.currentRelease, () => state.release());

  try {
    if (state.data.phase === 'granting') await grant(state);
    while (!state.ended()) {
      state.changed = false;
      await runNextStep(state);
      await show(state);
      if (state.changed || state.ended() || somethingIsDue(state)) continue;
      if (historyIsLong(input.continueAfterEvents)) return await continueAsNew(state, input);
      await alarm.wait(() => state.changed, nextDue(state));
    }
    if (state.data.state === 'Retired') await outOfService(state);
    return { state: state.data.state, why: state.data.endedWhy ?? '' };
  } catch (error) {
    if (wf.isCancellation(error)) await wf.CancellationScope.nonCancellable(() => cancelled(state));
    throw error;
  }
}

/** Its last record is written: releases that rest because of it read there that they have ended with it. */
async function outOfService(state: RolePackageState): Promise<void> {
  await notifyEarlierReleases(state);
  await postRecords(state.inbox);
}

/** Gives what was signed, reads it back, and retires what it replaces; of what is only observed, nothing. */
async function grant(state: RolePackageState): Promise<void> {
  if (state.observed) return state.observing();
  state.event('releasing', `${state.input.release.parts.reduce((sum, part) => sum + part.toGrant, 0)} to grant`);
  await show(state);
  const granted = await orRefusal(inEverySystem(state, 'granting access', (system, work) => work.grantAccess(state.release(), system)));
  if ('refusal' in granted) return stopGranting(state, granted);
  const verified = await orRefusal(inEverySystem(state, 'reading back', (system, work) => work.verifyAccess(state.release(), system)));
  if ('refusal' in verified) return stopGranting(state, verified);
  state.granted(verified.done);
  await notifyEarlierReleases(state);
  if (state.data.abort) return state.watching(0, 0);
  const blackout = state.input.release.despiteBlackout ? undefined : state.blackout();
  if (blackout) return postponeRetirement(state, blackout);
  const retired = await orRefusal(inEverySystem(state, 'retiring old access', (system, work) => work.retireLegacy(state.release(), system)));
  if ('refusal' in retired) {
    const began = retired.type === 'ReleaseStopped' ? state.blackout() : undefined;
    return began ? postponeRetirement(state, began) : stopGranting(state, retired);
  }
  const sum = (key: 'retired' | 'failed') => retired.done.reduce((total, count) => total + count[key], 0);
  state.watching(sum('retired'), sum('failed'));
}

/** A blackout began while access was given: old access stays until a person decides. */
function postponeRetirement(state: RolePackageState, { id, reason, untilMs }: BlackoutNow): void {
  state.watching(0, 0);
  const why = `old access is not retired yet: the blackout '${id}' (${reason}) began before it could be`;
  if (state.data.proposal) return state.ask(why);
  state.propose({
    kind: 'tune',
    step: 'retireLegacy',
    why,
    order: { id: `${state.workflowId}#retire`, step: 'retireLegacy', why, by: 'rolewave' },
    blackout: { id, untilMs },
  });
}

/** Not covered by sign-offs: nothing was granted, and the run fails for everybody to see. Anything else: a person decides about what is out. */
async function stopGranting(state: RolePackageState, { refusal, type }: Refused): Promise<void> {
  if (type === 'NotCoveredBySignOffs' && state.data.grants.created === 0) {
    state.end(`refused: ${refusal}`);
    await show(state);
    throw wf.ApplicationFailure.nonRetryable(refusal, type);
  }
  await notifyEarlierReleases(state);
  state.watching(0, 0);
  state.ask(`the release stopped: ${refusal}; approve to go on as it is, decline to roll back`);
}

/** What comes first: undoing, then repairing, then looking. */
async function runNextStep(state: RolePackageState): Promise<void> {
  if (state.data.otherReleases) await checkOtherReleases(state);
  if (state.ended() || state.data.supersededBy !== undefined) return;
  if (state.observed && state.data.abort) return state.endObserving(state.data.abort);
  applyElapsedTime(state);
  const approval = state.rollbackApproval();
  if (approval !== undefined) {
    if (await rollBack(state, approval)) return;
  } else if (state.rollbackUnchecked()) {
    await checkDependencies(state);
  }
  if (state.data.order) return tune(state, state.data.order);
  const evaluation = dueEvaluation(state, state.nowMs());
  if (!evaluation) return;
  await evaluate(state, evaluation);
  if (evaluation.purpose === 'weekly' || state.data.ownerGone !== undefined) await checkOwner(state);
}

async function evaluate(state: RolePackageState, due: DueEvaluation): Promise<void> {
  const number = state.data.evaluationCount + 1;
  const { plan, wave, clock, release, section } = state.input;
  const { purpose, fromMs, dueMs, atEnd } = due;
  const answer = await orRefusal(
    telemetry(`evaluation ${number}: ${purpose}`).evaluate(state.release(), {
      number,
      purpose,
      fromMs,
      dueMs,
      atEnd,
      startMs: state.data.window.startMs,
      baseline: release.baseline,
      ...(clock ? { clock } : {}),
    }),
  );
  if ('done' in answer) return evaluated(state, { ...due, number }, answer.done);
  const failed = notTaken(section.package.watch, answer.refusal);
  state.inbox.data.outbox.evaluations.push({
    plan,
    wave,
    package: state.id,
    number,
    purpose,
    fromMs,
    dueMs,
    evaluatedAtMs: Date.now(),
    ...failed,
    rules: rulesVersion,
  });
  evaluated(state, { ...due, number }, failed);
}

async function tune(state: RolePackageState, order: TuneOrder): Promise<void> {
  if (order.step === 'extend') return state.tuned(order, state.extendByOrder(order));
  if (order.step === 'ask') {
    delete state.data.order;
    return state.ask(order.why);
  }
  const { id, step, people, entitlement, restore } = order;
  await show(state);
  const done = await orRefusal(
    inEverySystem(state, `tune: ${step}`, (system, work) =>
      work.tuneAccess(state.release(), system, {
        id,
        step,
        ...(people ? { people } : {}),
        ...(entitlement ? { entitlement } : {}),
        ...(restore ? { restore } : {}),
      }),
    ),
  );
  if ('refusal' in done) {
    state.tuned(order, `refused: ${done.refusal}`);
    return state.ask(`the tune '${step}' was refused: ${done.refusal}`);
  }
  const sum = (key: 'granted' | 'revoked' | 'retired' | 'left') => done.done.reduce((total, count) => total + count[key], 0);
  state.tuned(order, `${sum('granted')} granted, ${sum('revoked')} revoked, ${sum('retired')} old access retired, ${sum('left')} left for a person`);
}

/** True when all is undone; false while its dependency check, or what could not be undone, waits for somebody. */
async function rollBack(state: RolePackageState, approved: { approval: string; second?: string }): Promise<boolean> {
  if (state.data.recheckAtRealMs !== undefined && Date.now() < state.data.recheckAtRealMs) return false;
  if (!(await checkDependencies(state))) return false;
  const id = rollbackId(state.workflowId);
  // An answer that came while the dependencies were read counts.
  if (state.rollbackApproval()?.approval !== approved.approval) return false;
  const rollback = { id, ...approved, ...(state.data.abort ? { abort: true } : {}) };
  if (state.data.proposal) state.data.proposal.running = true;
  await show(state);
  const receipts = await orRefusal(inEverySystem(state, 'rolling back', (system, work) => work.rollBackAccess(state.release(), system, rollback)));
  if ('refusal' in receipts) {
    state.rollbackRefused(receipts.refusal);
    return false;
  }
  if (!state.asBefore && receipts.done.some(({ failed }) => failed.length > 0)) {
    state.rollbackUnfinished(receipts.done);
    return false;
  }
  state.rolledBack(receipts.done);
  await notifyEarlierReleases(state);
  return true;
}

async function checkDependencies(state: RolePackageState): Promise<boolean> {
  if (!state.data.proposal)
    state.propose({ kind: 'rollback', why: state.data.abort ? `aborted by ${state.data.abort.by}: ${state.data.abort.reason}` : 'rollback' });
  const checked = await orRefusal(telemetry('dependency check').dependencyCheck(state.release()));
  const lines = 'done' in checked ? checked.done : [notChecked(checked.refusal)];
  return state.dependencies(lines, Date.now() + (state.input.clock ? blockedRecheckMs.demonstration : blockedRecheckMs.usual));
}

async function inEverySystem<T>(state: RolePackageState, what: string, act: (system: string, work: EntitlementActivities) => Promise<T>): Promise<T[]> {
  await postRecords(state.inbox);
  const work = state.input.section.systems.map((system) => act(system, systemWork(system, 'change', `${what} in ${system}`)));
  // A refusal in one system ends nothing in another: what comes next waits for all of them.
  if (!state.asBefore) await Promise.allSettled(work);
  return Promise.all(work);
}

/** Shows where the package stands, and tells its wave when that changed. */
async function show(state: RolePackageState): Promise<void> {
  updatePackageRequests(state);
  const attributes = changedPackageAttributes(state.input, state.data.state);
  // Under the id by which it runs: one that somebody started beside the package's own says nothing in its name.
  if (state.ended()) state.data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: packageView(state) });
  await postRecords(state.inbox);
  wf.setCurrentDetails(packageDetails(packageView(state)));
  if (!attributes) return;
  wf.upsertSearchAttributes(attributes);
  await signalWave(state);
}

/** The wave may have closed long ago: then its review is written, and there is nobody to tell. */
async function signalWave(state: RolePackageState): Promise<void> {
  state.data.notified += 1;
  const { plan, wave } = state.input;
  const outcome = {
    id: `${state.workflowId}#${state.data.notified}-${state.data.state}`,
    package: state.id,
    state: state.data.state,
    line: state.data.endedWhy ?? state.data.lastVerdict?.why ?? '',
    atMs: state.nowMs(),
  };
  try {
    await wf.getExternalWorkflowHandle(waveWorkflowId(plan, wave)).signal(signals.packageOutcome, outcome);
  } catch (error) {
    if (wf.isCancellation(error)) throw error;
    state.event('wave-not-notified', `the wave has closed: ${outcome.state}`);
    await postRecords(state.inbox);
  }
}

async function continueAsNew(state: RolePackageState, input: RolePackageInput): Promise<never> {
  await wf.condition(wf.allHandlersFinished);
  return wf.continueAsNew<typeof rolePackage>({ ...input, carried: state.data });
}

async function cancelled(state: RolePackageState): Promise<void> {
  state.event('cancelled', 'the package was cancelled in the engine; nothing was revoked: a person decides what becomes of what is out', {
    asks: { person: state.section.package.owner },
  });
  requestAfterCancellation(state);
  state.data.inbox.outbox.finals.push({
    workflowId: wf.workflowInfo().workflowId,
    state: { ...packageView(state), endedWhy: 'cancelled in the engine; nothing was revoked' },
  });
  await postRecords(state.inbox);
}
