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
  const after = <Row extends { position: number }>(rows: Row[], position: number, limit: number) =>
    rows.filter((row) => row.position > position).slice(0, limit);
  const store = {
    lastPositions: async () => ({ event: recorded.events.at(-1)?.position ?? 0, evaluation: recorded.evaluations.at(-1)?.position ?? 0 }),
    news: async (from: { event: number; evaluation: number; limit: number }) => ({
      events: after(recorded.events, from.event, from.limit),
      evaluations: after(recorded.evaluations, from.evaluation, from.limit),
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
  expect(await missedSince(services, positionOf(services, id))).toEqual({ events: [], evaluated: [], missed: false });
  recorded.evaluations.push({ position: 6, ...address });
  expect(await missedSince(services, positionOf(services, id))).toEqual({ events: [], evaluated: [address], missed: false });
  recorded.events.push(event(2));
  expect((await missedSince(services, positionOf(services, id))).events).toEqual([event(2)]);
});

test('after an event, what came after it; of too much, only that it was too much', async () => {
  const { recorded, services, cursors } = setUp();
  for (let position = 1; position <= 300; position += 1) recorded.events.push(event(position));
  const since = async (id: string | undefined) => missedSince(services, positionOf(services, id));
  expect((await since(cursors.seal(298, live))).events).toEqual([event(299), event(300)]);
  expect(await since('start')).toEqual({ events: [], evaluated: [], missed: true });
  for (const unknown of [undefined, 'made up', cursors.seal('x', live), cursors.seal(298, 'another list')])
    expect(await since(unknown)).toEqual({ events: [], evaluated: [], missed: false });
});
