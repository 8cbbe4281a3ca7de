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

interface OfPackage {
  /** When they begin, in the order of the plan. */
  from: number[];
  stretches: BlackoutNow[];
}

/** By package; '': of packages that no blackout names. A wave asks for each of its packages with every message, and a plan may have hundreds of blackouts. */
const known = new WeakMap<readonly BlackoutTimes[], Map<string, OfPackage>>();
const ofAllOthers = '';

function ofPackage(blackouts: readonly BlackoutTimes[], packageId: string): OfPackage {
  const byPackage = known.get(blackouts) ?? byPackageIn(blackouts);
  known.set(blackouts, byPackage);
  return byPackage.get(packageId) ?? byPackage.get(ofAllOthers) ?? { from: [], stretches: [] };
}

function byPackageIn(blackouts: readonly BlackoutTimes[]): Map<string, OfPackage> {
  const named = new Set([ofAllOthers, ...blackouts.flatMap(({ packages = [] }) => packages)]);
  const concerned = new Map<string, BlackoutTimes[]>([...named].map((id) => [id, []]));
  for (const blackout of blackouts) for (const id of new Set(blackout.packages ?? named)) concerned.get(id)?.push(blackout);
  return new Map([...concerned].map(([id, each]) => [id, { from: each.map(({ from }) => from), stretches: stretchesOf(each) }]));
}

/** The blackout in force for the package at this instant. It includes its beginning but not its end. */
export const blackoutAt = (blackouts: readonly BlackoutTimes[], packageId: string, atMs: number): BlackoutNow | undefined =>
  stretchAt(ofPackage(blackouts, packageId).stretches, atMs);

/** The stretch of blackouts that began after the first instant and not after the second, even if it has ended by then. Undefined: none did. */
export function blackoutBegunBetween(blackouts: readonly BlackoutTimes[], packageId: string, afterMs: number, untilMs: number): BlackoutNow | undefined {
  const { stretches } = ofPackage(blackouts, packageId);
  for (const { from } of blackouts) {
    const stretch = afterMs < from && from <= untilMs ? stretchAt(stretches, from) : undefined;
    if (stretch !== undefined && stretch.sinceMs > afterMs) return stretch;
  }
  return undefined;
}

/** When the next blackout of the package begins. Undefined: there is none. */
export function nextBlackoutMs(blackouts: readonly BlackoutTimes[], packageId: string, afterMs: number): number | undefined {
  const ahead = ofPackage(blackouts, packageId).from.filter((ms) => ms > afterMs);
  return ahead.length > 0 ? Math.min(...ahead) : undefined;
}
