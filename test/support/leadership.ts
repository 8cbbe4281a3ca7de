/**
 * Packages as the leadership report is worked out from them. A test states only what matters to it.
 *
 *   packageIn('finance')                                      not released, six people, read in full
 *   released('finance', { people: 3, sees: 'counts' })        of another team than the reader's, who may only see counts
 *   released('finance', { taken: [taken(0, adopted(4, 6))] })   evaluated once, in the first period
 */
import type { LeadershipEntry, Taken } from '../../domain/leadership/entry.ts';
import { leadership, type LeadershipInput } from '../../domain/leadership/report.ts';
import { leadershipView, type LeadershipView } from '../../domain/views/leadership.ts';
import { noDrift, type DriftCounts, type Measurement, type VerdictKind } from '../../domain/watch/measurement.ts';
import { boardEntry, dayMs, goLiveMs, type BoardInput } from './board.ts';

export { dayMs, goLiveMs };
export const weekMs = 7 * dayMs;
/** The Monday before the go-live, and three weeks from there. */
export const fromMs = Date.parse('2026-04-06');
export const range = { fromMs, untilMs: fromMs + 3 * weekMs, period: 'week' } as const;

export interface PackageInput extends BoardInput {
  id?: string;
  people?: number;
  taken?: Taken[];
  endedMs?: number;
  metrics?: string[];
}

export const usualMetrics = ['close-adoption', 'close-exceptions', 'close-tickets'];

export function packageIn(
  team: string,
  { id = `${team}-role`, people = 6, taken: all = [], endedMs, metrics = usualMetrics, ...input }: PackageInput = {},
): LeadershipEntry {
  const board = boardEntry({
    nowMs: goLiveMs + 10 * dayMs,
    ...input,
    planned: { package: id, name: `Role ${id}`, team, ...input.planned },
    ...(input.running ? { running: { package: id, team, ...input.running } } : {}),
    facts: {
      people,
      cohort: Uint32Array.from({ length: people }, (_, place) => place + 100 * [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7)),
      watch: { length: 14 * dayMs, metrics: metrics.map((metric) => ({ metric, failuresAllowed: 0, minimum: 0, from: 0 })) },
      ...input.facts,
    },
  });
  return { board, taken: all.map((each) => ({ ...each, package: id })), ...(endedMs === undefined ? {} : { endedMs }) };
}

export const released = (team: string, input: PackageInput = {}): LeadershipEntry =>
  packageIn(team, { ...input, planned: { releasedAtMs: goLiveMs, blockers: [], checklist: [], ...input.planned }, running: { ...input.running } });

interface TakenInput {
  drift?: Partial<DriftCounts>;
  verdict?: VerdictKind;
  /** Metric → its own verdict. */
  of?: Record<string, VerdictKind>;
}

/** The only evaluation of a period. */
export const taken = (period: number, measurements: Measurement[], { drift, verdict = 'healthy', of = {} }: TakenInput = {}): Taken => ({
  plan: 'small',
  wave: 'first',
  package: 'closing',
  period,
  count: 1,
  byVerdict: { [verdict]: 1 },
  last: {
    dueMs: fromMs + period * weekMs + 3 * dayMs,
    measurements,
    drift: { ...noDrift, ...drift },
    metrics: measurements.map(({ metric }) => ({ metric, verdict: of[metric] ?? 'healthy', why: '' })),
  },
});

export const share = (metric: string, count: number, of: number): Measurement => ({ metric, kind: 'value', unit: 'ratio', value: count / of, n: of, count });
export const adopted = (count: number, of: number): Measurement => share('close-adoption', count, of);

export function reportOf(entries: LeadershipEntry[], change: Partial<LeadershipInput> = {}): LeadershipView {
  const board = entries[0]?.board ?? boardEntry();
  return leadershipView.parse(
    leadership({
      reader: board.reader,
      plans: [{ facts: board.plan, revision: 1, nowMs: board.nowMs, dayMs }],
      readings: new Map([['small', board.reading]]),
      entries,
      asked: [],
      range,
      atMs: 1,
      ...change,
    }),
  );
}

export const lineOf = ({ lines }: LeadershipView, key: LeadershipView['lines'][number]['key']): string => lines.find((line) => line.key === key)?.text ?? '';
