/**
 * The verdict of every look. Only the latest is in a package's view; the others are judged again from what the looks recorded, by the same function
 * that judged them then. Where the record has a verdict's own words (the latest, and each that differed from the one before), these are shown.
 */
import type { Watch } from '../../domain/plan/schema.ts';
import { driftMetric } from '../../domain/watch/measurement.ts';
import type { Look, Verdict, VerdictKind } from '../../domain/watch/measurement.ts';
import { judge, judgeEnd } from '../../domain/watch/verdict.ts';
import type { RecordedEvent, RecordedLook, ReportedPackage } from './data.ts';

export interface JudgedLook {
  look: RecordedLook;
  /** Undefined where the plan by which it was judged is not to be had and no record says it. */
  kind?: VerdictKind;
  why: string;
  metrics: Map<string, VerdictKind>;
}

const weekMs = 7 * 86_400_000;

export function judgedLooks({ planned, running, looks, inPlan }: ReportedPackage, events: RecordedEvent[]): JudgedLook[] {
  const recorded = recordedVerdicts(events.filter((event) => event.package === planned.package));
  if (running?.lastVerdict) recorded.set(running.lastVerdict.look, running.lastVerdict);
  const ranged = withRanges(looks, running?.watch.startMs ?? 0, inPlan?.watch);
  return looks.map((look, index) => {
    const verdict = inPlan && running ? verdictOf(inPlan.watch, running, ranged.slice(0, index + 1)) : undefined;
    const said = recorded.get(look.number) ?? verdict;
    return {
      look,
      ...(said ? { kind: said.kind } : {}),
      why: said?.why ?? '',
      metrics: new Map(verdict?.metrics.map(({ metric, verdict: kind }) => [metric, kind])),
    };
  });
}

function verdictOf(watch: Watch, running: NonNullable<ReportedPackage['running']>, looks: Look[]): Verdict {
  const latest = looks.at(-1);
  const atEnd = latest !== undefined && latest.purpose !== 'weekly' && latest.dueMs >= running.watch.endMs;
  return (atEnd ? judgeEnd : judge)(watch, looks, running.baseline ?? {}, running.watch.startMs);
}

function recordedVerdicts(events: RecordedEvent[]): Map<number, { kind: VerdictKind; why: string }> {
  const verdicts = new Map<number, { kind: VerdictKind; why: string }>();
  for (const { kind, text, data } of events) {
    const verdict = kind.replace(/^verdict-/, '');
    if (verdict !== kind && Object.hasOwn(verdictWords, verdict) && typeof data?.['look'] === 'number')
      verdicts.set(data['look'], { kind: verdict as VerdictKind, why: text });
  }
  return verdicts;
}

/** A look's range is not stored; it follows from the rhythm, but for the first look after a pause, whose words then name no range. */
function withRanges(looks: RecordedLook[], startMs: number, watch: Watch | undefined): Look[] {
  let previousMs = startMs;
  return looks.map((look) => {
    const fromMs = rangeStart(look, previousMs, startMs, watch);
    if (look.purpose === 'scheduled' || look.purpose === 'first-check') previousMs = look.dueMs;
    return { ...look, ...(fromMs === undefined ? {} : { fromMs }) };
  });
}

function rangeStart({ purpose, dueMs }: RecordedLook, previousMs: number, startMs: number, watch: Watch | undefined): number | undefined {
  if (purpose === 'weekly') return dueMs - weekMs;
  if (!watch) return undefined;
  if (purpose === 'on-demand' || purpose === 'after-tune') return Math.max(startMs, dueMs - watch.every);
  return dueMs - previousMs <= Math.max(watch.every, watch.firstCheck) ? previousMs : undefined;
}

/** Those of the plan first, in its order; then what looks recorded beside; drift always. */
export function metricsOf({ looks, inPlan }: ReportedPackage): string[] {
  const watched = inPlan?.watch.metrics.map(({ metric }) => metric) ?? [];
  const recorded = looks.flatMap(({ measurements }) => measurements.map(({ metric }) => metric));
  return [...new Set([...watched, ...recorded, ...(looks.length > 0 ? [driftMetric] : [])])];
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
