/** The time axis of the calendar: which stretch of plan time it shows, where an instant is on it, and the dates along it. */
import type { CalendarPlan, CalendarWave } from '../../domain/views/calendar.ts';

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

export const ranges = [4, 8, 13, 26] as const;
export type Weeks = (typeof ranges)[number];

/** What the calendar shows, as the address has it. `from`: a day, or undefined: as fits. */
export interface Shown {
  fromMs: number | undefined;
  weeks: Weeks | undefined;
}

export function shownIn(query: URLSearchParams): Shown {
  const from = Date.parse(query.get('from') ?? '');
  return { fromMs: Number.isNaN(from) ? undefined : from, weeks: ranges.find((each) => String(each) === query.get('weeks')) };
}

export function addressOfShown(path: string, { fromMs, weeks }: Shown): string {
  const query = new URLSearchParams();
  if (fromMs !== undefined) query.set('from', new Date(fromMs).toISOString().slice(0, 10));
  if (weeks !== undefined) query.set('weeks', String(weeks));
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

export interface Axis {
  fromMs: number;
  untilMs: number;
  weeks: Weeks;
}

/** Begins on a Monday. Without a wish: a week before now, or before a running watch began, and as many weeks as what is planned takes. */
export function axisOf({ fromMs, weeks }: Shown, nowMs: number, waves: readonly CalendarWave[], blackouts: CalendarPlan['blackouts'] = []): Axis {
  const spans = waves.flatMap(({ window, packages }) => [
    ...(window ? [window] : []),
    ...packages.flatMap(({ watch, goLiveMs, released }) =>
      watch ? [watch] : goLiveMs === undefined || released ? [] : [{ fromMs: goLiveMs, untilMs: goLiveMs }],
    ),
  ]);
  const open = spans.filter(({ untilMs }) => untilMs >= nowMs);
  // Where nothing is ahead, what was last: an empty calendar tells nobody anything.
  const lastMs = Math.max(...waves.flatMap(({ packages }) => packages.flatMap(({ goLiveMs, watch }) => [goLiveMs ?? -Infinity, watch?.untilMs ?? -Infinity])));
  if (fromMs === undefined && open.length === 0 && Number.isFinite(lastMs) && lastMs < nowMs - 3 * dayMs) {
    const first = Math.min(...waves.flatMap(({ packages }) => packages.flatMap(({ goLiveMs }) => (goLiveMs === undefined ? [] : [goLiveMs]))));
    const from = monday(Math.max(first, lastMs - 12 * weekMs));
    const fits = weeks ?? ranges.find((each) => from + each * weekMs >= lastMs) ?? 26;
    return { fromMs: from, untilMs: from + fits * weekMs, weeks: fits };
  }
  const begin = monday(fromMs ?? Math.max(nowMs - 4 * weekMs, Math.min(nowMs - 3 * dayMs, ...open.map((each) => each.fromMs))));
  const near = blackouts.filter((each) => each.untilMs > nowMs && each.fromMs < nowMs + 8 * weekMs);
  const end = Math.max(nowMs + weekMs, ...[...open, ...near].map(({ untilMs }) => untilMs));
  const wanted = weeks ?? ranges.find((each) => begin + each * weekMs >= end) ?? ranges[ranges.length - 1] ?? 26;
  return { fromMs: begin, untilMs: begin + wanted * weekMs, weeks: wanted };
}

/** 1970-01-01 was a Thursday. */
const monday = (atMs: number): number => Math.floor((atMs - 4 * dayMs) / weekMs) * weekMs + 4 * dayMs;

/** In percent of the axis, not below 0 nor above 100. */
export const placeOf = ({ fromMs, untilMs }: Axis, atMs: number): number => Math.min(100, Math.max(0, ((atMs - fromMs) / (untilMs - fromMs)) * 100));

/** What of a stretch is on the axis, in percent; undefined: nothing. */
export function stretchOn(axis: Axis, stretch: { fromMs: number; untilMs: number }): { from: number; width: number } | undefined {
  if (stretch.untilMs < axis.fromMs || stretch.fromMs > axis.untilMs) return undefined;
  const from = placeOf(axis, stretch.fromMs);
  return { from, width: placeOf(axis, stretch.untilMs) - from };
}

/** Mondays, as far apart as leaves room for a date. */
export function ticksOf({ fromMs, weeks }: Axis): number[] {
  const every = weeks <= 8 ? 1 : weeks <= 13 ? 2 : 4;
  return Array.from({ length: Math.ceil(weeks / every) }, (_, index) => fromMs + index * every * weekMs);
}
