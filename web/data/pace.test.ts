import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pace } from './pace.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Answers after so long; `asked`: when, in milliseconds. */
function answering(afterMs: number) {
  const from = performance.now();
  const asked: number[] = [];
  const ask = async () => {
    asked.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
  };
  return { asked, ask };
}
async function changesEvery(ms: number, forMs: number, changed: () => void): Promise<void> {
  for (let at = 0; at < forMs; at += ms) {
    changed();
    await vi.advanceTimersByTimeAsync(ms);
  }
}

test('changes that come together are asked for once', async () => {
  const { asked, ask } = answering(10);
  const { changed } = pace(ask);
  await changesEvery(10, 200, changed);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toEqual([250]);
});

test('while changes go on, each answer is waited for, and then for as long as it took', async () => {
  const { asked, ask } = answering(1_000);
  const { changed } = pace(ask);
  await changesEvery(50, 5_000, changed);
  expect(asked).toEqual([250, 2_250, 4_250]);
});

test('what changes while an answer is on its way is asked for afterwards', async () => {
  const { asked, ask } = answering(400);
  const { changed } = pace(ask);
  changed();
  await vi.advanceTimersByTimeAsync(300);
  changed();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toEqual([250, 1_050]);
});

test('a failure does not end it, and after its end nothing is asked', async () => {
  const ask = vi.fn<() => Promise<void>>(() => Promise.reject(new Error('down')));
  const { changed, stop } = pace(ask);
  await changesEvery(100, 1_000, changed);
  const before = ask.mock.calls.length;
  expect(before).toBeGreaterThan(2);
  changed();
  stop();
  await vi.advanceTimersByTimeAsync(5_000);
  changed();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(ask).toHaveBeenCalledTimes(before);
});
