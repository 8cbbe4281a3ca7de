/** One metric of a plan, measured now and for nobody but the person who asks: what an evaluation, a baseline and the newest row say. */
import { Context } from '@temporalio/activity';
import { systemAsked } from '../domain/plan/metric-providers.ts';
import type { Metric, Plan } from '../domain/plan/schema.ts';
import { systemOf } from '../domain/site/rights.ts';
import { timeZoneOf } from '../domain/site/system-kinds.ts';
import type { PlanClock } from '../domain/time/plan-clock.ts';
import type { MetricTrialView } from '../domain/views/metric-trial.ts';
import type { Measurement } from '../domain/watch/measurement.ts';
import { isLate, newestRow, type NewestRow } from '../domain/watch/newest-row.ts';
import { baselineRange, evaluationRange, type Range, type Reading } from '../domain/watch/time-base.ts';
import { NoData } from '../telemetry/provider.ts';
import type { MeasuringActivities } from './contract.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { notFound, words } from './failures.ts';
import { logRefusal } from './server-texts.ts';
import type { InTurn } from './measuring-turns.ts';
import { measure, queryOf, read, type RangedPeople } from './measuring.ts';

const dayMs = 86_400_000;

export function trying(deps: ActivityDeps, inTurn: InTurn): Pick<MeasuringActivities, 'tryMetric'> {
  return {
    tryMetric: async (draft, metricId, packageId) => {
      const plan = await deps.store.draft(draft);
      if (!plan) throw notFound('the store no longer has the plan whose metric was to be tried: try it again');
      const metric = plan.metrics.find(({ id }) => id === metricId);
      const found = plan.packages.find(({ id }) => id === packageId);
      if (!metric || !found) throw notFound(`plan '${plan.plan}' has no ${metric ? `package '${packageId}'` : `metric '${metricId}'`}`);
      const atMs = nowMs(deps);
      // A plan that is not applied yet has no epoch in real time: its clock runs at its speed, and passes through now.
      const clock: PlanClock | undefined = plan.clock && { epochMs: atMs, anchorMs: atMs, dayMs: plan.clock.day };
      const of: RangedPeople = { rolePackage: packageId, people: found.cohort, clock };
      const lookback = evaluationRange(metric, found.watch, atMs, -Infinity);
      const before = baselineRange(metric, found.watch, atMs);
      const [evaluation, baseline] = await inTurn(plan.plan, () =>
        Promise.all([measure(deps, plan, metric, of, lookback), measure(deps, plan, metric, of, before)]),
      );
      const newest = await newestOf(deps, plan, metric, of, atMs, lookback.lookbackMs, before, baseline);
      const asked = systemAsked(metric.provider);
      const system = asked === undefined ? undefined : systemOf(deps.site(), asked);
      const timeZone = system && timeZoneOf(system);
      const real = (range: Range) => ({ fromMs: realOf(range.fromMs, atMs, clock), toMs: realOf(range.toMs, atMs, clock) });
      return {
        plan: plan.plan,
        metric: metricId,
        package: packageId,
        kind: metric.kind,
        ...(system ? { system: system.id } : {}),
        ...(timeZone === undefined ? {} : { timeZone }),
        people: found.cohort.length,
        evaluation: { ...real(lookback), measured: evaluation },
        baseline: { ...real(before), measured: baseline },
        ...newest,
      };
    },
  };
}

const realOf = (planMs: number, atMs: number, clock: PlanClock | undefined): number => (clock ? atMs + ((planMs - atMs) * clock.dayMs) / dayMs : planMs);

/** Of a metric that counts rows and had some. */
async function newestOf(
  deps: ActivityDeps,
  plan: Plan,
  metric: Metric,
  of: RangedPeople,
  atMs: number,
  lookbackMs: number,
  before: Range,
  baseline: Measurement,
): Promise<Pick<MetricTrialView, 'newest' | 'newestProblem'>> {
  if (metric.provider.kind === 'fixed' || metric.kind === 'gauge' || baseline.kind === 'error') return {};
  const real = (planMs: number) => realOf(planMs, atMs, of.clock);
  const last = async (spanMs: number): Promise<Reading | undefined> => {
    try {
      return await read(deps, queryOf(deps, plan, metric, of, { fromMs: real(atMs - spanMs), toMs: real(atMs) }));
    } catch (error) {
      if (error instanceof NoData) return undefined;
      throw error;
    }
  };
  let found: NewestRow | undefined;
  try {
    found = await newestRow(last, atMs - before.fromMs);
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    logRefusal(error, { plan: plan.plan, metric: metric.id });
    return { newestProblem: words(error) };
  }
  if (!found) return {};
  const { ageMs, rows } = found;
  const late = isLate({ ageMs, delayMs: metric.delay, lookbackMs, rows, rangeMs: atMs - before.fromMs });
  return { newest: { ageMs, atMs: real(atMs - ageMs), late } };
}
