/** What changes, as server-sent events: for pages that stay right without being loaded again. */
import { z } from 'zod';
import { liveView } from '../../domain/views/board.ts';
import { Problem } from '../errors.ts';
import { someText, wholeNumber } from '../lists/parameters.ts';
import { defineRoute } from '../route.ts';
import { missedSince, positionOf } from './position.ts';
import { most } from './streams.ts';

const longestSeconds = 900;

const liveQuery = z.strictObject({
  after: someText(
    'id of the last event that was heard, as the header Last-Event-ID; what came after it is told first, if it is not too much; `start`: all that is on record',
  ),
  seconds: wholeNumber({ least: 1, most: longestSeconds }, `ends by itself after so many seconds; ${longestSeconds} if left out`),
});
type LiveQuery = z.output<typeof liveQuery>;

export const routes = [
  defineRoute<undefined, LiveQuery>({
    method: 'get',
    path: '/v1/live',
    group: 'board',
    reads: 'rows',
    summary: 'Follow what changes, as server-sent events',
    query: liveQuery,
    headers: { 'Last-Event-ID': 'id of the last event that was heard: what came after it is told first' },
    answers: {
      200: {
        what: 'events `changed` (what to ask for again), `activity` (as the board lists it), `missed` (too much: ask for everything again) and, every ten seconds, `heartbeat`; each in `data` as JSON',
        schema: liveView,
        type: 'text/event-stream',
      },
    },
    problems: ['malformed', 'busy'],
    async handle({ query, caller, header, stillSignedIn, gone }, services) {
      if (services.streams.count() >= most.inAll) throw new Problem('busy', `${most.inAll} event streams are open.`);
      const after = positionOf(services, query.after ?? header('last-event-id'));
      return {
        status: 200,
        body: undefined,
        headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
        stream: (outlet) =>
          services.streams.add({ caller, outlet, stillSignedIn, gone, endsAtMs: performance.now() + query.seconds * 1_000 }, (plans) =>
            missedSince(services, after, plans),
          ),
      };
    },
  }),
];
