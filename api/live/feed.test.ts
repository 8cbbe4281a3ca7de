import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { News } from '../../store/contract.ts';
import { openFeed, type Feed, type Happened } from './feed.ts';

let recorded: News;
let asked: number;
let failing: boolean;
let slowMs: number;
let feed: Feed;
const isLive = () => feed.liveSinceMs() !== undefined;
const add = (position: number) => recorded.events.push({ position, id: `e${position}`, plan: 'small', atMs: 1, actor: 'rolewave', kind: 'note', text: '' });

beforeEach(() => {
  vi.useFakeTimers();
  [recorded, asked, failing, slowMs] = [{ events: [], evaluations: [] }, 0, false, 0];
  feed = openFeed(
    {
      lastPositions: async () => {
        if (failing) throw new Error('store down');
        return { event: recorded.events.at(-1)?.position ?? 0, evaluation: recorded.evaluations.at(-1)?.position ?? 0 };
      },
      plansSince: async ({ event }) => [...new Set(recorded.events.filter(({ position }) => position > event).map(({ plan }) => plan))],
      news: async ({ event, limit }) => {
        asked += 1;
        const found = recorded.events.filter(({ position }) => position > event).slice(0, limit);
        if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
        if (failing) throw new Error('store down');
        return { events: found, evaluations: [] };
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

test('somebody who comes as the only other one leaves, while the store is being asked, hears everything from then on', async () => {
  const leave = feed.follow(() => undefined);
  await vi.advanceTimersByTimeAsync(1_000);
  slowMs = 100;
  const before = asked;
  while (asked === before) await vi.advanceTimersByTimeAsync(10);
  leave();
  const heard: Happened[] = [];
  feed.follow((each) => heard.push(each));
  const started = feed.started();
  await vi.advanceTimersByTimeAsync(110);
  await started;
  add(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(positions(heard)).toEqual([1]);
});

test('what is recorded after too much happened at once is heard: nothing lies between', async () => {
  const heard: Happened[] = [];
  feed.follow((each) => {
    // Everything is read again at this moment; this is recorded right afterwards.
    if (each.missed) add(3_000);
    heard.push(each);
  });
  await vi.advanceTimersByTimeAsync(500);
  for (let position = 1; position <= 2_100; position++) add(position);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(heard.map(({ missed }) => missed)).toEqual([true, false]);
  expect([...(heard[0]?.inPlans ?? [])]).toEqual(['small']);
  expect(positions(heard.slice(1))).toEqual([3_000]);
});

test('nobody is told that it has started while the store does not answer', async () => {
  failing = true;
  feed.follow(() => undefined);
  const started = feed.started().then(
    () => 'started',
    (error: unknown) => String(error),
  );
  await vi.advanceTimersByTimeAsync(100);
  expect(await started).toBe('Error: store down');
});
