/** Blackouts: times in which access does not change automatically. All times are plan time. */
import type { BlackoutTimes } from './plan/section.ts';

/** One stretch without a gap. Blackouts that overlap or touch are merged, so 'after the blackout' means after all of them. */
export interface BlackoutNow {
  /** Of the blackout that ends last. */
  id: string;
  sinceMs: number;
  untilMs: number;
}

/** The stretches in which these blackouts are in force, in order of time. Blackouts that end before they begin are left out. */
export function stretchesOf(blackouts: Pick<BlackoutTimes, 'id' | 'from' | 'until'>[]): BlackoutNow[] {
  const stretches: BlackoutNow[] = [];
  for (const { id, from, until } of blackouts.filter((one) => one.from < one.until).toSorted((a, b) => a.from - b.from)) {
    const last = stretches.at(-1);
    if (!last || from > last.untilMs) stretches.push({ id, sinceMs: from, untilMs: until });
    else if (until > last.untilMs) Object.assign(last, { id, untilMs: until });
  }
  return stretches;
}

/** The one that includes the instant. A stretch includes its beginning but not its end. */
export const stretchAt = (stretches: BlackoutNow[], atMs: number): BlackoutNow | undefined =>
  stretches.find(({ sinceMs, untilMs }) => sinceMs <= atMs && atMs < untilMs);

/** The blackout in force for the package at this instant. It includes its beginning but not its end. */
export const blackoutAt = (blackouts: BlackoutTimes[], packageId: string, atMs: number): BlackoutNow | undefined =>
  stretchAt(stretchesOf(blackouts.filter(({ packages }) => packages === undefined || packages.includes(packageId))), atMs);

/** The stretch of blackouts that began after the first instant and not after the second, even if it has ended by then. Undefined: none did. */
export function blackoutBegunBetween(blackouts: BlackoutTimes[], packageId: string, afterMs: number, untilMs: number): BlackoutNow | undefined {
  const begun = blackouts.filter(({ from }) => afterMs < from && from <= untilMs).map(({ from }) => blackoutAt(blackouts, packageId, from));
  return begun.find((stretch) => stretch !== undefined && stretch.sinceMs > afterMs);
}

/** When the next blackout of the package begins. Undefined: there is none. */
export function nextBlackoutMs(blackouts: BlackoutTimes[], packageId: string, afterMs: number): number | undefined {
  const ahead = blackouts.filter(({ from, packages }) => from > afterMs && (packages === undefined || packages.includes(packageId)));
  return ahead.length > 0 ? Math.min(...ahead.map(({ from }) => from)) : undefined;
}
