/**
 * The verdict of an evaluation, and of a window's end: a pure function of what evaluations recorded. Nothing here asks for the time or remembers.
 *
 * How looks in a row are counted: an evaluation in which the metric could not be judged (no data, an error, too few samples) neither counts nor
 * breaks the row, or a provider that stumbles would hide a breach. An evaluation on demand counts only while it is the latest, or pressing
 * 'evaluate' three times would make a row of three. A tune starts the row of its own bound anew; the row of a rollback bound goes on.
 */
import type { Bound, Watch, WatchedMetric } from '../plan/schema.ts';
import { driftMetric } from './measurement.ts';
import type { Baseline, Evaluation, Measurement, Verdict, VerdictKind } from './measurement.ts';
import { driftText, listText, numberText, ordinal, rangeText, spanText, timesText } from './verdict-words.ts';

type MetricVerdict = Verdict['metrics'][number];

/** The verdict of the latest look; `looks` in order, all of the package's life or what compactEvaluations left of it; `startMs`: go-live. */
export const judge = (watch: Watch, evaluations: Evaluation[], baseline: Baseline, startMs: number): Verdict =>
  judgeEvaluations(watch, evaluations, baseline, startMs, false);

/**
 * The verdict at the window's end, after its last evaluation: as judge, except that too few samples are `noData` now, and that a metric which
 * was to reach something (`tune.below`) and never did is `noBenefit`. A crossing that is still allowed leaves `learning`: never healthy.
 */
export const judgeEnd = (watch: Watch, evaluations: Evaluation[], baseline: Baseline, startMs: number): Verdict =>
  judgeEvaluations(watch, evaluations, baseline, startMs, true);

/**
 * Drops looks that no later verdict can depend on: keeps the last `keep`, and per metric the row that it may still be in and the proof
 * that it once reached what it was to reach. judge and judgeEnd answer the same over the result, whatever looks follow.
 */
export function compactEvaluations(evaluations: Evaluation[], watch: Watch, baseline: Baseline, keep = 2): Evaluation[] {
  const needed = new Set([...evaluations.slice(-Math.max(1, keep)), evaluations.findLast(({ purpose }) => purpose === 'after-tune')]);
  for (const watched of watch.metrics) {
    // `from` cuts off a beginning, so what is kept without asking for it is more than enough.
    const judged = evaluations.filter((evaluation) => judgeable(watched, evaluation, Number.NEGATIVE_INFINITY) !== undefined);
    for (const evaluation of judged.filter(({ purpose }) => purpose !== 'on-demand').slice(-(watched.failuresAllowed + 2))) needed.add(evaluation);
    needed.add(judged.findLast((evaluation) => reached(watched, evaluation, baseline, Number.NEGATIVE_INFINITY)));
  }
  return evaluations.filter((evaluation) => needed.has(evaluation));
}

function judgeEvaluations(watch: Watch, evaluations: Evaluation[], baseline: Baseline, startMs: number, atEnd: boolean): Verdict {
  const latest = evaluations.at(-1);
  if (!latest) return { kind: atEnd ? 'noData' : 'learning', why: 'no evaluation has been taken yet', metrics: [] };
  const metrics = watch.metrics.map((watched) => ({ metric: watched.metric, ...judgeMetric({ watched, evaluations, latest, baseline, startMs, atEnd }) }));
  return { ...together(metrics), metrics };
}

/** Worst first: what takes access away, what repairs, what nobody could see, what is too early. */
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

function judgeMetric(of: Case): { verdict: VerdictKind; why: string } {
  const { watched, latest, baseline, startMs, atEnd } = of;
  const reading = readingOf(watched.metric, latest);
  if (reading.kind === 'error') return { verdict: 'error', why: `${watched.metric} could not be read: ${reading.why}` };
  if (latest.dueMs < startMs + watched.from)
    return { verdict: 'learning', why: `${watched.metric} is judged only from ${spanText(watched.from)} after go-live on` };
  if (reading.kind === 'noData') return { verdict: 'noData', why: `no data for ${watched.metric}${rangeText(latest)}` };
  const found = sentenceStart(watched.metric, reading.value, latest);
  if (!enough(watched, reading))
    return { verdict: atEnd ? 'noData' : 'learning', why: `${found} from ${reading.n ?? 'an unknown number of'} samples, and ${watched.minimum} are needed` };

  const rollback = judgeBound(of, reading.value, 'rollback');
  const tune = judgeBound(of, reading.value, 'tune');
  if (rollback.row > watched.failuresAllowed) return { verdict: 'rollback', why: `${found}, ${rollback.words}${rowText(rollback.row, watched)}` };
  if (atEnd && tune.fell && !of.evaluations.some((evaluation) => reached(watched, evaluation, baseline, startMs))) {
    return { verdict: 'noBenefit', why: `${found}, ${tune.words}, and it never reached that in this watch` };
  }
  if (tune.row > watched.failuresAllowed) return { verdict: 'tune', why: `${found}, ${tune.words}${rowText(tune.row, watched)}` };
  const allowed = [rollback, tune].find(({ crossed }) => crossed);
  if (allowed) {
    const howMany = watched.failuresAllowed === 1 ? '1 is allowed' : `${watched.failuresAllowed} are allowed`;
    return { verdict: 'learning', why: `${found}, ${allowed.words}, for the ${ordinal(allowed.row)} look in a row, and ${howMany}` };
  }
  const open = [rollback, tune].find(({ unknown }) => unknown !== undefined);
  if (open) {
    const lacking = baseline[watched.metric] === undefined ? 'there is no value from before go-live' : 'it was 0 before go-live';
    return { verdict: 'learning', why: `${found} cannot be compared: ${lacking}` };
  }
  return { verdict: 'healthy', why: found };
}

interface Crossing {
  crossed: boolean;
  words: string;
  /** It is below what it was to reach. */ fell: boolean;
  /** Needs a baseline that is not there. */ unknown?: true;
}

function judgeBound(of: Case, value: number, which: 'tune' | 'rollback'): Crossing & { row: number } {
  const crossing = compare(boundOf(of.watched, which), value, of.baseline[of.watched.metric]);
  return { ...crossing, row: crossing.crossed ? rowOf(of, which) : 0 };
}

/** Access that differs from what was reviewed calls for tuning unless the plan says how much of it is borne. */
const boundOf = (watched: WatchedMetric, which: 'tune' | 'rollback'): Bound =>
  watched[which] ?? (which === 'tune' && watched.metric === driftMetric ? { above: 0 } : {});

function compare({ above, below, aboveBaselineTimes, belowBaselineTimes }: Bound, value: number, before: number | undefined): Crossing {
  const crossed = (words: string, fell: boolean): Crossing => ({ crossed: true, words, fell });
  if (above !== undefined && value > above) return crossed(`more than ${numberText(above)}`, false);
  if (below !== undefined && value < below) return crossed(`less than ${numberText(below)}`, true);
  if (before !== undefined && before !== 0) {
    const than = (times: number) => `than ${timesText(times)} × the ${numberText(before)} before go-live`;
    if (aboveBaselineTimes !== undefined && value > aboveBaselineTimes * before) return crossed(`more ${than(aboveBaselineTimes)}`, false);
    if (belowBaselineTimes !== undefined && value < belowBaselineTimes * before) return crossed(`less ${than(belowBaselineTimes)}`, true);
    return within;
  }
  // None before and none now is no rise, however many times nothing is allowed.
  const rise = aboveBaselineTimes !== undefined && !(before === 0 && value <= 0);
  return rise || belowBaselineTimes !== undefined ? { ...within, unknown: true } : within;
}

const within: Crossing = { crossed: false, words: '', fell: false };

/** Evaluations in a row up to the latest that cross the bound; counted one further than what is allowed plus one, which is all that anybody asks. */
function rowOf({ watched, evaluations, latest, baseline, startMs }: Case, which: 'tune' | 'rollback'): number {
  let row = 0;
  for (const evaluation of evaluations.toReversed()) {
    const counts = evaluation === latest || evaluation.purpose !== 'on-demand';
    const value = counts ? judgeable(watched, evaluation, startMs) : undefined;
    if (value !== undefined) {
      if (!compare(boundOf(watched, which), value, baseline[watched.metric]).crossed) break;
      row += 1;
    }
    if (row === watched.failuresAllowed + 2 || (which === 'tune' && evaluation.purpose === 'after-tune')) break;
  }
  return row;
}

function reached(watched: WatchedMetric, evaluation: Evaluation, baseline: Baseline, startMs: number): boolean {
  const value = judgeable(watched, evaluation, startMs);
  const { above: _above, aboveBaselineTimes: _rise, ...target } = watched.tune ?? {};
  return value !== undefined && !compare(target, value, baseline[watched.metric]).crossed;
}

/** The metric's value in an evaluation, where it could be judged at all. */
function judgeable(watched: WatchedMetric, evaluation: Evaluation, startMs: number): number | undefined {
  const reading = readingOf(watched.metric, evaluation);
  return reading.kind === 'value' && evaluation.dueMs >= startMs + watched.from && enough(watched, reading) ? reading.value : undefined;
}

const enough = (watched: WatchedMetric, { n }: { n?: number }): boolean =>
  watched.metric === driftMetric || watched.minimum === 0 || (n !== undefined && n >= watched.minimum);

/** A metric that an evaluation does not mention has no data; drift is the sum of its counts unless it could not be read. */
export function readingOf(metric: string, evaluation: Evaluation): Measurement {
  const recorded = evaluation.measurements.find((measurement) => measurement.metric === metric);
  if (metric === driftMetric && recorded?.kind !== 'error' && recorded?.kind !== 'noData') {
    const { missing, outOfBand, legacy, content } = evaluation.drift;
    return { metric, kind: 'value', value: missing + outOfBand + legacy + content };
  }
  if (!recorded || (recorded.kind === 'value' && !Number.isFinite(recorded.value))) return { metric, kind: 'noData' };
  return recorded;
}

function sentenceStart(metric: string, value: number, evaluation: Evaluation): string {
  if (metric !== driftMetric) return `${metric} ${numberText(value)}${rangeText(evaluation)}`;
  return value === 0 ? 'access drift 0' : `access drift ${numberText(value)} (${driftText(evaluation.drift)})`;
}

function rowText(row: number, { failuresAllowed }: WatchedMetric): string {
  if (row > failuresAllowed + 1) return failuresAllowed === 0 ? ', again' : `, for more than ${failuresAllowed + 1} evaluations in a row`;
  return row === 1 ? '' : `, for the ${ordinal(row)} look in a row`;
}
