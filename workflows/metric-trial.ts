/** Measures one metric of a plan for the person who asks, because only workers have the systems' credentials. */
import type { MetricTrialView } from '../domain/views/metric-trial.ts';
import { measuring } from './shared/activities.ts';
import { startedWith } from './shared/started-with.ts';

/** `draft`: digest of the plan in the store. Fails with the activity's words where the plan has no such metric or package. */
export async function metricTrial(started: { draft: string; metric: string; package: string }): Promise<MetricTrialView> {
  const input = startedWith('metricTrial', started);
  return measuring(`try metric ${input.metric}`).tryMetric(input.draft, input.metric, input.package);
}
