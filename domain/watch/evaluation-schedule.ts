/**
 * When evaluations are due: everything is computed from the window's start, so that late wake-ups never add up. All times are plan time in
 * milliseconds.
 *
 * Evaluations are due at `firstCheck` after the start, at every multiple of `every` after the start, and at the end; one evaluation where these
 * coincide. Time while the window is paused does not count: evaluations that are not yet due move by the pause's length.
 */
import type { Watch } from '../plan/schema.ts';
import type { Evaluation } from './measurement.ts';

/** Plain JSON; `endMs` includes all extensions and all ended pauses. */
export interface Window {
  startMs: number;
  endMs: number;
  /** Ended pauses, oldest first, never overlapping. */
  pauses?: { atMs: number; untilMs: number }[];
  pausedAtMs?: number;
}

export type Rhythm = Pick<Watch, 'every' | 'firstCheck'>;
export interface DueEvaluation {
  dueMs: number;
  purpose: Extract<Evaluation['purpose'], 'scheduled' | 'first'>;
}

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

/** All evaluations of a window without pauses. */
export function evaluationSchedule(rhythm: Rhythm, startMs: number, endMs: number): DueEvaluation[] {
  const evaluations: DueEvaluation[] = [];
  for (let next = nextEvaluation(rhythm, { startMs, endMs }, startMs); next; next = nextEvaluation(rhythm, { startMs, endMs }, next.dueMs))
    evaluations.push(next);
  return evaluations;
}

/**
 * The evaluation after `afterMs`: the instant at which the last scheduled evaluation was due (not when it ran, and not one on demand), or the start.
 * Missed evaluations come one by one, in order. Undefined: the window is over, or is paused with nothing left that was due before.
 */
export function nextEvaluation(rhythm: Rhythm, window: Window, afterMs: number): DueEvaluation | undefined {
  const length = watched(window, window.endMs);
  const after = watched(window, Math.max(afterMs, window.startMs));
  const everyMs = Math.max(1, rhythm.every);
  const candidates = [rhythm.firstCheck, multipleAfter(after, everyMs), length].filter((at) => at > after && at <= length);
  if (candidates.length === 0) return undefined;
  const at = Math.min(...candidates);
  const dueMs = instant(window, at);
  if (window.pausedAtMs !== undefined && dueMs > window.pausedAtMs) return undefined;
  return { dueMs, purpose: at === rhythm.firstCheck ? 'first' : 'scheduled' };
}

export const extend = (window: Window, byMs: number): Window => ({ ...window, endMs: window.endMs + Math.max(0, byMs) });

/** No effect on a window that is paused or over. */
export function pause(window: Window, nowMs: number): Window {
  if (window.pausedAtMs !== undefined || nowMs >= window.endMs) return window;
  return { ...window, pausedAtMs: Math.max(nowMs, window.startMs, window.pauses?.at(-1)?.untilMs ?? window.startMs) };
}

/** Moves the end, and every evaluation that was not due when the pause began, by the pause's length. */
export function resume(window: Window, nowMs: number): Window {
  const { pausedAtMs, ...running } = window;
  if (pausedAtMs === undefined) return window;
  if (nowMs <= pausedAtMs) return running;
  return { ...running, endMs: window.endMs + nowMs - pausedAtMs, pauses: [...(window.pauses ?? []), { atMs: pausedAtMs, untilMs: nowMs }] };
}

/** The day in 'Watch day 3 of 14', without paused days: 0 before the start, the last day at and after the end. */
export function watchDay(window: Window, nowMs: number): { day: number; days: number } {
  const days = Math.max(1, Math.ceil(watched(window, window.endMs) / dayMs));
  if (nowMs < window.startMs) return { day: 0, days };
  return { day: Math.min(days, Math.floor(watched(window, Math.min(nowMs, window.pausedAtMs ?? nowMs)) / dayMs) + 1), days };
}

/** After `Stable`: the first instant after `afterMs` that is whole weeks from `stableSinceMs`. */
export const nextWeekly = (stableSinceMs: number, afterMs: number): number => stableSinceMs + multipleAfter(Math.max(0, afterMs - stableSinceMs), weekMs);

const multipleAfter = (at: number, step: number) => (Math.floor(at / step) + 1) * step;

/** How long the window had been watched at an instant: the time since its start without the ended pauses. */
function watched(window: Window, atMs: number): number {
  return (window.pauses ?? []).reduce((sum, pause) => sum - Math.max(0, Math.min(atMs, pause.untilMs) - Math.min(atMs, pause.atMs)), atMs - window.startMs);
}

/** The instant at which this much has been watched; at the beginning of a pause, the instant before the pause counts. */
function instant(window: Window, at: number): number {
  return (window.pauses ?? []).reduce((ms, { atMs, untilMs }) => (ms > atMs ? ms + untilMs - atMs : ms), window.startMs + at);
}
