/** One metric over one range: a provider is asked, patiently but not for ever, and whatever it answers is a measurement (R2). */
import { Context } from '@temporalio/activity';
import { setTimeout as pause } from 'node:timers/promises';
import { accountsIn } from '../domain/access/build-preview.ts';
import { systemAsked } from '../domain/plan/metric-providers.ts';
import { notLater } from '../domain/not-later.ts';
import { metricForm, numbered } from '../domain/plan/query.ts';
import type { Metric, Plan } from '../domain/plan/schema.ts';
import { rightNameOf, systemOf, systemRefusal } from '../domain/site/rights.ts';
import type { Share } from '../domain/turns.ts';
import { toReal, type PlanClock } from '../domain/time/plan-clock.ts';
import { partsOf, shareOfRange, together, type Joined, type PartOfRange } from '../domain/watch/joined-in-range.ts';
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
  /** Those who joined an open cohort: counted from when they had the access. */
  joined?: readonly Joined[];
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
    const { asked, people } = questionsOf(deps, plan, metric, of, range);
    const readings = await Promise.all(asked.map((query) => readPart(deps, query)));
    const reading = together(readings.flatMap((each) => each ?? []));
    const found = reading && measured(metric, reading, range, people);
    return found ? { ...about, kind: 'value', ...found } : { ...about, kind: 'noData' };
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    logRefusal(error, { plan: plan.plan, metric: metric.id });
    return { ...about, kind: 'error', why: words(error) };
  }
}

/**
 * What is asked: of counts, each part of the people over its own range, because they can be added up; everything else at once, about everybody who has the
 * access at the end. `people`: how many there are over the whole range, where somebody who joined in the middle of it is half a one.
 */
function questionsOf(deps: ActivityDeps, plan: Plan, metric: Metric, of: RangedPeople, range: Range): { asked: MetricQuery[]; people: number } {
  const { provider, kind } = metric;
  const { people, joined = [], clock } = of;
  const about = ({ people: some, fromMs }: PartOfRange): MetricQuery =>
    queryOf(deps, plan, metric, { ...of, people: some }, { fromMs: toReal(fromMs, clock), toMs: toReal(range.toMs, clock) });
  const parts = partsOf(range, people, joined).map((part) => ({ query: about(part), share: shareOfRange(range, part) }));
  const number = parts.reduce((sum, { query, share }) => sum + query.people.length * share, 0);
  const isCounted = kind !== 'gauge' && provider.kind === 'sql' && numbered(provider.query, metricForm).used.includes('people');
  if (isCounted) return { asked: parts.map(({ query }) => query), people: number };
  const there = joined.flatMap(({ person, sinceMs }) => (sinceMs <= range.toMs ? [person] : []));
  return { asked: [about({ people: [...people, ...there], fromMs: range.fromMs })], people: number };
}

/** Nothing to measure of a few people is none of them, as long as there is something of others. */
async function readPart(deps: ActivityDeps, query: MetricQuery): Promise<Reading | undefined> {
  try {
    return await read(deps, query);
  } catch (error) {
    if (error instanceof NoData) return undefined;
    throw error;
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
export const shareOf = (deps: Pick<ActivityDeps, 'site'>, plan: string): Share => ({ plan, right: rightNameOf(deps.site(), plan) });

export async function read(deps: ActivityDeps, query: MetricQuery): Promise<Reading> {
  const { metricMs } = { ...limits, ...deps.limits };
  return persistently(deps, async () => {
    const late = AbortSignal.timeout(metricMs);
    const signal = AbortSignal.any([late, Context.current().cancellationSignal]);
    // The provider may ignore the signal: the evaluation continues without it.
    return notLater(
      late,
      () => new Error(`no answer within ${metricMs / 1_000} s`),
      () => deps.telemetry.read(query, signal),
    );
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
