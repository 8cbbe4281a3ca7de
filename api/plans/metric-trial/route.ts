/** What one metric of a plan measures now, so that a person sees its range and numbers before signing. Nothing is stored or changed. */
import { z } from 'zod';
import { didYouMean } from '../../../domain/plan/nearest.ts';
import type { Plan, RolePackage } from '../../../domain/plan/schema.ts';
import { workflowTypes } from '../../../domain/messages.ts';
import { metricTrialView, type MetricTrialView } from '../../../domain/views/metric-trial.ts';
import { Problem } from '../../errors.ts';
import { defineRoute } from '../../route.ts';
import { askWorker } from '../ask-worker.ts';
import { applierProblems, assertSiteLets, planLimit, readPlan, requireApplier } from '../read-plan.ts';
import { planQuery } from '../validate/route.ts';

const trialQuery = planQuery.extend({
  metric: z.string().max(63).describe('id of the metric'),
  package: z.string().max(63).optional().describe('the package whose people it is measured for; by default the first that watches it'),
});

export const routes = [
  defineRoute<Uint8Array, z.output<typeof trialQuery>>({
    method: 'post',
    path: '/v1/plans/metric-trial',
    group: 'plans',
    reads: 'appliers',
    summary: 'What a metric of a plan measures now: its range, its numbers and its newest row; for operators',
    body: 'yaml',
    bodyLimit: planLimit,
    query: trialQuery,
    answers: { 200: { what: 'as an evaluation and a baseline would measure it', schema: metricTrialView } },
    problems: [...applierProblems, 'unknown-metric', 'unknown-package', 'systems-not-read', 'no-worker', 'engine-unreachable'],
    async handle({ body, query, caller, gone }, services) {
      const read = await readPlan(services, body, query.file, caller);
      const { plan } = read;
      const rolePackage = packageFor(plan, query);
      requireApplier(services.site.now(), read, caller);
      await assertSiteLets(services, read);
      const trial = await askWorker<MetricTrialView>(services, {
        type: workflowTypes.metricTrial,
        id: `metric-trial/${plan.plan}`,
        summary: `What metric ${query.metric} measures`,
        plan,
        input: (draft) => ({ draft, metric: query.metric, package: rolePackage.id }),
        by: caller.id,
        gone,
      });
      return { status: 200, body: trial };
    },
  }),
];

function packageFor(plan: Plan, { metric, package: named }: z.output<typeof trialQuery>): RolePackage {
  const metrics = plan.metrics.map(({ id }) => id);
  if (!metrics.includes(metric)) throw new Problem('unknown-metric', `Plan '${plan.plan}' has no metric '${metric}'${didYouMean(metric, metrics)}.`);
  const watches = ({ watch }: RolePackage) => watch.metrics.some((watched) => watched.metric === metric);
  const found = named === undefined ? (plan.packages.find(watches) ?? plan.packages[0]) : plan.packages.find(({ id }) => id === named);
  if (!found)
    throw new Problem(
      'unknown-package',
      `Plan '${plan.plan}' has no package '${named}'${didYouMean(
        named ?? '',
        plan.packages.map(({ id }) => id),
      )}.`,
    );
  return found;
}
