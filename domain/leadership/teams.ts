/**
 * The rows by team. A team of fewer than five people is not shown by itself: it is in the row of the other teams, and where those are still too few, the next
 * smallest team is too. What the reader acts for they can see person by person, so it stays in the row of its team.
 */
import { isFull, isOwn, leastPeople, type LeadershipEntry } from './entry.ts';

export interface TeamRow {
  /** '' for the other teams together. */
  team: string;
  teams: number;
  own: boolean;
  entries: LeadershipEntry[];
}

export const others = '';

/** Everything that the reader may read, whatever is asked for: rows that depend on a filter could be compared. */
export function teamRows(entries: readonly LeadershipEntry[]): TeamRow[] {
  const teamOf = ({ board }: LeadershipEntry) => board.planned.team;
  const hidden = Map.groupBy(
    entries.filter((entry) => !isFull(entry)),
    teamOf,
  );
  const bySize = [...hidden].map(([team, own]) => ({ team, own, people: distinctPeople(own) })).toSorted((one, other) => one.people - other.people);
  const folded = new Set(bySize.filter(({ people }) => people < leastPeople).map(({ team }) => team));
  const inFolded = () => distinctPeople(bySize.filter(({ team }) => folded.has(team)).flatMap(({ own }) => own));
  for (const { team } of bySize) if (folded.size > 0 && inFolded() < leastPeople) folded.add(team);

  const rows = Map.groupBy(entries, (entry) => (folded.has(teamOf(entry)) && !isFull(entry) ? others : teamOf(entry)));
  return [...rows]
    .map(([team, own]) => ({
      team,
      teams: new Set(own.map(teamOf)).size,
      own: team !== others && own.some(isOwn),
      entries: own,
    }))
    .toSorted((one, other) => Number(one.team === others) - Number(other.team === others) || (one.team < other.team ? -1 : 1));
}

/** People of different plans may be the same: only those of one plan are certainly different. */
function distinctPeople(entries: readonly LeadershipEntry[]): number {
  const byPlan = Map.groupBy(entries, ({ board }) => board.plan.plan);
  return Math.max(0, ...[...byPlan.values()].map((own) => new Set(own.flatMap(({ board }) => [...(board.facts?.cohort ?? [])])).size));
}
