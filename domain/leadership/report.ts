/** The whole report, from what one person may read of all packages of their plans. */
import type { Reading } from '../authority/who-reads.ts';
import { addressText } from '../address.ts';
import { headlineRow, type BoardPlanInput } from '../board/board.ts';
import { addressOfEntry, besideState, isReleased, stateOf } from '../board/entry.ts';
import { headline } from '../board/headline.ts';
import type { BoardPerson } from '../views/board.ts';
import type { LeadershipPackage, LeadershipView } from '../views/leadership.ts';
import { isNamed, isOver, type LeadershipEntry } from './entry.ts';
import { accessOf, happenedIn, inPeriod, inRange, measuredIn, standingOf } from './figures.ts';
import { tenLines, type NextGoLive } from './lines.ts';
import { boundsOf, type Range } from './periods.ts';
import { requestsShown, type Asking } from './requests.ts';
import { others, teamRows } from './teams.ts';

export interface LeadershipInput {
  reader: BoardPerson;
  plans: readonly Pick<BoardPlanInput, 'facts' | 'revision' | 'nowMs' | 'dayMs'>[];
  readings: ReadonlyMap<string, Reading>;
  entries: readonly LeadershipEntry[];
  /** Opened in the range. */
  asked: readonly Asking[];
  range: Range;
  /** Only this row. */
  team?: string | undefined;
  /** Real time. */
  atMs: number;
}

export function leadership({ reader, plans, readings, entries: all, asked, range, team, atMs }: LeadershipInput): Omit<LeadershipView, 'silent' | 'leftOut'> {
  const rows = teamRows(all);
  const shown = team === undefined ? rows : rows.filter((row) => row.team === team && row.team !== others);
  const entries = shown.flatMap((row) => row.entries);
  const bounds = boundsOf(range);
  const measured = measuredIn(inRange(entries));
  const happened = happenedIn(entries, undefined, range);
  // Requests are not told apart by team: few people of one team are asked.
  const requestsOf = (stretch: { fromMs: number; untilMs: number }) => (team === undefined ? requestsShown(asked, readings, stretch) : undefined);
  const standing = standingOf(entries);
  const named = entries.filter(isNamed);
  return {
    reader,
    atMs,
    plans: plans.map(({ facts, revision, nowMs, dayMs }) => ({ plan: facts.plan, revision, nowMs, dayMs })),
    range,
    ...(team === undefined ? {} : { team }),
    ...(team !== undefined && shown.length === 0 ? { unknownTeam: true as const } : {}),
    teamNames: rows.flatMap((row) => (row.team === others ? [] : [row.team])),
    headline: headline(entries.filter((entry) => !isOver(entry)).map(({ board }) => headlineRow(board)))
      .map(({ text }) => text)
      .join(''),
    lines: tenLines({
      standing,
      access: accessOf(entries),
      measured,
      happened,
      requests: requestsOf(range),
      ofTeam: team !== undefined,
      waves: wavesOf(entries),
      next: nextOf(entries),
      undated: entries.filter((entry) => !isReleased(entry.board) && !isOver(entry) && entry.board.planned.goLiveMs === undefined).length,
    }),
    teams: shown.map(({ entries: own, team: id, teams, own: isOwn }) => ({
      team: id,
      teams,
      ...(isOwn ? { own: true as const } : {}),
      standing: standingOf(own),
      access: accessOf(own),
      ...measuredIn(inRange(own)),
      ...happenedIn(own, undefined, range),
    })),
    periods: bounds.slice(0, -1).map((fromMs, period) => {
      const stretch = { fromMs, untilMs: bounds[period + 1] ?? range.untilMs };
      const requests = requestsOf(stretch);
      return { ...stretch, ...measuredIn(inPeriod(entries, period, stretch)), ...happenedIn(entries, period, stretch), ...(requests ? { requests } : {}) };
    }),
    packages: named.map(packageOf),
    elsewhere: entries.length - named.length,
  };
}

function packageOf(entry: LeadershipEntry): LeadershipPackage {
  const { board } = entry;
  const beside = besideState(board);
  return {
    ...addressOfEntry(board),
    name: board.planned.name,
    team: board.planned.team,
    risk: board.planned.risk,
    state: stateOf(board),
    ...(beside === undefined ? {} : { beside }),
    released: isReleased(board),
    access: accessOf([entry]),
    ...measuredIn(inRange([entry])),
  };
}

function wavesOf(entries: readonly LeadershipEntry[]): { all: number; finished: number } {
  const waves = new Map(entries.map(({ board: { wave } }) => [addressText({ plan: wave.plan, wave: wave.wave }), wave.stage]));
  return { all: waves.size, finished: [...waves.values()].filter((stage) => stage === 'closed').length };
}

/** The next one by the time of its plan, with all packages of that instant. */
function nextOf(entries: readonly LeadershipEntry[]): NextGoLive | undefined {
  const ahead = entries.flatMap((entry) => {
    const { planned, nowMs } = entry.board;
    return !isReleased(entry.board) && !isOver(entry) && planned.goLiveMs !== undefined && planned.goLiveMs > nowMs
      ? [{ plan: entry.board.plan.plan, atMs: planned.goLiveMs, nowMs }]
      : [];
  });
  const [first] = ahead.toSorted((one, other) => one.atMs - one.nowMs - (other.atMs - other.nowMs));
  return first && { atMs: first.atMs, nowMs: first.nowMs, packages: ahead.filter(({ plan, atMs }) => plan === first.plan && atMs === first.atMs).length };
}
