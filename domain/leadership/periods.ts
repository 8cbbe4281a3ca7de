/** The periods of a report: whole days of plan time, cut at Mondays or at the first of each month, in UTC. */
import type { PeriodLength } from '../views/leadership.ts';

const dayMs = 86_400_000;
/** 5 January 1970 was a Monday. */
const firstMonday = 4;
export const mostPeriods = 60;
/** Of a report that nobody gave a range: the last ones. */
const usualPeriods: Record<PeriodLength, number> = { week: 26, month: 24 };

export interface Range {
  fromMs: number;
  /** Not included. */
  untilMs: number;
  period: PeriodLength;
}

const dayOf = (ms: number): number => Math.floor(ms / dayMs);

export function startOf(ms: number, period: PeriodLength): number {
  if (period === 'month') return Date.UTC(new Date(ms).getUTCFullYear(), new Date(ms).getUTCMonth(), 1);
  const day = dayOf(ms);
  return (day - ((((day - firstMonday) % 7) + 7) % 7)) * dayMs;
}

export function nextStart(ms: number, period: PeriodLength): number {
  const start = startOf(ms, period);
  return period === 'week' ? start + 7 * dayMs : Date.UTC(new Date(start).getUTCFullYear(), new Date(start).getUTCMonth() + 1, 1);
}

export interface Asked {
  fromMs?: number | undefined;
  /** Of this day, all of it. */
  toMs?: number | undefined;
  period: PeriodLength;
}

/**
 * What is asked for; where it says nothing, from the period in which anything happened first to today, and of that the last half year of weeks or two years of months.
 * `firstMs`: undefined where nothing happened yet.
 */
export function rangeOf({ fromMs, toMs, period }: Asked, firstMs: number | undefined, nowMs: number): Range {
  const untilMs = (dayOf(toMs ?? Math.max(nowMs, fromMs ?? nowMs)) + 1) * dayMs;
  if (fromMs !== undefined) return { fromMs: dayOf(fromMs) * dayMs, untilMs, period };
  const last = startOf(untilMs - 1, period);
  const first = startOf(Math.min(firstMs ?? untilMs - 28 * dayMs, untilMs - 1), period);
  return { fromMs: Math.max(first, startsBefore(last, period, usualPeriods[period] - 1)), untilMs, period };
}

function startsBefore(ms: number, period: PeriodLength, count: number): number {
  let start = ms;
  for (let each = 0; each < count; each++) start = startOf(start - 1, period);
  return start;
}

/** Why there can be no such report, as a sentence; undefined: there can. */
export function whyNoRange({ fromMs, untilMs, period }: Range): string | undefined {
  if (fromMs >= untilMs) return 'is after the end of the report: give a `from` that is not after `to`';
  const widest = period === 'week' ? (untilMs - fromMs) / (7 * dayMs) : (untilMs - fromMs) / (28 * dayMs);
  return widest > mostPeriods ? `gives more than ${mostPeriods} ${period}s: give a later one${period === 'week' ? ', or period=month' : ''}` : undefined;
}

/** Where each period begins, and at last where the last one ends. The first and the last may be cut short by the range. */
export function boundsOf({ fromMs, untilMs, period }: Range): number[] {
  const bounds = [fromMs];
  for (let at = nextStart(fromMs, period); at < untilMs; at = nextStart(at, period)) bounds.push(at);
  return [...bounds, untilMs];
}

/** Which period an instant is in; undefined: in none of them. */
export function periodOf(atMs: number, bounds: readonly number[]): number | undefined {
  const after = bounds.findIndex((bound) => atMs < bound);
  return after <= 0 ? undefined : after - 1;
}
