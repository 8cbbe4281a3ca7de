/** What an evaluation says of one metric, and the bounds that it is compared with. Charts and tables show what the verdict judged. */
import type { Bound, WatchedMetric } from '../plan/schema.ts';
import { driftMetric } from './drift-metric.ts';
import type { Evaluation, Measurement } from './measurement.ts';

/** Any drift needs tuning unless the plan tolerates some. */
export const boundOf = (watched: Pick<WatchedMetric, 'metric' | 'tune' | 'rollback'>, which: 'tune' | 'rollback'): Bound =>
  watched[which] ?? (which === 'tune' && watched.metric === driftMetric ? { above: 0 } : {});

/** A metric that is missing from an evaluation has no data; drift is the sum of its counts unless it could not be read. */
export function readingOf(metric: string, evaluation: Evaluation): Measurement {
  const recorded = evaluation.measurements.find((measurement) => measurement.metric === metric);
  if (metric === driftMetric && recorded?.kind !== 'error' && recorded?.kind !== 'noData') {
    const { missing, outOfBand, legacy, content, options } = evaluation.drift;
    return { metric, kind: 'value', value: missing + outOfBand + legacy + content + options };
  }
  if (!recorded) return { metric, kind: 'noData' };
  if (recorded.kind !== 'value' || Number.isFinite(recorded.value)) return recorded;
  const { value: _value, unit: _unit, n: _n, count: _count, ...range } = recorded;
  return { ...range, kind: 'noData' };
}
