/** The whole board, from what one person may read of all its packages. */
import type { Reading } from '../authority/who-reads.ts';
import { stretchesOf } from '../blackouts.ts';
import type { BoardPerson, BoardPlan, BoardView } from '../views/board.ts';
import { isReleased, runningInFull, stateOf, type BoardEntry } from './entry.ts';
import type { PlanFacts } from './facts.ts';
import { focusOf } from './focus.ts';
import { headline, type HeadlineRow } from './headline.ts';
import { readinessOf } from './readiness.ts';
import { boardRow } from './rows.ts';

/** A plan as this person reads it. `dayMs`: real time of one of its days. */
export interface BoardPlanInput {
  facts: PlanFacts;
  reading: Reading;
  revision: number;
  nowMs: number;
  dayMs: number;
}

/** Without the recent activity, which is read page by page. */
export function board(
  reader: BoardPerson,
  plans: readonly BoardPlanInput[],
  entries: readonly BoardEntry[],
  atMs: number,
): Omit<BoardView, 'recent' | 'silent' | 'notShown'> {
  const inOrder = entries.toSorted(
    (one, other) =>
      Number(other.reading.own) - Number(one.reading.own) ||
      compare(one.plan.plan, other.plan.plan) ||
      (one.facts?.number ?? Infinity) - (other.facts?.number ?? Infinity) ||
      compare(one.wave.wave, other.wave.wave),
  );
  return {
    reader,
    atMs,
    plans: plans.map((plan) => planOf(plan, entries)),
    headline: headline(inOrder.map(headlineRow)),
    readiness: inOrder.map(readinessOf),
    focus: focusOf(inOrder),
    packages: inOrder.map(boardRow),
  };
}

const compare = (one: string, other: string): number => (one === other ? 0 : one < other ? -1 : 1);

/** For the sentence, which is the same on every page. */
export const headlineRow = (entry: BoardEntry): HeadlineRow => ({
  state: stateOf(entry),
  released: isReleased(entry),
  stopped: entry.stopped !== undefined,
  openChecks: openChecks(entry),
  silent: entry.silent,
  waits: (entry.waits ?? []).length > 0,
});

function openChecks(entry: BoardEntry): number | undefined {
  const proposal = runningInFull(entry)?.proposal;
  return proposal?.kind === 'rollback' ? (proposal.dependencies ?? []).filter(({ clear }) => !clear).length : undefined;
}

function planOf({ facts, reading, revision, nowMs, dayMs }: BoardPlanInput, entries: readonly BoardEntry[]): BoardPlan {
  const [next] = entries
    .filter((entry) => entry.plan.plan === facts.plan && !isReleased(entry))
    .flatMap(({ planned, wave }) => (planned.goLiveMs !== undefined && planned.goLiveMs > nowMs ? [{ wave: wave.wave, goLiveMs: planned.goLiveMs }] : []))
    .toSorted((one, other) => one.goLiveMs - other.goLiveMs);
  const blackout = stretchesOf([...facts.blackouts]).find(({ untilMs }) => untilMs > nowMs);
  return {
    plan: facts.plan,
    ...(reading.acts && facts.description !== undefined ? { description: facts.description } : {}),
    revision,
    nowMs,
    dayMs,
    ...(next ? { next } : {}),
    ...(blackout && reading.acts ? { blackout: { id: blackout.id, fromMs: blackout.sinceMs, untilMs: blackout.untilMs } } : {}),
  };
}
