/**
 * The time base of a metric: over which range an evaluation and a baseline measure it, and in which unit the number is. Evaluations of any purpose and
 * baselines become comparable here and nowhere else. All times are plan time in milliseconds.
 */
import type { Metric, Watch } from '../plan/schema.ts';
import type { Measurement, Unit } from './measurement.ts';

const dayMs = 86_400_000;
/** How much time before go-live a baseline measures at least, so that one quiet day does not decide. */
export const baselineMs = 14 * dayMs;

/** Exclusive start, inclusive end. */
export interface Range {
  fromMs: number;
  toMs: number;
}

type TimeBase = Pick<Metric, 'kind' | 'lookback' | 'delay'>;

/** How much an evaluation of the metric should cover; 0 for a state at an instant. */
export const lookbackOf = ({ kind, lookback }: TimeBase, { every }: Pick<Watch, 'every'>): number => lookback ?? (kind === 'gauge' ? 0 : every);

/**
 * The range of an evaluation that is due at `dueMs`: the metric's lookback, ending its delay before that, without the time before go-live. Where all
 * of it lies before go-live there is nothing to measure, and the range is empty.
 */
export function evaluationRange(metric: TimeBase, watch: Pick<Watch, 'every'>, dueMs: number, startMs: number): Range & { lookbackMs: number } {
  const lookbackMs = lookbackOf(metric, watch);
  const toMs = dueMs - metric.delay;
  return { fromMs: Math.min(toMs, Math.max(startMs, toMs - lookbackMs)), toMs, lookbackMs };
}

/** The range of a baseline that is taken at `atMs`. A gauge is read as in an evaluation. */
export function baselineRange(metric: TimeBase, watch: Pick<Watch, 'every'>, atMs: number): Range {
  const toMs = atMs - metric.delay;
  const lookbackMs = lookbackOf(metric, watch);
  return { fromMs: toMs - (metric.kind === 'gauge' ? lookbackMs : Math.max(baselineMs, lookbackMs)), toMs };
}

/** A demonstration's clock gives fractions of a millisecond. */
const grainMs = 1;

/** Whether a measurement covers its lookback with time since go-live. One without a range is of now. */
export const covers = ({ toMs, lookbackMs }: Pick<Measurement, 'toMs' | 'lookbackMs'>, startMs: number): boolean =>
  toMs === undefined || toMs - (lookbackMs ?? 0) >= startMs - grainMs;

/** How much time since go-live it covers. */
export const coveredMs = ({ fromMs, toMs }: Pick<Measurement, 'fromMs' | 'toMs'>, startMs: number): number =>
  fromMs === undefined || toMs === undefined ? 0 : Math.max(0, toMs - Math.max(fromMs, startMs));

/**
 * What a provider answers: what was counted over the range, a count of a count, or a number that is in the metric's unit already, with the size of its
 * sample where it has one.
 */
export type Reading = { count: number } | { count: number; of: number } | { value: number; n?: number };

/** A reading in the metric's unit, which Rolewave divides and nobody else. */
export interface Measured {
  value: number;
  unit: Unit;
  n?: number;
  count?: number;
}

/** Undefined where there is nothing to divide by. `people`: how many the metric was measured for. Throws an Error that says what the metric must return. */
export function measured(metric: Pick<Metric, 'kind' | 'per'>, reading: Reading, range: Range, people: number): Measured | undefined {
  const unit = unitOf(metric);
  if ('value' in reading) return inUnit(unit, reading);
  const { count } = reading;
  whole('count', count);
  if (metric.kind === 'ratio' && 'of' in reading) {
    const { of } = reading;
    whole('of', of);
    if (count > of) throw new Error(`\`count\` is ${count} and \`of\` is ${of}: a ratio is a part of a whole, so \`count\` is at most \`of\``);
    return of === 0 ? undefined : { value: count / of, unit, n: of, count };
  }
  if (metric.kind !== 'rate' || 'of' in reading)
    throw new Error(`it returned ${Object.keys(reading).join(' and ')}, and a ${metric.kind} returns ${columnsText(metric.kind)}`);
  const days = (range.toMs - range.fromMs) / dayMs;
  const divisor = unit === 'perPersonDay' ? days * people : days;
  return divisor > 0 ? { value: count / divisor, unit, n: count, count } : undefined;
}

export function unitOf({ kind, per }: Pick<Metric, 'kind' | 'per'>): Unit {
  if (kind === 'rate') return per === 'person-day' ? 'perPersonDay' : 'perDay';
  return kind;
}

/** The columns of a statement of each kind: these, and no others. */
export const columnsOf: Record<Metric['kind'], readonly string[]> = { rate: ['count'], ratio: ['count', 'of'], gauge: ['value'] };
export const columnsText = (kind: Metric['kind']): string => columnsOf[kind].map((name) => `\`${name}\``).join(' and ');

function inUnit(unit: Unit, { value, n }: { value: number; n?: number }): Measured {
  if (!Number.isFinite(value)) throw new Error(`it returned ${value}, which is not a finite number`);
  if (unit === 'ratio' && (value < 0 || value > 1)) throw new Error(`it returned ${value}, and a ratio lies between 0 and 1`);
  if (unit !== 'gauge' && value < 0) throw new Error(`it returned ${value}, and a rate is never below 0`);
  return { value, unit, ...(n === undefined ? {} : { n }) };
}

function whole(name: string, value: number): void {
  if (!Number.isInteger(value)) throw new Error(`\`${name}\` is ${value}, which is not a whole number: return what was counted, and Rolewave divides`);
  if (value < 0) throw new Error(`\`${name}\` is ${value}: nothing is counted below 0`);
}
