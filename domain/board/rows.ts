/** The rows of the deployment packages table. A row answers 'how is it doing' without being opened. */
import type { Bound } from '../plan/schema.ts';
import { isEndState, nextActions } from '../states.ts';
import type { BoardLine, BoardPackage } from '../views/board.ts';
import { waitsTogether } from '../views/wait.ts';
import { driftMetric } from '../watch/measurement.ts';
import { actionOf } from './actions.ts';
import { addressOfEntry, besideState, isReleased, plannedInFull, runningInFull, stateOf, type BoardEntry } from './entry.ts';
import { personIn } from './facts.ts';

const dayMs = 86_400_000;

export function boardRow(entry: BoardEntry): BoardPackage {
  const { plan, facts, planned, running, reading } = entry;
  const state = stateOf(entry);
  const beside = besideState(entry);
  const full = plannedInFull(entry) !== undefined;
  const waits = waitsTogether(entry.waits ?? []);
  return {
    ...addressOfEntry(entry),
    number: facts?.number ?? 0,
    name: planned.name,
    ...(full && facts ? { description: facts.description, note: facts.maintenanceNote } : {}),
    ...(reading.acts && planned.owner !== undefined ? { owner: personIn(plan, planned.owner) } : {}),
    team: planned.team,
    risk: planned.risk,
    state,
    ...(beside === undefined ? {} : { beside }),
    released: isReleased(entry),
    nextAction: nextActions[state],
    when: whenOf(entry),
    people: facts?.people ?? 0,
    telemetry: {
      days: (running?.watch.days ?? (facts?.watch.length ?? 0) / dayMs) || 0,
      ...dayOf(entry),
      watched: isEndState(state) || entry.stopped !== undefined ? [] : (facts?.watch.metrics.map(({ metric }) => metric) ?? []),
      evaluations: running?.watch.evaluations ?? 0,
      ...(running?.lastVerdict ? { verdict: running.lastVerdict.kind } : {}),
      ...lineOf(entry),
    },
    action: actionOf(entry),
    ...(reading.own ? {} : { onlyNamed: true as const }),
    ...(entry.silent ? { unanswered: true as const } : {}),
    ...(waits ? { waits } : {}),
  };
}

function whenOf({ planned }: BoardEntry): BoardPackage['when'] {
  if (planned.releasedAtMs !== undefined) return { status: 'released', atMs: planned.releasedAtMs };
  if (planned.blockers.some(({ code }) => code === 'hold')) return { status: 'on hold' };
  if (planned.heldBack !== undefined && planned.goLiveMs === undefined) return { status: 'held back' };
  return planned.goLiveMs === undefined ? { status: 'tentative' } : { status: 'dated', atMs: planned.goLiveMs };
}

/** Only while the watch runs: a package that is stable, over or superseded is on no day of it. */
function dayOf(entry: BoardEntry): Partial<BoardPackage['telemetry']> {
  const { running, stopped } = entry;
  if (!running || stopped !== undefined || !['Monitoring', 'Needs tuning', 'Rollback ready'].includes(running.state)) return {};
  const { watch } = running;
  const paused = watch.paused !== undefined && watch.paused !== false;
  return { day: Math.floor(watch.day), endMs: watch.endMs, ...(paused ? { paused: true as const } : {}) };
}

/** The metric that matters most: one whose bound the last value crosses, or else the first that has a bound. */
function lineOf(entry: BoardEntry): { line?: BoardLine } {
  const { facts, measured } = entry;
  const evaluations = measured?.evaluations ?? [];
  const last = evaluations.at(-1)?.values;
  if (!facts || !last) return {};
  const baseline = runningInFull(entry)?.baseline ?? {};
  const candidates = facts.watch.metrics
    .filter(({ metric }) => metric !== driftMetric && evaluations.some(({ values }) => values[metric] !== undefined))
    .map(({ metric, tune, rollback }) => {
      const value = last[metric];
      const crosses = (bound: Bound | undefined) => value !== undefined && isCrossed(bound, value, baseline[metric]);
      const breached = crosses(rollback) ? ('roll' as const) : crosses(tune) ? ('tune' as const) : undefined;
      return { metric, breached, bound: limitOf(breached === 'tune' ? tune : (rollback ?? tune), baseline[metric]) };
    });
  const chosen = candidates.find(({ breached }) => breached === 'roll') ?? candidates.find(({ breached }) => breached) ?? candidates[0];
  if (!chosen) return {};
  return {
    line: {
      metric: chosen.metric,
      values: evaluations.map(({ values }) => values[chosen.metric] ?? null),
      ...(chosen.bound === undefined ? {} : { bound: chosen.bound }),
      ...(chosen.breached ? { breached: chosen.breached } : {}),
    },
  };
}

function limitOf(bound: Bound | undefined, baseline: number | undefined): number | undefined {
  if (!bound) return undefined;
  const times = bound.aboveBaselineTimes ?? bound.belowBaselineTimes;
  return bound.above ?? bound.below ?? (times === undefined || baseline === undefined ? undefined : times * baseline);
}

function isCrossed(bound: Bound | undefined, value: number, baseline: number | undefined): boolean {
  if (!bound) return false;
  const times = (factor: number | undefined) => (factor === undefined || baseline === undefined ? undefined : factor * baseline);
  const above = [bound.above, times(bound.aboveBaselineTimes)].some((limit) => limit !== undefined && value > limit);
  return above || [bound.below, times(bound.belowBaselineTimes)].some((limit) => limit !== undefined && value < limit);
}
