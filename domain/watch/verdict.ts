/**
 * The verdict of an evaluation, and of a window's end: a pure function of what evaluations recorded. Nothing here reads the time or keeps state.
 *
 * A metric that covers less than its lookback since go-live is too early to tell, no matter who asked for the evaluation: a few seconds say nothing of a day.
 *
 * How evaluations in a row are counted: an evaluation in which the metric could not be judged (no data, an error, too few samples, too short) neither counts nor
 * breaks the row; otherwise an unreliable provider would hide a breach. An evaluation on demand counts only while it is the latest; otherwise evaluating
 * three times would make a row of three. A tune restarts the row of its own bound; the row of a rollback bound continues.
 */
import { entryOf } from '../entry-of.ts';
import type { Bound, Watch, WatchedMetric } from '../plan/schema.ts';
import { driftMetric, noDrift } from './measurement.ts';
import type { Baseline, Evaluation, Measurement, MetricVerdict, Verdict, VerdictKind } from './measurement.ts';
import { boundOf, readingOf } from './readings.ts';
import { covers, coveredMs } from './time-base.ts';
import { driftText, listText, numberText, ordinal, rangeText, spanText, timesText, unitText } from './verdict-words.ts';

/** Raise this with every change that can change the kind of a verdict or its numbers: each evaluation keeps the version that judged it. */
export const rulesVersion = 2;

/** The rules of one version. */
export interface Rules {
  version: number;
  judge: Judge;
  judgeEnd: Judge;
}

/** `evaluations` in order, from the package's first to the one that is judged; `startMs`: go-live. */
export type Judge = (watch: Watch, evaluations: Evaluation[], baseline: Baseline, startMs: number) => Verdict;

/** The verdict of the latest evaluation. */
export const judge: Judge = (watch, evaluations, baseline, startMs) => judgeEvaluations(watch, evaluations, baseline, startMs, false);

/**
 * The verdict at the window's end, after its last evaluation: as judge, except that too few samples are `noData`, and that a metric which
 * should reach a value (`tune.below`) and never did is `noBenefit`. A crossing that is still allowed is `learning`, never healthy.
 */
export const judgeEnd: Judge = (watch, evaluations, baseline, startMs) => judgeEvaluations(watch, evaluations, baseline, startMs, true);

export const currentRules: Rules = { version: rulesVersion, judge, judgeEnd };

/** The verdict of an evaluation that could not be taken: an error of every metric, counted apart from a breach (R2). */
export function notTaken(
  watch: { metrics: Pick<WatchedMetric, 'metric'>[] },
  why: string,
): Pick<Evaluation, 'measurements' | 'drift'> & { driftLines: string[]; verdict: Verdict } {
  const watched = watch.metrics.map(({ metric }) => metric);
  return {
    // Always include drift: zeros that were not measured would look healthy.
    measurements: [...new Set([...watched, driftMetric])].map((metric) => ({ metric, kind: 'error', why })),
    drift: noDrift,
    driftLines: [],
    verdict: {
      kind: 'error',
      why: `the evaluation could not be taken: ${why}`,
      metrics: watched.map((metric) => ({ metric, verdict: 'error', why: `${metric} could not be read: ${why}` })),
    },
  };
}

function judgeEvaluations(watch: Watch, evaluations: Evaluation[], baseline: Baseline, startMs: number, atEnd: boolean): Verdict {
  const latest = evaluations.at(-1);
  if (!latest) return { kind: atEnd ? 'noData' : 'learning', why: 'no evaluation has been taken yet', metrics: [] };
  const metrics = watch.metrics.map((watched) => ({ metric: watched.metric, ...judgeMetric({ watched, evaluations, latest, baseline, startMs, atEnd }) }));
  return { ...together(metrics), metrics };
}

/** Worst first: verdicts that revoke access, that need a repair, that lack data, that are too early. */
const order: VerdictKind[] = ['rollback', 'tune', 'noBenefit', 'error', 'noData', 'learning', 'healthy'];

function together(metrics: MetricVerdict[]): { kind: VerdictKind; why: string } {
  const kind = order.find((candidate) => metrics.some(({ verdict }) => verdict === candidate)) ?? 'noData';
  const whys = metrics.filter(({ verdict }) => verdict === kind).map(({ why }) => why);
  if (kind === 'healthy') return { kind, why: `${listText(whys)} ${whys.length === 1 ? 'is within its bounds' : 'are within their bounds'}` };
  return { kind, why: whys.length > 0 ? whys.join('; ') : 'nothing is watched' };
}

interface Case {
  watched: WatchedMetric;
  evaluations: Evaluation[];
  latest: Evaluation;
  baseline: Baseline;
  startMs: number;
  atEnd: boolean;
}

function judgeMetric(of: Case): Omit<MetricVerdict, 'metric'> {
  const { watched, latest, baseline, startMs, atEnd } = of;
  const reading = readingOf(watched.metric, latest);
  if (reading.kind === 'error') return { verdict: 'error', why: `${watched.metric} could not be read: ${reading.why}` };
  const before = entryOf(baseline, watched.metric);
  const numbers = {
    ...(reading.kind === 'value' ? { value: reading.value, ...(reading.n === undefined ? {} : { n: reading.n }) } : {}),
    ...(before === undefined ? {} : { baseline: before }),
  };
  if (latest.dueMs < startMs + watched.from)
    return { verdict: 'learning', why: `${watched.metric} is judged only from ${spanText(watched.from)} after go-live`, ...numbers };
  if (!covers(reading, startMs)) return { verdict: 'learning', why: tooShortText(watched.metric, reading, startMs), ...numbers };
  if (reading.kind === 'noData') return { verdict: 'noData', why: `no data for ${watched.metric}${rangeText(reading)}`, ...numbers };
  const found = sentenceStart(watched.metric, reading, latest);
  if (!enough(watched, reading)) {
    const why = `${found} from ${reading.n ?? 'an unknown number of'} samples, and ${watched.minimum} are needed`;
    return { verdict: atEnd ? 'noData' : 'learning', why, ...numbers };
  }

  const rollback = judgeBound(of, reading.value, 'rollback');
  const tune = judgeBound(of, reading.value, 'tune');
  const allowed = watched.failuresAllowed;
  const crossing = (verdict: VerdictKind, { crossed, row }: JudgedBound, why: string) => ({
    verdict,
    why,
    ...numbers,
    ...(crossed ? { crossed: { ...crossed, inARow: row, allowed } } : {}),
  });
  if (rollback.row > allowed) return crossing('rollback', rollback, `${found}, ${rollback.words}${rowText(rollback.row, watched)}`);
  if (atEnd && tune.crossed?.side === 'below' && !of.evaluations.some((evaluation) => reached(watched, evaluation, baseline, startMs)))
    return crossing('noBenefit', tune, `${found}, ${tune.words}, and it never reached that in this watch`);
  if (tune.row > allowed) return crossing('tune', tune, `${found}, ${tune.words}${rowText(tune.row, watched)}`);
  const borne = [rollback, tune].find(({ crossed }) => crossed);
  if (borne) {
    const howMany = allowed === 1 ? '1 is allowed' : `${allowed} are allowed`;
    return crossing('learning', borne, `${found}, ${borne.words}, for the ${ordinal(borne.row)} evaluation in a row, and ${howMany}`);
  }
  if (rollback.unknown || tune.unknown) {
    const lacking = before === undefined ? 'there is no value from before go-live' : `it was ${numberText(before)} before go-live`;
    return { verdict: 'learning', why: `${found} cannot be compared: ${lacking}`, ...numbers };
  }
  return { verdict: 'healthy', why: found, ...numbers };
}

interface Crossing {
  /** Absent when the value is within the bound. */
  crossed?: Pick<NonNullable<MetricVerdict['crossed']>, 'bound' | 'side' | 'limit'>;
  words: string;
  /** The bound needs a baseline, and there is none. */
  unknown?: true;
}
/** `row`: how many evaluations in a row cross it, including the latest. */
type JudgedBound = Crossing & { row: number };

function judgeBound(of: Case, value: number, which: 'tune' | 'rollback'): JudgedBound {
  const crossing = compare(boundOf(of.watched, which), value, entryOf(of.baseline, of.watched.metric), which);
  return { ...crossing, row: crossing.crossed ? rowOf(of, which) : 0 };
}

function compare(
  { above, below, aboveBaselineTimes, belowBaselineTimes }: Bound,
  value: number,
  before: number | undefined,
  bound: 'tune' | 'rollback',
): Crossing {
  const crossing = (side: 'above' | 'below', limit: number, than: string): Crossing => ({
    crossed: { bound, side, limit },
    words: `${side === 'above' ? 'more' : 'less'} than ${than}`,
  });
  if (above !== undefined && value > above) return crossing('above', above, numberText(above));
  if (below !== undefined && value < below) return crossing('below', below, numberText(below));
  // A multiple of what is negative has no order.
  if (before !== undefined && before > 0) {
    const than = (times: number) => `${timesText(times)} × the ${numberText(before)} before go-live`;
    if (aboveBaselineTimes !== undefined && value > aboveBaselineTimes * before)
      return crossing('above', aboveBaselineTimes * before, than(aboveBaselineTimes));
    if (belowBaselineTimes !== undefined && value < belowBaselineTimes * before)
      return crossing('below', belowBaselineTimes * before, than(belowBaselineTimes));
    return within;
  }
  // 0 before and 0 now is no increase, whatever the multiple.
  const rise = aboveBaselineTimes !== undefined && !(before === 0 && value <= 0);
  return rise || belowBaselineTimes !== undefined ? { ...within, unknown: true } : within;
}

const within: Crossing = { words: '' };

/** How many evaluations in a row, up to the latest, cross the bound. Counting stops at two more than allowed; nothing needs more. */
function rowOf({ watched, evaluations, latest, baseline, startMs }: Case, which: 'tune' | 'rollback'): number {
  let row = 0;
  for (const evaluation of evaluations.toReversed()) {
    const counts = evaluation === latest || evaluation.purpose !== 'on-demand';
    const value = counts ? judgeable(watched, evaluation, startMs) : undefined;
    if (value !== undefined) {
      if (!compare(boundOf(watched, which), value, entryOf(baseline, watched.metric), which).crossed) break;
      row += 1;
    }
    if (row === watched.failuresAllowed + 2 || (which === 'tune' && evaluation.purpose === 'after-tune')) break;
  }
  return row;
}

function reached(watched: WatchedMetric, evaluation: Evaluation, baseline: Baseline, startMs: number): boolean {
  const value = judgeable(watched, evaluation, startMs);
  const { above: _above, aboveBaselineTimes: _rise, ...target } = watched.tune ?? {};
  return value !== undefined && !compare(target, value, entryOf(baseline, watched.metric), 'tune').crossed;
}

/** The metric's value in an evaluation, where it could be judged. */
function judgeable(watched: WatchedMetric, evaluation: Evaluation, startMs: number): number | undefined {
  const reading = readingOf(watched.metric, evaluation);
  const isJudged = evaluation.dueMs >= startMs + watched.from && covers(reading, startMs);
  return reading.kind === 'value' && isJudged && enough(watched, reading) ? reading.value : undefined;
}

const enough = (watched: WatchedMetric, { n }: { n?: number }): boolean =>
  watched.metric === driftMetric || watched.minimum === 0 || (n !== undefined && n >= watched.minimum);

type Value = Extract<Measurement, { kind: 'value' }>;

function sentenceStart(metric: string, reading: Value, evaluation: Evaluation): string {
  const { value } = reading;
  if (metric !== driftMetric) return `${metric} ${numberText(value)}${unitText(reading.unit)}${rangeText(reading)}`;
  return value === 0 ? 'access drift 0' : `access drift ${numberText(value)} (${driftText(evaluation.drift)})`;
}

function tooShortText(metric: string, reading: Measurement, startMs: number): string {
  const covered = coveredMs(reading, startMs);
  const value = reading.kind === 'value' ? ` ${numberText(reading.value)}${unitText(reading.unit)}` : '';
  const since = covered > 0 ? `covers only ${spanText(covered)} since go-live` : 'covers nothing since go-live yet';
  return `${metric}${value} ${since}, and ${reading.lookbackMs ? `its lookback is ${spanText(reading.lookbackMs)}` : 'its data arrives later'}`;
}

function rowText(row: number, { failuresAllowed }: WatchedMetric): string {
  if (row > failuresAllowed + 1) return failuresAllowed === 0 ? ', again' : `, for more than ${failuresAllowed + 1} evaluations in a row`;
  return row === 1 ? '' : `, for the ${ordinal(row)} evaluation in a row`;
}
