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
export const stretchAt = (stretches: readonly BlackoutNow[], atMs: number): BlackoutNow | undefined =>
  stretches.find(({ sinceMs, untilMs }) => sinceMs <= atMs && atMs < untilMs);

interface OfPackage {
  /** When they begin, in the order of the plan. */
  from: number[];
  stretches: BlackoutNow[];
}

/** Places in the list: of blackouts of all packages, and of those that name one. */
interface Index {
  ofAll: number[];
  named: Map<string, number[]>;
  known: Map<string, OfPackage>;
}

/** A wave asks for each of its packages with every message, and a plan may have hundreds of blackouts: each package's own are found once. */
const indexes = new WeakMap<readonly BlackoutTimes[], Index>();

function ofPackage(blackouts: readonly BlackoutTimes[], packageId: string): OfPackage {
  const index = indexes.get(blackouts) ?? indexOf(blackouts);
  indexes.set(blackouts, index);
  const { ofAll, named, known } = index;
  const own = named.get(packageId);
  // Packages that no blackout names are alike, and no id is empty.
  const key = own ? packageId : '';
  const before = known.get(key);
  if (before) return before;
  const concerned = [...ofAll, ...(own ?? [])].toSorted((one, other) => one - other).flatMap((at) => blackouts[at] ?? []);
  const found = { from: concerned.map(({ from }) => from), stretches: stretchesOf(concerned) };
  known.set(key, found);
  return found;
}

function indexOf(blackouts: readonly BlackoutTimes[]): Index {
  const index: Index = { ofAll: [], named: new Map(), known: new Map() };
  for (const [at, { packages }] of blackouts.entries()) {
    if (packages === undefined) index.ofAll.push(at);
    for (const id of new Set(packages)) {
      const others = index.named.get(id);
      if (others) others.push(at);
      else index.named.set(id, [at]);
    }
  }
  return index;
}

/** The stretches in which blackouts of the package are in force, in order of time. */
export const stretchesFor = (blackouts: readonly BlackoutTimes[], packageId: string): readonly BlackoutNow[] => ofPackage(blackouts, packageId).stretches;

/** The blackout in force for the package at this instant. It includes its beginning but not its end. */
export const blackoutAt = (blackouts: readonly BlackoutTimes[], packageId: string, atMs: number): BlackoutNow | undefined =>
  stretchAt(stretchesFor(blackouts, packageId), atMs);

/** The stretch of blackouts that began after the first instant and not after the second, even if it has ended by then. Undefined: none did. */
export function blackoutBegunBetween(blackouts: readonly BlackoutTimes[], packageId: string, afterMs: number, untilMs: number): BlackoutNow | undefined {
  const stretches = stretchesFor(blackouts, packageId);
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
