/** Watches and their thresholds: each bound must be reachable. A bound is crossed when the value is above `above` or below `below`. */
import { driftMetric } from '../../watch/measurement.ts';
import { durationText } from '../../time/duration.ts';
import { baselineMs, lookbackOf } from '../../watch/time-base.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding, Path } from '../places.ts';
import { piecesOf } from '../query.ts';
import type { Bound, Metric, Watch, WatchedMetric } from '../schema.ts';
import type { Rule } from './rule.ts';
import { numberText } from '../../number-text.ts';

const day = 86_400_000;
export const watchLimits = { lengthMs: 366 * day, evaluations: 2_000 } as const;

type Metrics = Map<string, Draft<Metric>>;

const metricsOf = (plan: DraftPlan): Metrics =>
  new Map([...entriesOf(plan.metrics)].flatMap(([, metric]) => (metric.id === undefined ? [] : [[metric.id, metric] as const])));

function* bounds(plan: DraftPlan): Generator<Finding> {
  const metrics = metricsOf(plan);
  for (const [index, { watch }] of entriesOf(plan.packages)) {
    const seen = new Set<string>();
    for (const [at, watched] of entriesOf(watch?.metrics)) {
      const path: Path = ['packages', index, 'watch', 'metrics', at];
      yield* boundFindings(watched, path, metrics.get(watched.metric ?? ''));
      if (watched.metric !== undefined && seen.has(watched.metric))
        yield { path: [...path, 'metric'], say: () => `${quote(watched.metric)} is watched twice; combine its bounds in one entry` };
      seen.add(watched.metric ?? '');
    }
  }
}

function* boundFindings(watched: Draft<WatchedMetric>, path: Path, metric: Draft<Metric> | undefined): Generator<Finding> {
  const name = quote(watched.metric ?? 'this metric');
  const { tune, rollback } = watched;
  // Drift has a default bound; any other metric without a bound has no effect.
  if (!tune && !rollback && watched.metric !== driftMetric)
    yield { path, absent: path, say: () => `${name} bounds nothing: give it a tune bound, a rollback bound, or both, such as tune: { above: 0.1 }` };
  for (const [kind, bound] of [
    ['tune', tune],
    ['rollback', rollback],
  ] as const) {
    if (!bound) continue;
    const written = Object.entries(bound).filter(([, value]) => value !== undefined);
    if (written.length === 0)
      yield {
        path: [...path, kind],
        absent: [...path, kind],
        say: () => `the ${kind} bound of ${name} bounds nothing: write above, below, aboveBaselineTimes or belowBaselineTimes`,
      };
    yield* reachable(bound, [...path, kind], `the ${kind} bound of ${name}`, watched.metric === driftMetric ? 'drift' : metric?.kind);
    if (metric) yield* comparable(bound, metric, [...path, kind], `the ${kind} bound of ${name}`);
  }
  if (metric) yield* samples(watched, metric, path, name);
  if (tune && rollback) yield* inOrder(tune, rollback, [...path, 'rollback'], name);
}

/** The range of each kind of number. */
const ranges = {
  ratio: { min: 0, max: 1, says: 'a ratio is between 0 and 1' },
  rate: { min: 0, max: Infinity, says: 'a rate is never below 0' },
  gauge: { min: -Infinity, max: Infinity, says: 'a gauge is a number' },
  drift: { min: 0, max: Infinity, says: 'drift is counted from 0' },
} as const;

function* reachable(bound: Draft<Bound>, path: Path, what: string, kind: keyof typeof ranges | undefined): Generator<Finding> {
  const { above, below, aboveBaselineTimes, belowBaselineTimes } = bound;
  if (kind === 'drift') {
    for (const [key, value] of [
      ['aboveBaselineTimes', aboveBaselineTimes],
      ['belowBaselineTimes', belowBaselineTimes],
    ] as const) {
      if (value !== undefined)
        yield {
          path: [...path, key],
          say: () => `${what} cannot be relative to a baseline: before go-live there is no reviewed access to drift from; write above`,
        };
    }
    if (below !== undefined) yield { path: [...path, 'below'], say: () => `${what} would be crossed when there is no drift; write above` };
  }
  if (kind) {
    const { min, max, says } = ranges[kind];
    if (above !== undefined && above >= max) yield { path: [...path, 'above'], say: () => `${what} can never be met: ${says}, and nothing is above ${above}` };
    if (above !== undefined && above < min)
      yield { path: [...path, 'above'], say: () => `${what} would always be crossed: ${says}, and everything is above ${above}` };
    if (kind !== 'drift' && below !== undefined && below <= min)
      yield { path: [...path, 'below'], say: () => `${what} can never be met: ${says}, and nothing is below ${below}` };
    if (below !== undefined && below > max)
      yield { path: [...path, 'below'], say: () => `${what} would always be crossed: ${says}, and everything is below ${below}` };
  }
  if (above !== undefined && below !== undefined && above <= below) {
    yield {
      path: [...path, 'above'],
      say: () => `${what} would always be crossed: every value is above ${above} or below ${below}; above must be the larger number`,
    };
  }
  if (aboveBaselineTimes !== undefined && belowBaselineTimes !== undefined && aboveBaselineTimes <= belowBaselineTimes) {
    yield { path: [...path, 'aboveBaselineTimes'], say: () => `${what} would always be crossed: aboveBaselineTimes must be larger than belowBaselineTimes` };
  }
}

/** People, days or documents that differ do not add up over time: how many there are in a day says nothing of how many there are in two weeks. */
function* comparable(
  { aboveBaselineTimes, belowBaselineTimes }: Draft<Bound>,
  { kind, lookback, provider }: Draft<Metric>,
  path: Path,
  what: string,
): Generator<Finding> {
  const key = aboveBaselineTimes === undefined ? 'belowBaselineTimes' : 'aboveBaselineTimes';
  if ((aboveBaselineTimes ?? belowBaselineTimes) === undefined || kind === 'gauge' || provider?.kind !== 'sql') return;
  if (!countsDistinct(provider.query) || (lookback ?? 0) >= baselineMs) return;
  yield {
    path: [...path, key],
    say: () =>
      `${what} compares a count of what is distinct, which does not add up over time, with the 14 days before go-live: write above or below, or lookback: 14d`,
  };
}

function countsDistinct(query: string | undefined): boolean {
  try {
    return [...piecesOf(query ?? '')].some(({ kind, text }) => kind === 'word' && text.toLowerCase() === 'distinct');
  } catch {
    return false;
  }
}

/** Where there are no samples, a minimum of them is never reached. */
function* samples({ minimum = 0, tune, rollback }: Draft<WatchedMetric>, { kind, provider }: Draft<Metric>, path: Path, name: string): Generator<Finding> {
  if (minimum === 0) return;
  if (kind === 'gauge' && provider?.kind === 'sql') yield { path: [...path, 'minimum'], say: () => `${name} is a gauge, which has no samples: remove minimum` };
  if (kind === 'rate' && [tune, rollback].some((bound) => bound?.below !== undefined || bound?.belowBaselineTimes !== undefined))
    yield {
      path: [...path, 'minimum'],
      say: () => `${name} is a rate with a bound below, and minimum would hide the few that it counts: remove minimum`,
    };
}

/** A rollback has priority, so a tune bound beyond its rollback bound is never reached. */
function* inOrder(tune: Draft<Bound>, rollback: Draft<Bound>, path: Path, name: string): Generator<Finding> {
  const pairs = [
    { key: 'above', upwards: true },
    { key: 'aboveBaselineTimes', upwards: true },
    { key: 'below', upwards: false },
    { key: 'belowBaselineTimes', upwards: false },
  ] as const;
  for (const { key, upwards } of pairs) {
    const first = tune[key];
    const last = rollback[key];
    if (first === undefined || last === undefined || (upwards ? first < last : first > last)) continue;
    yield {
      path: [...path, key],
      say: () => `${name} would be rolled back (${key} ${last}) before it is ever tuned (${key} ${first}); the tune bound must come first`,
    };
  }
}

function* times(plan: DraftPlan): Generator<Finding> {
  const metrics = metricsOf(plan);
  for (const [index, { id, watch }] of entriesOf(plan.packages)) {
    if (watch?.length !== undefined) yield* watchTimes(watch, watch.length, ['packages', index, 'watch'], quote(id), metrics);
  }
}

function* watchTimes(watch: Draft<Watch>, length: number, path: Path, id: string, metrics: Metrics): Generator<Finding> {
  const { every, firstCheck, extendBy } = watch;
  if (length > watchLimits.lengthMs)
    yield {
      path: [...path, 'length'],
      say: () => `package ${id} is watched for ${durationText(length)}; a watch is at most 366d, and 7d, 14d or 21d are usual`,
    };
  if (extendBy !== undefined && extendBy > watchLimits.lengthMs)
    yield { path: [...path, 'extendBy'], say: () => `package ${id}: a watch is extended by at most 366d at once` };
  if (firstCheck !== undefined && firstCheck > length)
    yield {
      path: [...path, 'firstCheck'],
      say: () => `package ${id}: the first evaluation comes ${durationText(firstCheck)} after go-live, when the watch of ${durationText(length)} is over`,
    };
  if (every === undefined) return;
  if (every < shortestEvery)
    yield {
      path: [...path, 'every'],
      say: () => `package ${id}: an evaluation every ${durationText(every)} is too often; evaluate at most every ${durationText(shortestEvery)}`,
    };
  if (every > length)
    yield {
      path: [...path, 'every'],
      say: () => `package ${id}: an evaluation every ${durationText(every)} never comes in a watch of ${durationText(length)}`,
    };
  const evaluations = Math.floor(length / every);
  if (every >= shortestEvery && evaluations > watchLimits.evaluations && length <= watchLimits.lengthMs)
    yield {
      path: [...path, 'every'],
      say: () =>
        `package ${id}: an evaluation every ${durationText(every)} makes ${numberText(evaluations)} evaluations in ${durationText(length)}; at most 2,000 are allowed`,
    };
  for (const [at, { metric, failuresAllowed, from }] of entriesOf(watch.metrics)) {
    const place = [...path, 'metrics', at];
    if (from !== undefined && from >= length)
      yield {
        path: [...place, 'from'],
        say: () => `${quote(metric)} is never judged: it starts ${durationText(from)} after go-live, when the watch of ${durationText(length)} is over`,
      };
    const measured = metrics.get(metric ?? '');
    const covered = coveredAfter(measured, every);
    if (covered > length && every <= length)
      yield {
        path: [...place, 'metric'],
        say: () =>
          `${quote(metric)} is never judged in this watch: its lookback and delay are covered ${durationText(covered)} after go-live, when the watch of ${durationText(length)} is over`,
      };
    const judgedFrom = Math.max(from ?? 0, covered);
    if (judgedFrom >= length || every > length) continue;
    if (failuresAllowed !== undefined && failuresAllowed > 0 && failuresAllowed >= Math.floor((length - judgedFrom) / every) + 1) {
      yield {
        path: [...place, 'failuresAllowed'],
        say: () => `the bounds of ${quote(metric)} can never be met: ${failuresAllowed} failures are allowed, and the watch has no more evaluations than that`,
      };
    }
  }
}

/** How long after go-live an evaluation first covers the metric's lookback. */
const coveredAfter = (metric: Draft<Metric> | undefined, every: number): number =>
  metric?.kind === undefined ? 0 : lookbackOf({ kind: metric.kind, lookback: metric.lookback, delay: 0 }, { every }) + (metric.delay ?? 0);

export const thresholdRules: Rule[] = [bounds, times];

/** Milliseconds of plan time: each evaluation asks every metric, of a server that others use. Under the clock of a demonstration it passes as fast as that clock. */
const shortestEvery = 15 * 60_000;
