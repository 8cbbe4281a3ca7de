/** Measures one metric of a plan for the person who asks, because only workers have the systems' credentials. */
import type { Plan } from '../domain/plan/schema.ts';
import type { MetricTrialView } from '../domain/views/metric-trial.ts';
import { telemetry } from './shared/activities.ts';

/** Fails with the activity's words where the plan has no such metric or package. */
export function metricTrial(input: { plan: Plan; metric: string; package: string }): Promise<MetricTrialView> {
  return telemetry(`try metric ${input.metric}`).tryMetric(input.plan, input.metric, input.package);
}
