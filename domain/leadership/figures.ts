/** The sums of the report. What is not known is left out of them and never zero (R2); what is about fewer than five people is left out, too, and counted. */
import { isReleased, stateOf } from '../board/entry.ts';
import type { AccessFigure, DriftFigure, LeadershipPeriod, ShareFigure, Standing, Subject } from '../views/leadership.ts';
import { driftMetric } from '../watch/drift-metric.ts';
import type { Measurement, VerdictKind } from '../watch/measurement.ts';
import { readingOf } from '../watch/readings.ts';
import { hasEnded, isFull, isLive, isOver, leastPeople, mayCount, type LeadershipEntry, type Taken } from './entry.ts';
import { metricOf } from './subjects.ts';

const dayMs = 86_400_000;
const sum = <T>(all: readonly T[], count: (each: T) => number): number => all.reduce((total, each) => total + count(each), 0);

/** Of one package in one stretch of time: undefined where nothing was evaluated. */
export interface Part {
  entry: LeadershipEntry;
  taken: Taken | undefined;
}

/** The last that is known in the whole range. */
export const inRange = (entries: readonly LeadershipEntry[]): Part[] =>
  entries.filter(({ board }) => isReleased(board)).map((entry) => ({ entry, taken: entry.taken.at(-1) }));

export const inPeriod = (entries: readonly LeadershipEntry[], period: number, { fromMs, untilMs }: { fromMs: number; untilMs: number }): Part[] =>
  entries
    .filter(({ board: { planned }, endedMs }) => (planned.releasedAtMs ?? Infinity) < untilMs && (endedMs ?? Infinity) >= fromMs)
    .map((entry) => ({ entry, taken: entry.taken.find((each) => each.period === period) }));

export function shareFigure(subject: Subject, parts: readonly Part[]): ShareFigure {
  const own = parts.flatMap((part) => {
    const metric = metricOf(subject, part.entry.board.facts?.watch.metrics ?? []);
    // Nobody uses access that was taken back, and who works with a superseded release is measured by the later one.
    if (metric === undefined || (subject === 'adoption' && !(isLive(part.entry) && part.entry.board.running?.supersededBy === undefined))) return [];
    const reading: Measurement = part.taken ? readingOf(metric, { number: 0, purpose: 'scheduled', ...part.taken.last }) : { metric, kind: 'noData' };
    return [{ ...part, metric, reading }];
  });
  const known = own.flatMap(({ reading, ...part }) => (reading.kind === 'value' ? [{ ...part, reading }] : []));
  const allowed = known.filter(
    ({ entry, reading }) => mayCount(entry) && (subject !== 'adoption' || isFull(entry) || (reading.n ?? leastPeople) >= leastPeople),
  );
  const shares = allowed.flatMap(({ reading }) => (reading.unit === 'ratio' && reading.n !== undefined ? [{ count: countIn(reading), of: reading.n }] : []));
  const rates = allowed.flatMap(({ reading }) => perDay(reading) ?? []);
  const withheld = known.length - allowed.length;
  return {
    packages: own.length,
    measured: known.length,
    beyond: known.filter(({ taken, metric }) => taken?.last.metrics.some((each) => each.metric === metric && calls.has(each.verdict))).length,
    ...(shares.length > 0 ? { share: { count: sum(shares, ({ count }) => count), of: sum(shares, ({ of }) => of) } } : {}),
    ...(rates.length > 0 ? { perDay: sum(rates, (each) => each) } : {}),
    ...(withheld > 0 ? { withheld } : {}),
  };
}

const calls: ReadonlySet<VerdictKind> = new Set(['tune', 'rollback', 'noBenefit']);

type Value = Extract<Measurement, { kind: 'value' }>;
const countIn = ({ count, value, n = 0 }: Value): number => count ?? Math.round(value * n);

/** Rates are of different lengths and per different things; how much it is a day can be added. */
function perDay({ unit, value, count, n, fromMs, toMs }: Value): number | undefined {
  if (unit === 'perDay') return value;
  const counted = count ?? n;
  if (unit !== 'perPersonDay' || counted === undefined || fromMs === undefined || toMs === undefined || toMs <= fromMs) return undefined;
  return counted / ((toMs - fromMs) / dayMs);
}

export function driftFigure(parts: readonly Part[]): DriftFigure {
  const known = parts.flatMap(({ taken }) =>
    taken && readingOf(driftMetric, { number: 0, purpose: 'scheduled', ...taken.last }).kind === 'value' ? [taken.last.drift] : [],
  );
  const each = (kind: keyof DriftFigure['found']) => sum(known, (drift) => drift[kind]);
  return {
    packages: parts.length,
    measured: known.length,
    drifted: known.filter((drift) => Object.values(drift).some((count) => count > 0)).length,
    found: { missing: each('missing'), outOfBand: each('outOfBand'), legacy: each('legacy'), content: each('content'), options: each('options') },
  };
}

export const measuredIn = (parts: readonly Part[]): Pick<LeadershipPeriod, Subject | 'drift'> => ({
  adoption: shareFigure('adoption', parts),
  exceptions: shareFigure('exceptions', parts),
  tickets: shareFigure('tickets', parts),
  // What has ended is no longer compared with what was reviewed.
  drift: driftFigure(parts.filter(({ entry, taken }) => taken !== undefined || isLive(entry))),
});

type Happened = Pick<LeadershipPeriod, 'released' | 'rolledBack' | 'tunes' | 'evaluations'>;

export function happenedIn(
  entries: readonly LeadershipEntry[],
  period: number | undefined,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): Happened {
  const within = (atMs: number | undefined) => atMs !== undefined && atMs >= fromMs && atMs < untilMs;
  const taken = entries.flatMap((entry) => entry.taken.filter((each) => period === undefined || each.period === period));
  const byVerdict: Happened['evaluations']['byVerdict'] = {};
  for (const each of taken)
    for (const [kind, count] of Object.entries(each.byVerdict) as [VerdictKind, number][]) byVerdict[kind] = (byVerdict[kind] ?? 0) + count;
  return {
    released: entries.filter(({ board }) => within(board.planned.releasedAtMs)).length,
    rolledBack: entries.filter(({ board, endedMs }) => stateOf(board) === 'Rolled back' && within(endedMs)).length,
    tunes: sum(entries, ({ board }) => (board.running?.tunes ?? []).filter(({ atMs }) => within(atMs)).length),
    evaluations: { count: sum(taken, ({ count }) => count), byVerdict },
  };
}

export function standingOf(all: readonly LeadershipEntry[]): Standing {
  // A package whose release was superseded stands as its later release.
  const entries = all.filter(({ board }) => board.running?.supersededBy === undefined);
  const released = entries.filter(({ board }) => isReleased(board));
  const inState = (state: string) => released.filter(({ board }) => stateOf(board) === state).length;
  return {
    packages: entries.length,
    released: released.length,
    waiting: entries.filter((entry) => !isReleased(entry.board) && !isOver(entry)).length,
    neverReleased: entries.filter(isOver).length,
    monitored: inState('Monitoring'),
    needTuning: inState('Needs tuning'),
    rollbackReady: inState('Rollback ready'),
    stable: inState('Stable'),
    rolledBack: inState('Rolled back'),
    retired: inState('Retired'),
    highRisk: entries.filter(({ board }) => board.planned.risk === 'high').length,
  };
}

/** Of what stands or is still to come. */
export function accessOf(entries: readonly LeadershipEntry[]): AccessFigure {
  const standing = entries.filter((entry) => !hasEnded(entry) && !isOver(entry));
  const counts = standing.flatMap(({ board: { planned, running } }) => {
    const { toGrant, alreadyThere } = previewed(planned.preview ?? []);
    if (running) {
      const { created, preexisting, failed, unknown } = running.grants;
      // While it is being released, not everything that was previewed has an outcome.
      return [{ planned: Math.max(created + preexisting + failed + unknown, toGrant + alreadyThere), there: created + preexisting, failed, unknown }];
    }
    return planned.preview && planned.releasedAtMs === undefined ? [{ planned: toGrant + alreadyThere, there: alreadyThere, failed: 0, unknown: 0 }] : [];
  });
  return {
    planned: sum(counts, ({ planned }) => planned),
    there: sum(counts, ({ there }) => there),
    failed: sum(counts, ({ failed }) => failed),
    unknown: sum(counts, ({ unknown }) => unknown),
    withoutPreview: standing.length - counts.length,
  };
}

const previewed = (parts: readonly { toGrant: number; alreadyThere: number }[]) => ({
  toGrant: sum(parts, ({ toGrant }) => toGrant),
  alreadyThere: sum(parts, ({ alreadyThere }) => alreadyThere),
});
