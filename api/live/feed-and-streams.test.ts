import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readsNothing, type Reading } from '../../domain/authority/who-reads.ts';
import type { News } from '../../store/contract.ts';
import { openFeed } from './feed.ts';
import { openStreams } from './streams.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A store of events that answers or not, with everything that asks it. */
function setUp() {
  const recorded: News = { events: [], evaluations: [] };
  const store = { isDown: false };
  const answer = <T>(found: T): T => {
    if (store.isDown) throw new Error('store down');
    return found;
  };
  const feed = openFeed(
    {
      lastPositions: async () => answer({ event: recorded.events.length, evaluation: 0 }),
      plansSince: async () => answer(['small']),
      news: async ({ event, limit }) => answer({ events: recorded.events.slice(event, event + limit), evaluations: [] }),
    },
    () => undefined,
  );
  const reads: ReadonlyMap<string, Reading> = new Map([['small', { ...readsNothing('small'), sees: true, all: true, acts: true }]]);
  const streams = openStreams(feed, {
    readings: async () => answer(reads),
    factsOf: async () => undefined,
    plans: async () => [],
    idOf: String,
    site: () => feed,
  });
  const ids: string[] = [];
  const listen = () =>
    streams.add(
      {
        caller: { id: 'ana', groups: [] },
        outlet: {
          write: (bytes) =>
            void ids.push(
              ...[
                ...Buffer.from(bytes)
                  .toString()
                  .matchAll(/^id: (\d+)$/gm),
              ].map(([, id = '']) => id),
            ),
          waiting: () => 0,
          end: () => undefined,
        },
        stillSignedIn: async () => true,
        gone: new AbortController().signal,
        endsAtMs: Infinity,
      },
      async () => answer({ events: [], evaluated: [], missed: false }),
    );
  const record = () => {
    const position = recorded.events.length + 1;
    recorded.events.push({ position, id: `e${position}`, plan: 'small', wave: 'first', atMs: 1, actor: 'rolewave', kind: 'note', text: '' });
  };
  return { store, streams, listen, record, ids };
}

test.each([1, 28, 29, 30, 31])('what happens in an outage of five seconds that begins after %i is told afterwards, each once and in order', async (seconds) => {
  const { store, streams, listen, record, ids } = setUp();
  const adding = listen();
  await vi.advanceTimersByTimeAsync(500);
  await adding;
  record();
  await vi.advanceTimersByTimeAsync(seconds * 1_000);
  store.isDown = true;
  record();
  await vi.advanceTimersByTimeAsync(5_000);
  store.isDown = false;
  record();
  await vi.advanceTimersByTimeAsync(5_000);
  expect([ids, streams.count()]).toEqual([['1', '2', '3'], 1]);
  streams.close();
});
