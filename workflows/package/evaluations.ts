/** When a released package is evaluated, and what follows from the verdict. All times are plan time. */
import { durationText } from '../../domain/time/duration.ts';
import { extend, nextEvaluation as nextInWindow, nextWeekly } from '../../domain/watch/evaluation-schedule.ts';
import type { DriftCounts, Evaluation, Verdict } from '../../domain/watch/measurement.ts';
import { nextStep, type NextStep } from '../../domain/watch/next-step.ts';
import { repairs, stepOf } from '../../domain/tune/steps.ts';
import type { RolePackageState } from './state.ts';

/** `atEnd`: the last one of the watch, which decides how it ends. */
export interface DueEvaluation {
  purpose: Evaluation['purpose'];
  fromMs: number;
  dueMs: number;
  atEnd: boolean;
}

const weekMs = 7 * 86_400_000;

/** The evaluation that is due now, oldest first; undefined when none is. */
export function dueEvaluation(state: RolePackageState, nowMs: number): DueEvaluation | undefined {
  if (state.data.phase === 'granting' || state.data.phase === 'ended' || state.data.supersededBy !== undefined) return undefined;
  const next = nextEvaluation(state);
  if (next && next.dueMs <= nowMs) return next;
  if (!state.data.extraEvaluation) return undefined;
  // Over the time of one ordinary evaluation, so that counts and shares are comparable with the others.
  const fromMs = Math.max(state.data.window.startMs, nowMs - state.input.section.package.watch.every);
  return { purpose: state.data.extraEvaluation, fromMs, dueMs: nowMs, atEnd: state.data.phase === 'watching' && nowMs >= state.data.window.endMs };
}

/** The next one that comes by itself; undefined while the watch is paused, and when it is over. */
export function nextEvaluation(state: RolePackageState): DueEvaluation | undefined {
  const { phase, window, stableSinceMs, lastWeeklyMs, lastWindowEvaluationMs } = state.data;
  if (phase === 'stable' && stableSinceMs !== undefined) {
    // Weeks that passed with no worker alive are looked at once: each would see the same access as it is now.
    const dueMs = nextWeekly(stableSinceMs, Math.max(lastWeeklyMs ?? stableSinceMs, state.nowMs() - weekMs));
    return { purpose: 'weekly', fromMs: dueMs - weekMs, dueMs, atEnd: false };
  }
  if (phase !== 'watching' || state.data.paused !== undefined) return undefined;
  const next = nextInWindow(state.input.section.package.watch, window, lastWindowEvaluationMs);
  return next && { ...next, atEnd: next.dueMs >= window.endMs };
}

/** What follows from an evaluation, as it was judged where it was recorded. */
export function evaluated(
  state: RolePackageState,
  { number, purpose, dueMs, atEnd }: DueEvaluation & { number: number },
  { verdict, drift }: { verdict: Verdict; drift: DriftCounts },
): void {
  const { data } = state;
  const { package: rolePackage } = state.section;
  data.evaluationCount = number;
  if (purpose === 'on-demand' || purpose === 'after-tune') delete data.extraEvaluation;
  else if (data.phase === 'stable') data.lastWeeklyMs = dueMs;
  else data.lastWindowEvaluationMs = dueMs;
  if (verdict.kind !== data.lastVerdict?.kind) state.event(`verdict-${verdict.kind}`, verdict.why, { evaluation: number });
  data.lastVerdict = { kind: verdict.kind, why: verdict.why, atMs: dueMs, evaluation: number };
  follow(
    state,
    nextStep({
      verdict,
      atEnd,
      watch: rolePackage.watch,
      tune: rolePackage.tune,
      rollbackApproval: rolePackage.rollback.approval,
      attemptsUsed: data.attempts,
      extensionsUsed: data.extensions,
      rollbackOnly: state.section.rollbackOnly,
      drift,
      openProposal: data.proposal?.kind ?? false,
    }),
    dueMs,
    drift,
  );
}

function follow(state: RolePackageState, step: NextStep, nowMs: number, drift: DriftCounts): void {
  switch (step.do) {
    case 'watch':
      if (!state.data.proposal) state.returnToWatch();
      return;
    case 'stable':
      state.becomeStable(step.why, nowMs);
      return;
    case 'extend':
      state.data.window = extend(state.data.window, step.byMs);
      state.data.extensions += 1;
      state.event('extended', `watch extended by ${durationText(step.byMs)}: ${step.why}`);
      return;
    case 'ask':
      state.propose({ kind: 'question', why: step.why });
      return;
    case 'tune':
      orderTune(state, step, drift);
      return;
    case 'proposeRollback':
      state.propose({ kind: 'rollback', why: step.why });
  }
}

function orderTune(state: RolePackageState, { step, why, automatic }: Extract<NextStep, { do: 'tune' }>, drift: DriftCounts): void {
  // What is only observed is not repaired: a person is told what a repair would be.
  if (state.observed) return state.propose({ kind: 'tune', step, why });
  state.data.orders += 1;
  // In a blackout nothing is taken away without a person; what is missing is restored all the same.
  const { inBlackout } = stepOf(step);
  const now = inBlackout && (repairs(inBlackout, drift) ?? 0) > 0 && state.blackout() ? inBlackout : step;
  const order = { id: `${state.workflowId}#tune-${state.data.orders}`, step: now, why, by: 'rolewave' };
  if (!automatic) return state.propose({ kind: 'tune', step, why, order });
  state.data.state = 'Needs tuning';
  state.data.order = order;
}
