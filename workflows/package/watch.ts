/** The only writer of a released package's watch window: when evaluations are due, and how the window begins, moves and ends. All times are plan time. */
import { extendedText } from '../../domain/authority/event-of-message.ts';
import { extend, nextEvaluation as nextInWindow, nextWeekly, pause, resume } from '../../domain/watch/evaluation-schedule.ts';
import type { Evaluation, Verdict } from '../../domain/watch/measurement.ts';
import type { PackageData, RolePackageState } from './state.ts';
import { resetAttempts } from './tunes.ts';

/** `atEnd`: the last evaluation of the watch, which decides how it ends. */
export interface DueEvaluation {
  purpose: Evaluation['purpose'];
  dueMs: number;
  atEnd: boolean;
}

const weekMs = 7 * 86_400_000;

export function beginWatch({ data }: RolePackageState): void {
  data.phase = 'watching';
}

/** The evaluation that is due now, oldest first. Undefined when none is due. */
export function dueEvaluation(state: RolePackageState): DueEvaluation | undefined {
  const { data } = state;
  const nowMs = state.nowMs();
  if (data.phase === 'granting' || data.phase === 'claimed' || data.phase === 'ended' || data.supersededBy !== undefined) return undefined;
  const next = nextEvaluation(state);
  if (next && next.dueMs <= nowMs) return next;
  if (!data.extraEvaluation) return undefined;
  return { ...data.extraEvaluation, atEnd: data.phase === 'watching' && nowMs >= data.window.endMs };
}

/** The next scheduled evaluation. Undefined while the watch is paused and once it has ended. */
export function nextEvaluation(state: RolePackageState): DueEvaluation | undefined {
  const { phase, window, stableSinceMs, lastWeeklyMs, lastWindowEvaluationMs } = state.data;
  if (phase === 'stable' && stableSinceMs !== undefined) {
    // Weeks that passed without a worker are evaluated together, because each would see the same current access.
    const dueMs = nextWeekly(stableSinceMs, Math.max(lastWeeklyMs ?? stableSinceMs, state.nowMs() - weekMs));
    return { purpose: 'weekly', dueMs, atEnd: false };
  }
  if (phase !== 'watching' || state.data.paused !== undefined) return undefined;
  const next = nextInWindow(state.input.section.package.watch, window, lastWindowEvaluationMs);
  return next && { ...next, atEnd: next.dueMs >= window.endMs };
}

/** `askedMs`: when a person asked for it. */
export function wantEvaluation(state: RolePackageState, purpose: NonNullable<PackageData['extraEvaluation']>['purpose'], askedMs = state.nowMs()): void {
  const { data } = state;
  data.extraEvaluation = { purpose, dueMs: Math.max(data.window.startMs, Math.min(askedMs, state.nowMs())) };
}

/** After a tune the package is evaluated, unless it was tuned before its watch began. */
export function evaluateAfterTune(state: RolePackageState): void {
  if (state.data.phase === 'watching' || state.data.phase === 'stable') wantEvaluation(state, 'after-tune');
}

/** An evaluation is done. The next one is counted from it. */
export function recordEvaluation(state: RolePackageState, evaluation: DueEvaluation & { number: number }, { kind, why }: Verdict): void {
  const { data } = state;
  data.evaluationCount = evaluation.number;
  if (evaluation.purpose === 'on-demand' || evaluation.purpose === 'after-tune') {
    // What was asked for meanwhile is still wanted.
    if (data.extraEvaluation?.dueMs === evaluation.dueMs) delete data.extraEvaluation;
  } else if (data.phase === 'stable') data.lastWeeklyMs = evaluation.dueMs;
  else data.lastWindowEvaluationMs = evaluation.dueMs;
  if (kind !== data.lastVerdict?.kind) state.event(`verdict-${kind}`, why, { evaluation: evaluation.number });
  data.lastVerdict = { kind, why, atMs: evaluation.dueMs, evaluation: evaluation.number };
}

/** Extends the watch after an inconclusive verdict. The plan limits the number of these extensions. */
export function extendByVerdict({ data }: RolePackageState, byMs: number): void {
  data.window = extend(data.window, byMs);
  data.extensions += 1;
}

/** Extends a running watch for a person or a tune. Returns a text that says by how much. */
export function extendWatch({ data, input }: RolePackageState, byMs = input.section.package.watch.extendBy): string {
  if (data.phase === 'watching') data.window = extend(data.window, byMs);
  return extendedText(byMs);
}

export function pauseWatch(state: RolePackageState, reason: string): void {
  state.data.window = pause(state.data.window, state.nowMs());
  state.data.paused = reason;
}

export function resumeWatch(state: RolePackageState): void {
  state.data.window = resume(state.data.window, state.nowMs());
  delete state.data.paused;
}

/** Another release of the package is watched instead of this one, which may be watched again later. */
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

/** Access is kept. A watch that has ended is extended once, so that it is evaluated again. */
export function watchOn(state: RolePackageState): void {
  const { data, input } = state;
  const nowMs = state.nowMs();
  if (data.phase !== 'watching' || nowMs < data.window.endMs) return;
  data.window = extend(data.window, input.section.package.watch.extendBy + (nowMs - data.window.endMs));
}

/** The watch ended well. A retired package ends with it. */
export function becomeStable(state: RolePackageState, why: string, nowMs: number): void {
  const { data } = state;
  if (data.phase === 'stable') return;
  if (state.input.section.change === 'retire') return state.end('Retired', why);
  data.phase = 'stable';
  data.stableSinceMs = nowMs;
  resetAttempts(state);
  state.event('stable', why);
}

/** A person accepts the package as it is: it is stable if the watch has ended, else the watch continues. */
export function accept(state: RolePackageState, by: string): void {
  const { data } = state;
  const nowMs = state.nowMs();
  data.acceptedUnknown = data.grants.unknown;
  if (data.phase === 'watching' && nowMs >= data.window.endMs) becomeStable(state, `accepted by ${by}`, nowMs);
}
