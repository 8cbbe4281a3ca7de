/** The Deploy & Maintain board: everything that the page shows in one answer, and older activity page by page. */
import { z } from 'zod';
import { board } from '../../domain/board/board.ts';
import { activityActions } from '../../domain/states.ts';
import { activityList, boardView, type BoardView } from '../../domain/views/board.ts';
import { place } from '../lists/in-parts.ts';
import { keyBefore } from '../lists/page.ts';
import { choice, ids, inPlans, paging, someText } from '../lists/parameters.ts';
import { defineRoute } from '../route.ts';
import { activityPage } from './activity.ts';
import { gather } from './gather.ts';
import { readsOf } from './reader.ts';

const boardQuery = z.strictObject({ plan: inPlans.plan });
type BoardQuery = z.output<typeof boardQuery>;

const activityQuery = z.strictObject({
  ...inPlans,
  package: ids('id of a package'),
  action: choice(activityActions, 'what operations does'),
  text: someText('part of the text, kind, actor or address'),
  ...paging,
});
type ActivityQuery = z.output<typeof activityQuery>;

/** On the board; the list has the others. */
const recentShown = 12;

export const routes = [
  defineRoute<undefined, BoardQuery>({
    method: 'get',
    path: '/v1/board',
    group: 'board',
    reads: 'rows',
    summary: 'The Deploy & Maintain board: headline, readiness, focus, packages and recent activity',
    query: boardQuery,
    answers: { 200: { what: 'the board, as the caller may read it', schema: boardView } },
    problems: ['malformed', 'engine-unreachable'],
    async handle({ query, ...asked }, services) {
      const reads = await readsOf(services, asked, query.plan);
      const { reader, readings, nowMs } = reads;
      const [{ plans, entries, silent, notShown }, recent, waiting] = await Promise.all([
        gather(services, reads, { whole: query.plan !== undefined }),
        activityPage(services, { limit: recentShown, ...(query.plan ? { plan: query.plan } : {}) }, readings, undefined),
        services.store.waitingNotices([...readings.keys()]),
      ]);
      const body: BoardView = {
        ...board(reader, plans, entries, nowMs),
        recent,
        ...(silent > 0 ? { silent } : {}),
        ...notShown,
        ...(waiting.length > 0 ? { waiting } : {}),
      };
      return { status: 200, body };
    },
  }),
  defineRoute<undefined, ActivityQuery>({
    method: 'get',
    path: '/v1/board/activity',
    group: 'board',
    reads: 'rows',
    summary: 'Release activity, as the board shows it',
    query: activityQuery,
    answers: {
      200: { what: 'the activity in what the caller acts in: that of own plans first, and of each part the most recent first', schema: activityList },
    },
    problems: ['malformed'],
    async handle({ query, caller }, services) {
      const after = keyBefore({ list: 'activity', query, cursors: services.cursors }, place);
      return { status: 200, body: await activityPage(services, query, await services.readings.all(caller, query.plan), after) };
    },
  }),
];
