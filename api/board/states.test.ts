import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ReleaseKey } from '../../domain/release/releases.ts';
import type { AppliedReader } from '../../store/contract.ts';
import type { Feed } from '../live/feed.ts';
import { openBoardStates } from './states.ts';

const key = (id: string): ReleaseKey => ({ plan: 'p', wave: 'w', package: id });
let asked: string[][];
const store = {
  lastMeasured: async ({ releases }: { releases: ReleaseKey[] }) => {
    asked.push(releases.map((each) => each.package));
    return releases.map((each) => ({ ...each, values: [], drift: {} }));
  },
} as unknown as Pick<AppliedReader, 'appliedOutline' | 'latestOutline' | 'lastMeasured'>;
const feed = { liveSinceMs: () => undefined, overhear: () => () => undefined } as unknown as Feed;

beforeEach(() => {
  asked = [];
});
afterEach(() => void vi.restoreAllMocks());

test('what was measured is asked for in one question, of those that are not kept', async () => {
  const states = openBoardStates(store, feed, () => undefined);
  expect([...(await states.measured([key('a'), key('b')])).keys()]).toEqual(['p/w/a', 'p/w/b']);
  expect((await states.measured([key('b'), key('c')])).size).toBe(2);
  expect((await states.measured([key('a'), key('c')])).size).toBe(2);
  expect((await states.measured([])).size).toBe(0);
  expect(asked).toEqual([['a', 'b'], ['c']]);
});

test('what was measured is there when an answer grows old while others are looked for', async () => {
  let now = 0;
  // Each look at the clock is later than the one before: whatever is looked at twice may be fresh and then old.
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 400));
  const states = openBoardStates(store, feed, () => undefined);
  for (let times = 0; times < 20; times += 1) {
    now += times;
    expect((await states.measured([key('a'), key('b'), key('c')])).size).toBe(3);
  }
});

const turnsOf = () => {
  const waiting: (() => void)[] = [];
  const begun: string[] = [];
  const ask = (name: string) => async () => {
    begun.push(name);
    await new Promise<void>((resolve) => waiting.push(resolve));
    return undefined;
  };
  return { ask, begun, answerAll: () => waiting.splice(0).forEach((answer) => answer()) };
};
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('those who list the same wave have one answer, until an event, a message or two seconds make it old', async () => {
  let now = 0;
  let hear: (happened: never) => void = () => undefined;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const hearing = { liveSinceMs: () => undefined, overhear: (heard: typeof hear) => ((hear = heard), () => undefined) } as unknown as Feed;
  const states = openBoardStates(store, hearing, () => undefined);
  let times = 0;
  const list = async () => {
    await Promise.all([0, 0, 0].map(() => states.recentWave({ plan: 'p', wave: 'w' }, async () => void (times += 1))));
    await Promise.all([0, 0, 0].map(() => states.recentPackage(key('a'), async () => void (times += 1))));
    return times;
  };
  expect([await list(), await list()]).toEqual([2, 2]);
  now = 2_001;
  expect([await list(), await list()]).toEqual([4, 4]);
  hear({ events: [{ plan: 'p', wave: 'w', package: 'a' }], evaluated: [], missed: false } as never);
  expect(await list()).toBe(6);
  states.sent('p');
  expect(await list()).toBe(8);
  states.sent('another');
  expect(await list()).toBe(8);
});

test('of one right of the site a few workflows are asked at a time, by boards and lists together, and another right does not wait for them', async () => {
  const states = openBoardStates(
    store,
    { ...feed, follow: () => () => undefined },
    () => undefined,
    (plan) => plan.slice(0, 1),
  );
  const { ask, begun, answerAll } = turnsOf();
  const waves = Array.from({ length: 20 }, (_, at) => ({ plan: `p${at % 5}`, wave: `w${at}` }));
  const all = waves.flatMap((at) => [states.recentWave(at, ask(at.wave)), states.wave(at, ask(at.wave))]);
  await settled();
  expect(begun).toHaveLength(6);
  const other = states.recentWave({ plan: 'q', wave: 'w' }, ask('of another'));
  await settled();
  expect(begun.at(-1)).toBe('of another');
  while (begun.length < 21) {
    answerAll();
    await settled();
  }
  answerAll();
  await Promise.all([...all, other]);
  expect(new Set(begun).size).toBe(21);
  states.close();
});
