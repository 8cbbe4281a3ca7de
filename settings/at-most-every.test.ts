import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { atMostEvery } from './at-most-every.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('all who ask while it is being asked for, and for a while after, have the same answer, however long it takes', async () => {
  let asked = 0;
  const ask = atMostEvery(1_000, async () => {
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    return asked;
  });
  const first = ask();
  await vi.advanceTimersByTimeAsync(4_000);
  const second = ask();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await Promise.all([first, second, ask()])).toEqual([1, 1, 1]);
  await vi.advanceTimersByTimeAsync(1);
  const third = ask();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await third).toBe(2);
});

test('a failure is shared as an answer is', async () => {
  let asked = 0;
  const ask = atMostEvery(1_000, async () => Promise.reject(new Error(`down ${++asked}`)));
  await expect(ask()).rejects.toThrow('down 1');
  await expect(ask()).rejects.toThrow('down 1');
  await vi.advanceTimersByTimeAsync(1_001);
  await expect(ask()).rejects.toThrow('down 2');
});
