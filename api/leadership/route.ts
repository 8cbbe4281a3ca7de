/** The leadership report: the rollout of all waves in counts, by team and by period. */
import { z } from 'zod';
import { addressText } from '../../domain/address.ts';
import { isEnd, type LeadershipEntry } from '../../domain/leadership/entry.ts';
import { boundsOf, rangeOf, whyNoRange, type Range } from '../../domain/leadership/periods.ts';
import { leadership } from '../../domain/leadership/report.ts';
import { addressOfEntry, isReleased } from '../../domain/board/entry.ts';
import { leadershipView, periodLengths, type LeadershipView } from '../../domain/views/leadership.ts';
import { gather, type Gathered } from '../board/gather.ts';
import { readsOf } from '../board/reader.ts';
import { Problem } from '../errors.ts';
import { dateAndLater, oneOf, someText } from '../lists/parameters.ts';
import { defineRoute, type Services } from '../route.ts';

const leadershipQuery = z.strictObject({
  from: dateAndLater('first day of the report, plan time; where it is left out, that of the period in which somebody was first asked for something'),
  to: dateAndLater('last day of the report, plan time; today where it is left out'),
  period: oneOf(periodLengths, 'length of a period; week where it is left out'),
  team: someText('only this team; the totals are then those of the team'),
});

export const routes = [
  defineRoute<undefined, z.output<typeof leadershipQuery>>({
    method: 'get',
    path: '/v1/leadership',
    group: 'board',
    reads: 'rows',
    summary: 'The leadership report: the rollout of all waves in counts, by team and by period',
    query: leadershipQuery,
    answers: { 200: { what: 'the report, as the caller may read it; it names no person', schema: leadershipView } },
    problems: ['malformed', 'engine-unreachable'],
    async handle({ query: { from, to, period = 'week', team }, ...by }, services) {
      const reads = await readsOf(services, by);
      const { reader, readings, nowMs: atMs } = reads;
      const gathered = await gather(services, reads, { whole: true });
      const firstRequestMs = from === undefined ? await services.store.firstRequestMs([...readings.keys()]) : undefined;
      const range = rangeIn({ fromMs: from, toMs: to, period }, gathered, { firstRequestMs, atMs });
      const [entries, asked] = await Promise.all([
        entriesOf(services, gathered, range),
        services.store.requestsOpened({ plans: [...readings.keys()], fromMs: range.fromMs, untilMs: range.untilMs }),
      ]);
      const {
        plans,
        silent,
        notShown: { notShown = [] },
      } = gathered;
      const leftOut = notShown.reduce((sum, { packages }) => sum + packages, 0);
      const body: LeadershipView = {
        ...leadership({ reader, plans, readings, entries, asked, range, team, atMs }),
        ...(silent > 0 ? { silent } : {}),
        ...(leftOut > 0 ? { leftOut } : {}),
      };
      return { status: 200, body };
    },
  }),
];

/** Plans may be at different times: today is that of the one that is furthest. */
function rangeIn(
  asked: Parameters<typeof rangeOf>[0],
  { plans, entries }: Gathered,
  { firstRequestMs, atMs }: { firstRequestMs: number | undefined; atMs: number },
): Range {
  const begun = [...entries.flatMap(({ planned }) => planned.releasedAtMs ?? []), ...(firstRequestMs === undefined ? [] : [firstRequestMs])];
  const nowMs = plans.length === 0 ? atMs : Math.max(...plans.map((plan) => plan.nowMs));
  const range = rangeOf(asked, begun.length === 0 ? undefined : Math.min(...begun), nowMs);
  const why = whyNoRange(range);
  if (why !== undefined) throw new Problem('malformed', `from: ${why}.`, { mistakes: [{ path: 'from', message: why }] });
  return range;
}

/** How many packages may end within a report. */
const mostEnded = 10_000;

async function entriesOf({ store }: Services, { plans, entries }: Gathered, range: Range): Promise<LeadershipEntry[]> {
  const [taken, ended] = await Promise.all([
    store.measuredByPeriod({ releases: entries.filter(isReleased).map(addressOfEntry), bounds: boundsOf(range) }),
    store.endings({ plans: plans.map(({ facts }) => facts.plan), limit: mostEnded }),
  ]);
  const byPackage = Map.groupBy(taken, (each) => addressText(each));
  // The newest comes first, and the first end counts.
  const ends = new Map(ended.filter(isEnd).map(({ atMs, ...event }) => [addressText(event), atMs]));
  return entries.map((board) => {
    const address = addressText(addressOfEntry(board));
    const endedMs = ends.get(address);
    return {
      board,
      taken: (byPackage.get(address) ?? []).toSorted((one, other) => one.period - other.period),
      ...(endedMs === undefined ? {} : { endedMs }),
    };
  });
}
