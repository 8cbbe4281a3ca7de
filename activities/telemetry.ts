/** Evaluations and baselines: every metric and the drift of every system, read concurrently; a provider that fails is a measurement, not the end of the evaluation (R2). */
import { Context } from '@temporalio/activity';
import { setTimeout as pause } from 'node:timers/promises';
import { NoData, type MetricQuery, type Reading } from '../telemetry/provider.ts';
import { systemAsked } from '../domain/plan/metric-providers.ts';
import { accountsIn, concerned } from '../domain/access/build-preview.ts';
import { isOfAnotherRelease } from '../domain/release/claims.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { drift, driftTotal, type Drift } from '../domain/access/drift.ts';
import { toReal } from '../domain/time/plan-clock.ts';
import { driftMetric, noDrift, type Baseline, type DriftCounts, type Measurement } from '../domain/watch/measurement.ts';
import type { Metric } from '../domain/plan/schema.ts';
import type { EvaluationView } from '../domain/views/evaluation.ts';
import { currentRules } from '../domain/watch/verdict.ts';
import type { ReleaseRef, TelemetryActivities } from './contract.ts';
import { nowMs, openSystem, type ActivityDeps, type TelemetryLimits } from './deps.ts';
import { isUnavailable } from './failures.ts';
import { contentOf, loadPackage, loadRelease, type LoadedPackage, type LoadedRelease } from './release.ts';
import { ledgerOf, snapshotOf } from './readings.ts';

const limits: TelemetryLimits = { metricMs: 15_000, attempts: 3, pauseMs: 500 };
const driftLinesKept = 200;

export function telemetry(deps: ActivityDeps): Pick<TelemetryActivities, 'evaluate' | 'readBaseline'> {
  return {
    evaluate: async (release, due) => {
      const { number, purpose, fromMs, dueMs } = due;
      const key = { ...keyOf(release), number };
      const [recorded] = await deps.store.evaluations(key);
      if (recorded) return answer(recorded);
      const loaded = await loadRelease(deps, release);
      const taken = { number, purpose, fromMs, dueMs, ...(await readAll(deps, loaded, release, due)) };
      const evaluations = [...(await deps.store.evaluationsBefore(key)), taken];
      const rules = deps.rules ?? currentRules;
      const verdict = (due.atEnd ? rules.judgeEnd : rules.judge)(loaded.watch, evaluations, due.baseline, due.startMs);
      await deps.store.saveEvaluation({ ...key, ...taken, evaluatedAtMs: nowMs(deps), verdict, rules: rules.version });
      // Another run of the same evaluation may have been faster: only the record counts.
      const [saved] = await deps.store.evaluations(key);
      if (!saved) throw new Error(`evaluation ${number} of '${release.package}' was not recorded`);
      return answer(saved);
    },

    readBaseline: async (ref, range) => {
      const loaded = await loadPackage(deps, ref);
      const real = { fromMs: toReal(range.fromMs, range.clock), toMs: toReal(range.toMs, range.clock), startMs: toReal(range.fromMs, range.clock) };
      const measured = await Promise.all(watchedMetrics(loaded).map((metric) => measure(deps, loaded, metric, loaded.rolePackage.cohort, real)));
      const baseline: Baseline = {};
      for (const each of measured) if (each.kind === 'value') baseline[each.metric] = each.value;
      const readable = measured.map((each) => {
        if (each.kind === 'error') return { metric: each.metric, ok: false, why: each.why };
        return each.kind === 'noData' ? { metric: each.metric, ok: true, why: 'it can be read, and has no data yet' } : { metric: each.metric, ok: true };
      });
      return { baseline, readable: [...readable, ...(await driftReadable(deps, loaded))] };
    },
  };
}

/** Reads every metric and the drift of every system concurrently. */
async function readAll(
  deps: ActivityDeps,
  loaded: LoadedRelease,
  release: ReleaseRef,
  { fromMs, dueMs, startMs, clock }: Parameters<TelemetryActivities['evaluate']>[1],
): Promise<Pick<EvaluationView, 'measurements' | 'drift' | 'driftLines'>> {
  const people = [...loaded.contents.values()].flatMap((content) => content.people.map(({ person }) => person));
  const range = { fromMs: toReal(fromMs, clock), toMs: toReal(dueMs, clock), startMs: toReal(startMs, clock) };
  const [measured, drifted] = await Promise.all([
    Promise.all(watchedMetrics(loaded).map((metric) => measure(deps, loaded, metric, people, range))),
    Promise.all([...loaded.contents.keys()].map((system) => driftOf(deps, loaded, release, system))),
  ]);
  const counts = drifted.reduce(
    (sum, { counts: each }) => ({
      missing: sum.missing + each.missing,
      outOfBand: sum.outOfBand + each.outOfBand,
      legacy: sum.legacy + each.legacy,
      content: sum.content + each.content,
    }),
    noDrift,
  );
  return {
    measurements: [...measured, ...driftMeasurement(loaded, drifted, counts)],
    drift: counts,
    driftLines: shortened(drifted.flatMap(({ lines }) => lines)),
  };
}

interface RealRange {
  fromMs: number;
  toMs: number;
  startMs: number;
}

/** Metrics of the plan that the package watches, without access-drift. */
function watchedMetrics({ plan, section }: LoadedPackage): Metric[] {
  const watched = new Set(section.package.watch.metrics.map(({ metric }) => metric));
  return plan.metrics.filter(({ id }) => id !== driftMetric && watched.has(id));
}

async function measure(deps: ActivityDeps, { plan, rolePackage }: LoadedPackage, metric: Metric, people: string[], range: RealRange): Promise<Measurement> {
  try {
    const asked = systemAsked(metric.provider);
    const system = plan.systems.find(({ id }) => id === asked);
    const named = asked === undefined ? people : people.map(accountsIn(plan, asked));
    const query = { metric: metric.id, provider: metric.provider, system, ...range, people: [...new Set(named)].sort(), rolePackage: rolePackage.id };
    const { value, n } = await read(deps, query);
    return { metric: metric.id, kind: 'value', value, ...(n === undefined ? {} : { n }) };
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    if (error instanceof NoData) return { metric: metric.id, kind: 'noData' };
    return { metric: metric.id, kind: 'error', why: words(error) };
  }
}

async function read(deps: ActivityDeps, query: MetricQuery): Promise<Reading> {
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
async function persistently<T>(deps: ActivityDeps, ask: () => Promise<T>): Promise<T> {
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

const words = (error: unknown) => (error instanceof Error ? error.message : String(error)).slice(0, 500);

async function driftOf(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseRef, system: string): Promise<Drift & { error?: string }> {
  try {
    const content = contentOf(loaded, system);
    const now = await persistently(deps, async () => {
      const connector = await openSystem(deps, loaded.plan, system);
      return snapshotOf(connector, content);
    });
    const claimed = (await deps.store.claimsOn({ system, roles: content.roles.map(({ role }) => role) })).filter((claim) => isOfAnotherRelease(claim, release));
    const found = drift(content, await ledgerOf(deps, release, system), now, claimed);
    return loaded.contents.size === 1 ? found : { ...found, lines: found.lines.map((line) => `${system}: ${line}`) };
  } catch (error) {
    Context.current().cancellationSignal.throwIfAborted();
    return { counts: noDrift, lines: [`${system} could not be read: ${words(error)}`], error: words(error) };
  }
}

/** A measurement of drift where the package watches it, and always where drift could not be read, because zeros would look healthy (R2). */
function driftMeasurement({ section, contents }: LoadedRelease, drifted: { error?: string }[], counts: DriftCounts): Measurement[] {
  const error = drifted.find((each) => each.error !== undefined)?.error;
  if (error !== undefined) return [{ metric: driftMetric, kind: 'error', why: error }];
  if (!section.package.watch.metrics.some(({ metric }) => metric === driftMetric)) return [];
  const reviewed = [...contents.values()].reduce((sum, content) => sum + content.people.length * content.entitlements.length + (content.drop?.length ?? 0), 0);
  return [{ metric: driftMetric, kind: 'value', value: driftTotal(counts), n: reviewed }];
}

async function driftReadable(deps: ActivityDeps, { plan, rolePackage, section }: LoadedPackage): Promise<{ metric: string; ok: boolean; why?: string }[]> {
  if (!section.package.watch.metrics.some(({ metric }) => metric === driftMetric)) return [];
  const failures = await Promise.all(
    section.systems.map(async (system) => {
      try {
        const { roles, accounts } = concerned(plan, rolePackage.id, system);
        await persistently(deps, async () => (await openSystem(deps, plan, system)).snapshot(roles, accounts));
        return [];
      } catch (error) {
        Context.current().cancellationSignal.throwIfAborted();
        return [`${system}: ${words(error)}`];
      }
    }),
  );
  const why = failures.flat();
  return [why.length > 0 ? { metric: driftMetric, ok: false, why: why.join('; ') } : { metric: driftMetric, ok: true }];
}

const answer = ({ verdict, drift: counts }: EvaluationView) => ({ verdict, drift: counts });
const shortened = (lines: string[]) =>
  lines.length <= driftLinesKept ? lines : [...lines.slice(0, driftLinesKept), `and ${lines.length - driftLinesKept} more`];
