import { expect, test } from 'vitest';
import type { AuditEvent } from '../../domain/records.ts';
import type { News, Positioned } from '../../store/contract.ts';
import { openCursors } from '../lists/cursors.ts';
import type { Services } from '../route.ts';
import { idOfNow, live, missedSince, positionOf } from './position.ts';

const address = { plan: 'small', wave: 'first', package: 'closing' };
const event = (position: number): Positioned<AuditEvent> => ({ position, id: `e${position}`, ...address, atMs: 1, actor: 'rolewave', kind: 'note', text: '' });

function setUp() {
  const recorded: News = { events: [], evaluations: [] };
  const after = <Row extends { position: number; plan: string }>(rows: Row[], position: number, { limit, plans }: { limit: number; plans?: string[] }) =>
    rows.filter((row) => row.position > position && (plans?.includes(row.plan) ?? true)).slice(0, limit);
  const store = {
    lastPositions: async () => ({ event: recorded.events.at(-1)?.position ?? 0, evaluation: recorded.evaluations.at(-1)?.position ?? 0 }),
    news: async (from: { event: number; evaluation: number; limit: number; plans?: string[] }) => ({
      events: after(recorded.events, from.event, from),
      evaluations: after(recorded.evaluations, from.evaluation, from),
    }),
  };
  const cursors = openCursors({ secretFor: () => new Uint8Array(32) });
  return { recorded, cursors, services: { store, cursors } as unknown as Pick<Services, 'store' | 'cursors'> };
}

test('a page that was made is told everything that was recorded since, evaluations too', async () => {
  const { recorded, services } = setUp();
  recorded.events.push(event(1));
  recorded.evaluations.push({ position: 5, ...address });
  const id = await idOfNow(services);
  expect(await missedSince(services, positionOf(services, id), ['small'])).toEqual({ events: [], evaluated: [], missed: false });
  recorded.evaluations.push({ position: 6, ...address });
  expect(await missedSince(services, positionOf(services, id), ['small'])).toEqual({ events: [], evaluated: [address], missed: false });
  recorded.events.push(event(2));
  expect((await missedSince(services, positionOf(services, id), ['small'])).events).toEqual([event(2)]);
});

test('after an event, what came after it; of too much, only that it was too much', async () => {
  const { recorded, services, cursors } = setUp();
  for (let position = 1; position <= 300; position += 1) recorded.events.push(event(position));
  const since = async (id: string | undefined) => missedSince(services, positionOf(services, id), ['small']);
  expect((await since(cursors.seal(298, live))).events).toEqual([event(299), event(300)]);
  expect(await since('start')).toEqual({ events: [], evaluated: [], missed: true });
  for (const unknown of [undefined, 'made up', cursors.seal('x', live), cursors.seal(298, 'another list')])
    expect(await since(unknown)).toEqual({ events: [], evaluated: [], missed: false });
});

test('what happens in plans that the listener does not see neither counts nor is told', async () => {
  const { recorded, services } = setUp();
  for (let position = 1; position <= 500; position += 1) recorded.events.push({ ...event(position), ...(position % 50 === 0 ? {} : { plan: 'of others' }) });
  const own = await missedSince(services, { event: 0 }, ['small']);
  expect([own.missed, own.events.map(({ position }) => position)]).toEqual([false, [50, 100, 150, 200, 250, 300, 350, 400, 450, 500]]);
  expect(await missedSince(services, { event: 0 }, [])).toEqual({ events: [], evaluated: [], missed: false });
  expect((await missedSince(services, { event: 0 }, ['of others'])).missed).toBe(true);
});
