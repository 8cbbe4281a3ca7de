import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { News } from '../../store/contract.ts';
import { openFeed, type Feed, type Happened } from './feed.ts';

let recorded: News;
let asked: number;
let failing: boolean;
let feed: Feed;
const isLive = () => feed.liveSinceMs() !== undefined;
const add = (position: number) => recorded.events.push({ position, id: `e${position}`, plan: 'small', atMs: 1, actor: 'rolewave', kind: 'note', text: '' });

beforeEach(() => {
  vi.useFakeTimers();
  [recorded, asked, failing] = [{ events: [], evaluations: [] }, 0, false];
  feed = openFeed(
    {
      lastPositions: async () => ({ event: recorded.events.at(-1)?.position ?? 0, evaluation: recorded.evaluations.at(-1)?.position ?? 0 }),
      news: async ({ event, limit }) => {
        asked += 1;
        if (failing) throw new Error('store down');
        return { events: recorded.events.filter(({ position }) => position > event).slice(0, limit), evaluations: [] };
      },
    },
    () => undefined,
  );
});
afterEach(() => {
  feed.close();
  vi.useRealTimers();
});
const positions = (heard: Happened[]) => heard.flatMap(({ events }) => events.map(({ position }) => position));

test('anyone who follows hears what is recorded from now on, each once, from one poller', async () => {
  add(1);
  const [one, two]: [Happened[], Happened[]] = [[], []];
  feed.follow((each) => one.push(each));
  feed.follow((each) => two.push(each));
  await vi.advanceTimersByTimeAsync(1_000);
  add(2);
  add(3);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([positions(one), positions(two)]).toEqual([
    [2, 3],
    [2, 3],
  ]);
  expect(asked).toBeLessThanOrEqual(6);
});

test('nobody follows, so nothing is asked; and who follows later does not hear what was before', async () => {
  const overheard: Happened[] = [];
  feed.overhear((each) => overheard.push(each));
  await vi.advanceTimersByTimeAsync(5_000);
  expect([asked, isLive()]).toEqual([0, false]);
  const leave = feed.follow(() => undefined);
  const started = feed.started();
  await vi.advanceTimersByTimeAsync(10);
  await started;
  add(1);
  await vi.advanceTimersByTimeAsync(1_000);
  leave();
  add(2);
  await vi.advanceTimersByTimeAsync(5_000);
  const before = asked;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toBe(before);
  const heard: Happened[] = [];
  feed.follow((each) => heard.push(each));
  await vi.advanceTimersByTimeAsync(1_000);
  add(3);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([positions(overheard), positions(heard)]).toEqual([[1, 3], [3]]);
});

test('while the store does not answer it is not live, and afterwards nothing is missing', async () => {
  const heard: Happened[] = [];
  feed.follow((each) => heard.push(each));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isLive()).toBe(true);
  failing = true;
  add(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([isLive(), heard]).toEqual([false, []]);
  failing = false;
  add(2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([isLive(), positions(heard)]).toEqual([true, [1, 2]]);
});

test('too much at once is not told one by one, and afterwards it goes on', async () => {
  const heard: Happened[] = [];
  feed.follow((each) => heard.push(each));
  await vi.advanceTimersByTimeAsync(500);
  for (let position = 1; position <= 2_100; position++) add(position);
  await vi.advanceTimersByTimeAsync(500);
  expect(heard.at(-1)?.missed).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  add(3_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(heard.at(-1)).toMatchObject({ missed: false, events: [{ position: 3_000 }] });
});
