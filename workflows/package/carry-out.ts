/** The effects of a released package: grant, tune and roll back. Each is an activity that the stored revision and sign-offs must authorize. */
import * as wf from '@temporalio/workflow';
import type { EntitlementActivities, GrantCounts } from '../../activities/contract.ts';
import type { BlackoutNow } from '../../domain/blackouts.ts';
import { notChecked } from '../../domain/release/dependencies.ts';
import { rollbackId } from '../../domain/release/marks.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
import { stepOf } from '../../domain/tune/steps.ts';
import { orIncomplete, orRefusal, postRecords, systemWork, telemetry, type Refused } from '../shared/activities.ts';
import { isPatched } from '../patches.ts';
import { notifyEarlierReleases } from './other-releases.ts';
import {
  ask,
  held,
  proposeForAbort,
  proposeTune,
  recordDependencies,
  rollbackRefused,
  rollbackRuns,
  rollbackToRun,
  rollbackUnfinished,
  rolledBack,
} from './proposals.ts';
import { show, tellRefusal } from './publish.ts';
import { recheckMs } from './recheck.ts';
import { grantedAgain } from './receipts.ts';
import type { RolePackageState, RollbackRef, TuneOrder } from './state.ts';
import { dropOrder, tuned } from './tunes.ts';
import { beginWatch, evaluateAfterTune, extendWatch } from './watch.ts';
import { realNowMs } from '../shared/alarm.ts';

/** Grants what was signed, reads it back, and retires what it replaces. Changes nothing for an observed package. */
export async function grant(state: RolePackageState): Promise<void> {
  if (state.observed) return observe(state);
  state.event('releasing', `${state.input.release.parts.reduce((sum, part) => sum + part.toGrant, 0)} to grant`);
  await show(state);
  const granted = await orRefusal(inEverySystem(state, 'granting access', (system, work) => work.grantAccess(state.release(), system)));
  // Whatever stopped it: what was granted until then is read back and counted.
  const verified = await orRefusal(inEverySystem(state, 'reading back', (system, work) => work.verifyAccess(state.release(), system)));
  if ('done' in verified) countGrants(state, verified.done);
  if ('refusal' in granted) return stopGranting(state, granted);
  if ('refusal' in verified) return stopGranting(state, verified);
  await notifyEarlierReleases(state);
  const refusals = verified.done.flatMap((count) => count.refusals);
  if (state.data.abort) return watch(state, undefined, refusals);
  const blackout = state.input.release.despiteBlackout ? undefined : state.blackout();
  if (blackout) return postponeRetirement(state, blackout);
  const retired = await orRefusal(inEverySystem(state, 'retiring legacy access', (system, work) => work.retireLegacy(state.release(), system)));
  if ('refusal' in retired) {
    const began = retired.type === 'ReleaseStopped' ? state.blackout() : undefined;
    return began ? postponeRetirement(state, began) : stopGranting(state, retired);
  }
  const sum = (key: 'retired' | 'failed') => retired.done.reduce((total, count) => total + count[key], 0);
  watch(state, { retired: sum('retired'), failed: sum('failed') }, [...refusals, ...retired.done.flatMap((count) => count.refusals)]);
}

/** Existing access is watched as it is. */
function observe(state: RolePackageState): void {
  const { parts } = state.input.release;
  state.data.grants.preexisting = parts.reduce((sum, part) => sum + part.alreadyThere, 0);
  beginWatch(state);
  state.event('observing', `${state.data.grants.preexisting} already granted; nothing is granted, revoked or retired`);
}

function countGrants({ data }: RolePackageState, counts: GrantCounts[]): void {
  const sum = (key: Exclude<keyof GrantCounts, 'refusals'>) => counts.reduce((total, count) => total + count[key], 0);
  data.grants = { ...data.grants, created: sum('created'), preexisting: sum('preexisting'), failed: sum('failed'), unknown: sum('unknown') };
}

/** Reads back what is granted now. What was refused or is not known stays counted until the system or a person has answered it. */
export async function countAgain(state: RolePackageState): Promise<void> {
  if (state.observed) return;
  const verified = await orRefusal(inEverySystem(state, 'reading back', (system, work) => work.verifyAccess(state.release(), system)));
  if ('done' in verified) countGrants(state, verified.done);
}

/** Grants of which neither the system nor a person has said what became of them. */
export const unsettled = ({ data }: RolePackageState): number => Math.max(0, data.grants.unknown - (data.acceptedUnknown ?? 0));

/** Begins the watch, and asks a question if something failed. `refusals`: the first few, in the systems' words. */
function watch(state: RolePackageState, legacy = { retired: 0, failed: 0 }, refusals: string[] = []): void {
  const { grants } = state.data;
  grants.legacyRetired = legacy.retired;
  beginWatch(state);
  state.event('granted', `${grants.created} granted, ${grants.preexisting} already had it, ${legacyGrants(grants.legacyRetired)} retired`, { ...grants });
  const open = [
    grants.failed > 0 ? `${grants.failed} could not be granted` : '',
    grants.unknown > 0 ? `${grants.unknown} could not be confirmed` : '',
    legacy.failed > 0 ? `${legacyGrants(legacy.failed)} could not be retired` : '',
  ].filter(Boolean);
  const why = refusals.length > 0 ? ` (${refusals.join('; ')})` : '';
  if (open.length > 0) ask(state, `${open.join(', ')}${why}: keep it as it is, finish granting, or propose a rollback`, 'grants');
}

/** A blackout began while access was being granted, so legacy access stays until a person decides. */
function postponeRetirement(state: RolePackageState, blackout: BlackoutNow): void {
  watch(state);
  const why = `legacy access is not retired yet, because the blackout '${blackout.id}' began first`;
  if (state.proposal) return ask(state, why);
  proposeTune(state, { id: `${state.workflowId}#retire`, step: 'retireLegacy', why, by: 'rolewave' }, { why, blackout: held(blackout) });
}

/** Without valid sign-offs nothing was granted: the wave holds the package back, and the run fails visibly. After any other refusal a person decides about what was granted. */
async function stopGranting(state: RolePackageState, { refusal, type }: Refused): Promise<void> {
  if ((type === 'NotCoveredBySignOffs' || type === 'WrongWorkflow') && state.data.grants.created + state.data.grants.unknown === 0) {
    state.end('Monitoring', `refused: ${refusal}`);
    await show(state);
    if (isPatched('a-refusal-is-told')) await tellRefusal(state);
    throw wf.ApplicationFailure.nonRetryable(refusal, type);
  }
  await notifyEarlierReleases(state);
  watch(state);
  ask(state, `the release stopped: ${refusal}; keep it as it is, finish granting, or propose a rollback`, 'grants');
}

export async function tune(state: RolePackageState, order: TuneOrder): Promise<void> {
  if (order.step === 'ask') {
    dropOrder(state);
    return ask(state, order.why);
  }
  if (order.step === 'extend') {
    tuned(state, order, extendWatch(state, order.byMs));
    return evaluateAfterTune(state);
  }
  const { id, step, people, entitlement, restore } = order;
  // A rollback for some people: any other tune is not held up by claims.
  if (restore) state.undoing = people ?? 'everyone';
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
  state.undoing = undefined;
  evaluateAfterTune(state);
  // Also where one system refused: others may have granted again.
  if (stepOf(step).grantsAccess) grantedAgain(state);
  if ('refusal' in done) {
    tuned(state, order, `refused: ${done.refusal}`);
    return ask(state, `the tune '${step}' was refused: ${done.refusal}`);
  }
  if (stepOf(step).grantsAccess || stepOf(step).revokesAccess) await countAgain(state);
  const sum = (key: 'granted' | 'revoked' | 'retired' | 'left') => done.done.reduce((total, count) => total + count[key], 0);
  tuned(state, order, `${sum('granted')} granted, ${sum('revoked')} revoked, ${legacyGrants(sum('retired'))} retired, ${sum('left')} left for a person`);
}

/** True when everything is undone. False while the dependency check is not clear, or while a person must act first. */
export async function rollBack(state: RolePackageState, approved: { approval: string; second?: string }): Promise<boolean> {
  if (state.data.recheckAtRealMs !== undefined && realNowMs() < state.data.recheckAtRealMs) return false;
  if (!(await checkDependencies(state))) return false;
  const id = rollbackId(state.workflowId);
  // An answer that arrived while the dependencies were read counts.
  if (rollbackToRun(state)?.approval !== approved.approval) return false;
  const rollback = { id, ...approved, ...(state.data.abort ? { abort: true } : {}) };
  rollbackRuns(state);
  // From here on a claim comes too late; those before are recorded before the systems are asked. The end of one is heeded right afterwards.
  state.undoing = 'everyone';
  delete state.data.claimsChanged;
  await show(state);
  const { receipts, refusals } = await undoIn(state, state.input.section.systems, 'rolling back', rollback);
  const [refusal] = refusals;
  if (refusal) {
    rollbackRefused(state, receipts, refusal.refusal);
    return false;
  }
  if (receipts.some(({ failed }) => failed.length > 0)) {
    rollbackUnfinished(state, receipts);
    return false;
  }
  rolledBack(state, receipts, rollback);
  await notifyEarlierReleases(state);
  return true;
}

/** What was done in one system is known whatever the others answer. */
async function undoIn(
  state: RolePackageState,
  systems: string[],
  what: string,
  rollback: RollbackRef,
): Promise<{ receipts: Receipt[]; refusals: { system: string; refusal: string }[] }> {
  const answers = await inSystems(state, systems, what, async (system, work) => ({
    system,
    answer: await orRefusal(orIncomplete(work.rollBackAccess(state.release(), system, rollback))),
  }));
  state.undoing = undefined;
  return {
    receipts: answers.flatMap(({ answer }) => ('done' in answer ? [answer.done] : [])),
    refusals: answers.flatMap(({ system, answer }) => ('refusal' in answer ? [{ system, refusal: answer.refusal }] : [])),
  };
}

export async function checkDependencies(state: RolePackageState): Promise<boolean> {
  proposeForAbort(state);
  const checked = await orRefusal(telemetry('dependency check').dependencyCheck(state.release()));
  const lines = 'done' in checked ? checked.done : [notChecked(checked.refusal)];
  return recordDependencies(state, lines, Date.now() + recheckMs(state));
}

const inEverySystem = <T>(state: RolePackageState, what: string, act: (system: string, work: EntitlementActivities) => Promise<T>): Promise<T[]> =>
  inSystems(state, state.input.section.systems, what, (system, work) => orIncomplete(act(system, work)));

async function inSystems<T>(
  state: RolePackageState,
  systems: string[],
  what: string,
  act: (system: string, work: EntitlementActivities) => Promise<T>,
): Promise<T[]> {
  await postRecords(state.inbox);
  const work = systems.map((system) => act(system, systemWork(system, 'change', `${what} in ${system}`)));
  // A refusal in one system does not stop the others. The next step waits for all of them.
  await Promise.allSettled(work);
  return Promise.all(work);
}

const legacyGrants = (count: number) => `${count} legacy ${count === 1 ? 'grant' : 'grants'}`;
