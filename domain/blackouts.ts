/** Blackouts: times in which access does not change automatically. All times are plan time. */
import type { BlackoutTimes } from './plan/section.ts';

/** One stretch without a gap. Blackouts that overlap or touch are merged, so 'after the blackout' means after all of them. */
export interface BlackoutNow {
  /** Of the blackout that ends last. */
  id: string;
  sinceMs: number;
  untilMs: number;
}

/** The blackout in force for the package at this instant. It includes its beginning but not its end. */
export function blackoutAt(blackouts: BlackoutTimes[], packageId: string, atMs: number): BlackoutNow | undefined {
  const concerning = blackouts.filter(({ packages }) => packages === undefined || packages.includes(packageId));
  const found = concerning.find(({ from, until }) => from <= atMs && atMs < until);
  if (!found) return undefined;
  let stretch = { id: found.id, sinceMs: found.from, untilMs: found.until };
  for (let joined = joining(concerning, stretch); joined; joined = joining(concerning, stretch)) {
    const sinceMs = Math.min(stretch.sinceMs, joined.from);
    stretch = joined.until > stretch.untilMs ? { id: joined.id, sinceMs, untilMs: joined.until } : { ...stretch, sinceMs };
  }
  return stretch;
}

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

const joining = (blackouts: BlackoutTimes[], { sinceMs, untilMs }: BlackoutNow): BlackoutTimes | undefined =>
  blackouts.find(({ from, until }) => from <= untilMs && until >= sinceMs && (from < sinceMs || until > untilMs));
