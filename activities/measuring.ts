/** One metric over one range: a provider is asked, patiently but not for ever, and whatever it answers is a measurement (R2). */
import { Context } from '@temporalio/activity';
import { setTimeout as pause } from 'node:timers/promises';
import { accountsIn } from '../domain/access/build-preview.ts';
import { systemAsked } from '../domain/plan/metric-providers.ts';
import type { Metric, Plan } from '../domain/plan/schema.ts';
import { rightNameOf, systemOf, systemRefusal } from '../domain/site/rights.ts';
import type { Share } from '../domain/turns.ts';
import { toReal, type PlanClock } from '../domain/time/plan-clock.ts';
import type { Measurement } from '../domain/watch/measurement.ts';
import { measured, type Range, type Reading } from '../domain/watch/time-base.ts';
import { NoData, type MetricQuery } from '../telemetry/provider.ts';
import type { ActivityDeps, TelemetryLimits } from './deps.ts';
import { isUnavailable, words } from './failures.ts';
import { logRefusal } from './server-texts.ts';

const limits: TelemetryLimits = { metricMs: 15_000, attempts: 3, pauseMs: 500 };

/** For whom a metric is measured, and by which clock its range is meant. */
export interface RangedPeople {
  rolePackage: string;
  /** Ids. */
  people: string[];
  clock: PlanClock | undefined;
}

/** `range`: plan time. An empty one is not asked for, except of a state at an instant. */
export async function measure(deps: ActivityDeps, plan: Plan, metric: Metric, of: RangedPeople, range: Range & { lookbackMs?: number }): Promise<Measurement> {
  const about = {
    metric: metric.id,
    fromMs: Math.round(range.fromMs),
    toMs: Math.round(range.toMs),
    ...(range.lookbackMs === undefined ? {} : { lookbackMs: range.lookbackMs }),
  };
  if (range.lookbackMs && range.toMs <= range.fromMs) return { ...about, kind: 'noData' };
  try {
    const query = queryOf(deps, plan, metric, of, { fromMs: toReal(range.fromMs, of.clock), toMs: toReal(range.toMs, of.clock) });
    const found = measured(metric, await read(deps, query), range, query.people.length);
    return found ? { ...about, kind: 'value', ...found } : { ...about, kind: 'noData' };
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    if (error instanceof NoData) return { ...about, kind: 'noData' };
    logRefusal(error, { plan: plan.plan, metric: metric.id });
    return { ...about, kind: 'error', why: words(error) };
  }
}

/** `range`: real time. Throws when the site does not let the plan use the system that is asked. */
export function queryOf(deps: ActivityDeps, plan: Plan, { id, kind, provider }: Metric, { rolePackage, people }: RangedPeople, range: Range): MetricQuery {
  const asked = systemAsked(provider);
  const refusal = asked === undefined ? undefined : systemRefusal(deps.site(), plan.plan, asked);
  if (refusal !== undefined) throw new Error(refusal);
  const system = asked === undefined ? undefined : systemOf(deps.site(), asked);
  const named = asked === undefined ? people : people.map(accountsIn(plan, asked));
  return { ...shareOf(deps, plan.plan), metric: id, kind, provider, system, ...range, people: [...new Set(named)].sort(), rolePackage };
}

/** Whose turn it is, where plans take turns. */
export const shareOf = (deps: ActivityDeps, plan: string): Share => ({ plan, right: rightNameOf(deps.site(), plan) });

export async function read(deps: ActivityDeps, query: MetricQuery): Promise<Reading> {
  const { metricMs } = { ...limits, ...deps.limits };
  return persistently(deps, async () => {
    const late = AbortSignal.timeout(metricMs);
    const signal = AbortSignal.any([late, Context.current().cancellationSignal]);
    // The provider may ignore the signal: the evaluation continues without it.
    const tooLate = new Promise<never>((_, reject) =>
      late.addEventListener('abort', () => reject(new Error(`no answer within ${metricMs / 1_000} s`)), { once: true }),
    );
    return Promise.race([deps.telemetry.read(query, signal), tooLate]);
  });
}

/** Retries an unavailable provider a few times, and then reports an error. */
export async function persistently<T>(deps: ActivityDeps, ask: () => Promise<T>): Promise<T> {
  const { attempts, pauseMs } = { ...limits, ...deps.limits };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isUnavailable(error) || attempt >= attempts) throw error;
      await pause(pauseMs * attempt, undefined, { signal: Context.current().cancellationSignal });
    }
  }
}
