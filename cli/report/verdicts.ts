/** Recorded verdicts as text. The page never judges again. */
import { driftMetric } from '../../domain/watch/measurement.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';

/** Judged metrics first, in the order of the plan, then other measured ones, then drift. */
export function metricsOf(evaluations: EvaluationView[]): string[] {
  const judged = evaluations.flatMap(({ verdict }) => verdict.metrics.map(({ metric }) => metric));
  const measured = evaluations.flatMap(({ measurements }) => measurements.map(({ metric }) => metric));
  return [...new Set([...judged, ...measured, driftMetric])];
}
