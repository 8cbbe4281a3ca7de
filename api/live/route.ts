/** What changes, as server-sent events: for pages that stay right without being loaded again. */
import { z } from 'zod';
import { liveView } from '../../domain/views/board.ts';
import { Problem } from '../errors.ts';
import { someText, wholeNumber } from '../lists/parameters.ts';
import { defineRoute, type Services } from '../route.ts';
import type { Happened } from './feed.ts';
import { most } from './streams.ts';

/** What ids of events are sealed for. */
export const live = 'live';
const longestSeconds = 900;
const replayed = 200;

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
    async handle({ query, caller, header, stillSignedIn }, services) {
      if (services.streams.count() >= most.inAll) throw new Problem('busy', `${most.inAll} event streams are open.`);
      const after = positionIn(services, query.after ?? header('last-event-id'));
      return {
        status: 200,
        body: undefined,
        headers: { 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
        async stream(outlet, closed) {
          const end = await services.streams.add({ caller, outlet, stillSignedIn }, () => missedSince(services, after));
          const timer = setTimeout(end, query.seconds * 1_000);
          closed(() => {
            clearTimeout(timer);
            end();
          });
        },
      };
    },
  }),
];

/** Of the event with this id. One that is not from here counts as none, as the standard has it for a stream that begins. */
function positionIn({ cursors }: Services, id: string | undefined): number | undefined {
  if (id === 'start') return 0;
  const position = id === undefined ? undefined : cursors.open(id, live);
  return typeof position === 'number' && Number.isSafeInteger(position) ? position : undefined;
}

async function missedSince({ store }: Services, after: number | undefined): Promise<Happened> {
  if (after === undefined) return { events: [], evaluated: [], missed: false };
  const { event, evaluation } = await store.lastPositions();
  if (event <= after) return { events: [], evaluated: [], missed: false };
  const { events } = await store.news({ event: after, evaluation, limit: replayed + 1 });
  return events.length > replayed ? { events: [], evaluated: [], missed: true } : { events, evaluated: [], missed: false };
}
