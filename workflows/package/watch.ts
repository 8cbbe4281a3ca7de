/** The watch window of a released package, and the only writer of it: when it is evaluated, and how the window begins, moves and ends. All times are plan time. */
import { durationText } from '../../domain/time/duration.ts';
import { extend, nextEvaluation as nextInWindow, nextWeekly, pause, resume } from '../../domain/watch/evaluation-schedule.ts';
import type { Evaluation, Verdict } from '../../domain/watch/measurement.ts';
import type { RolePackageState } from './state.ts';
import { resetAttempts } from './tunes.ts';

/** `atEnd`: the last one of the watch, which decides how it ends. */
export interface DueEvaluation {
  purpose: Evaluation['purpose'];
  fromMs: number;
  dueMs: number;
  atEnd: boolean;
}

const weekMs = 7 * 86_400_000;

export function beginWatch({ data }: RolePackageState): void {
  data.phase = 'watching';
}

/** The evaluation that is due now, oldest first; undefined when none is. */
export function dueEvaluation(state: RolePackageState): DueEvaluation | undefined {
  const { data } = state;
  const nowMs = state.nowMs();
  if (data.phase === 'granting' || data.phase === 'ended' || data.supersededBy !== undefined) return undefined;
  const next = nextEvaluation(state);
  if (next && next.dueMs <= nowMs) return next;
  if (!data.extraEvaluation) return undefined;
  // Over the time of one ordinary evaluation, so that counts and shares are comparable with the others.
  const fromMs = Math.max(data.window.startMs, nowMs - state.input.section.package.watch.every);
  return { purpose: data.extraEvaluation, fromMs, dueMs: nowMs, atEnd: data.phase === 'watching' && nowMs >= data.window.endMs };
}

/** The next one that comes by itself; undefined while the watch is paused, and when it is over. */
export function nextEvaluation(state: RolePackageState): DueEvaluation | undefined {
  const { phase, window, stableSinceMs, lastWeeklyMs, lastWindowEvaluationMs } = state.data;
  if (phase === 'stable' && stableSinceMs !== undefined) {
    // Weeks that passed with no worker alive are evaluated at once: each would see the same access as it is now.
    const dueMs = nextWeekly(stableSinceMs, Math.max(lastWeeklyMs ?? stableSinceMs, state.nowMs() - weekMs));
    return { purpose: 'weekly', fromMs: dueMs - weekMs, dueMs, atEnd: false };
  }
  if (phase !== 'watching' || state.data.paused !== undefined) return undefined;
  const next = nextInWindow(state.input.section.package.watch, window, lastWindowEvaluationMs);
  return next && { ...next, atEnd: next.dueMs >= window.endMs };
}

export function wantEvaluation({ data }: RolePackageState, purpose: NonNullable<typeof data.extraEvaluation>): void {
  data.extraEvaluation = purpose;
}

/** After a tune the package is evaluated, unless it was tuned before its watch began. */
export function evaluateAfterTune(state: RolePackageState): void {
  if (state.data.phase === 'watching' || state.data.phase === 'stable') wantEvaluation(state, 'after-tune');
}

/** An evaluation was taken: the next one is counted from it. */
export function recordEvaluation(state: RolePackageState, evaluation: DueEvaluation & { number: number }, { kind, why }: Verdict): void {
  const { data } = state;
  data.evaluationCount = evaluation.number;
  if (evaluation.purpose === 'on-demand' || evaluation.purpose === 'after-tune') delete data.extraEvaluation;
  else if (data.phase === 'stable') data.lastWeeklyMs = evaluation.dueMs;
  else data.lastWindowEvaluationMs = evaluation.dueMs;
  if (kind !== data.lastVerdict?.kind) state.event(`verdict-${kind}`, why, { evaluation: evaluation.number });
  data.lastVerdict = { kind, why, atMs: evaluation.dueMs, evaluation: evaluation.number };
}

/** By a verdict that cannot tell yet: one of the extensions that the plan allows. */
export function extendByVerdict({ data }: RolePackageState, byMs: number): void {
  data.window = extend(data.window, byMs);
  data.extensions += 1;
}

/** By a person, as long as the watch goes on; says how much longer. */
export function extendWatch({ data, input }: RolePackageState, byMs = input.section.package.watch.extendBy): string {
  if (data.phase === 'watching') data.window = extend(data.window, byMs);
  return `watch extended by ${durationText(byMs)}`;
}

export function pauseWatch(state: RolePackageState, reason: string): void {
  state.data.window = pause(state.data.window, state.nowMs());
  state.data.paused = reason;
}

export function resumeWatch(state: RolePackageState): void {
  state.data.window = resume(state.data.window, state.nowMs());
  delete state.data.paused;
}

/** Another release of the package is watched instead of this one, and later perhaps this one again. */
export function suspendWatch(state: RolePackageState): void {
  const { data } = state;
  delete data.extraEvaluation;
  if (data.phase === 'watching' && data.paused === undefined) data.window = pause(data.window, state.nowMs());
}

export function watchAgain(state: RolePackageState): void {
  const { data } = state;
  if (data.phase === 'watching' && data.paused === undefined) data.window = resume(data.window, state.nowMs());
  if (data.phase === 'watching' || data.phase === 'stable') wantEvaluation(state, 'on-demand');
}

/** Access is kept; a watch that is over goes on for one extension, so that it is judged again. */
export function watchOn(state: RolePackageState): void {
  const { data, input } = state;
  const nowMs = state.nowMs();
  if (data.phase !== 'watching' || nowMs < data.window.endMs) return;
  data.window = extend(data.window, input.section.package.watch.extendBy + (nowMs - data.window.endMs));
}

/** The watch ended well; a package that was taken out of service ends with it. */
export function becomeStable(state: RolePackageState, why: string, nowMs: number): void {
  const { data } = state;
  if (data.phase === 'stable') return;
  if (state.input.section.change === 'retire') return state.end('Retired', why);
  data.phase = 'stable';
  data.stableSinceMs = nowMs;
  resetAttempts(state);
  state.event('stable', why);
}

/** A person takes the package as it is: stable where the watch is over, else the watch goes on. */
export function accept(state: RolePackageState, by: string): void {
  const { data } = state;
  const nowMs = state.nowMs();
  if (data.phase === 'watching' && nowMs >= data.window.endMs) becomeStable(state, `accepted by ${by}`, nowMs);
}
