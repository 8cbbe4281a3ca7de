/**
 * The verdict of every evaluation. Only the latest is in a package's view; the others are judged again from what the evaluations recorded, by the same function
 * that judged them then. Where the record has a verdict's own words (the latest, and each that differed from the one before), these are shown.
 */
import type { Watch } from '../../domain/plan/schema.ts';
import { driftMetric } from '../../domain/watch/measurement.ts';
import type { Evaluation, Verdict, VerdictKind } from '../../domain/watch/measurement.ts';
import { judge, judgeEnd } from '../../domain/watch/verdict.ts';
import type { ReportedPackage } from './data.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import type { EventView } from '../../domain/views/event.ts';

export interface JudgedEvaluation {
  evaluation: EvaluationView;
  /** Undefined where the plan by which it was judged is not to be had and no record says it. */
  kind?: VerdictKind;
  why: string;
  metrics: Map<string, VerdictKind>;
}

const weekMs = 7 * 86_400_000;

export function judgedEvaluations({ planned, running, evaluations, inPlan }: ReportedPackage, events: EventView[]): JudgedEvaluation[] {
  const recorded = recordedVerdicts(events.filter((event) => event.package === planned.package));
  if (running?.lastVerdict) recorded.set(running.lastVerdict.evaluation, running.lastVerdict);
  const ranged = withRanges(evaluations, running?.watch.startMs ?? 0, inPlan?.watch);
  return evaluations.map((evaluation, index) => {
    const verdict = inPlan && running ? verdictOf(inPlan.watch, running, ranged.slice(0, index + 1)) : undefined;
    const said = recorded.get(evaluation.number) ?? verdict;
    return {
      evaluation,
      ...(said ? { kind: said.kind } : {}),
      why: said?.why ?? '',
      metrics: new Map(verdict?.metrics.map(({ metric, verdict: kind }) => [metric, kind])),
    };
  });
}

function verdictOf(watch: Watch, running: NonNullable<ReportedPackage['running']>, evaluations: Evaluation[]): Verdict {
  const latest = evaluations.at(-1);
  const atEnd = latest !== undefined && latest.purpose !== 'weekly' && latest.dueMs >= running.watch.endMs;
  return (atEnd ? judgeEnd : judge)(watch, evaluations, running.baseline ?? {}, running.watch.startMs);
}

function recordedVerdicts(events: EventView[]): Map<number, { kind: VerdictKind; why: string }> {
  const verdicts = new Map<number, { kind: VerdictKind; why: string }>();
  for (const { kind, text, data } of events) {
    const verdict = kind.replace(/^verdict-/, '');
    if (verdict !== kind && Object.hasOwn(verdictWords, verdict) && typeof data?.['evaluation'] === 'number')
      verdicts.set(data['evaluation'], { kind: verdict as VerdictKind, why: text });
  }
  return verdicts;
}

/** An evaluation's range is not stored; it follows from the rhythm, but for the first evaluation after a pause, whose words then name no range. */
function withRanges(evaluations: EvaluationView[], startMs: number, watch: Watch | undefined): Evaluation[] {
  let previousMs = startMs;
  return evaluations.map((evaluation) => {
    const fromMs = rangeStart(evaluation, previousMs, startMs, watch);
    if (evaluation.purpose === 'scheduled' || evaluation.purpose === 'first') previousMs = evaluation.dueMs;
    return { ...evaluation, ...(fromMs === undefined ? {} : { fromMs }) };
  });
}

function rangeStart({ purpose, dueMs }: EvaluationView, previousMs: number, startMs: number, watch: Watch | undefined): number | undefined {
  if (purpose === 'weekly') return dueMs - weekMs;
  if (!watch) return undefined;
  if (purpose === 'on-demand' || purpose === 'after-tune') return Math.max(startMs, dueMs - watch.every);
  return dueMs - previousMs <= Math.max(watch.every, watch.firstCheck) ? previousMs : undefined;
}

/** Those of the plan first, in its order; then what evaluations recorded beside; drift always. */
export function metricsOf({ evaluations, inPlan }: ReportedPackage): string[] {
  const watched = inPlan?.watch.metrics.map(({ metric }) => metric) ?? [];
  const recorded = evaluations.flatMap(({ measurements }) => measurements.map(({ metric }) => metric));
  return [...new Set([...watched, ...recorded, ...(evaluations.length > 0 ? [driftMetric] : [])])];
}

export const verdictWords: Record<VerdictKind, string> = {
  healthy: 'Healthy',
  learning: 'Too early to tell',
  noData: 'No data',
  tune: 'Needs tuning',
  rollback: 'Rollback',
  error: 'Could not be read',
  noBenefit: 'No benefit',
  terminated: 'Ended',
};
