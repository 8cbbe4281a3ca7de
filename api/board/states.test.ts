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
