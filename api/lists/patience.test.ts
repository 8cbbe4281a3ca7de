import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { patience } from './patience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<string>(() => undefined);
const silent = async () => Promise.reject(new Problem('no-worker', 'nobody answers'));

test('what answers is passed on, and what does not is said to be silent after its time', async () => {
  const ask = patience();
  expect(await ask(async () => 'here')).toEqual({ answered: 'here' });
  expect(await ask(async () => undefined)).toEqual({ answered: undefined });
  expect(await ask(silent)).toEqual({ unanswered: true });
  const waiting = ask(never);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await waiting).toEqual({ unanswered: true });
});

test.each([1, 4, 16])('a list that asks %i at a time waits only so long in all, however many are silent, and still hears those that answer', async (atOnce) => {
  const ask = patience({ perRowMs: 3_000, inAllMs: 5_000, afterwards: { perRowMs: 200, inAllMs: 1_000 } });
  const asked = vi.fn<() => Promise<string>>(never);
  const rows = inParallel(
    atOnce,
    Array.from({ length: 50 }, (_, row) => row),
    (row) => ask(row === 20 ? async () => 'here' : asked),
  );
  await vi.advanceTimersByTimeAsync(6_500);
  const found = await rows;
  expect(found).toHaveLength(50);
  // Two waits of all that are asked at a time use up the first part, five or six the rest.
  expect(asked.mock.calls.length).toBeLessThanOrEqual(8 * atOnce);
  expect(asked.mock.calls.length).toBeGreaterThanOrEqual(Math.min(49, 7 * atOnce));
  if (atOnce > 2) expect(found[20]).toEqual({ answered: 'here' });
});

test('three that are silent at the same time do not make those silent that are asked afterwards', async () => {
  const ask = patience();
  const waves = inParallel(16, [1, 2, 3, 4, 5], (wave) => ask(wave <= 3 ? never : async () => 'here'));
  await vi.advanceTimersByTimeAsync(3_100);
  expect((await waves).filter((each) => 'answered' in each)).toHaveLength(2);
  let answers = 0;
  const slow = async () => {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    answers += 1;
    return 'a slow package';
  };
  const next = ask(slow);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([await next, answers]).toEqual([{ answered: 'a slow package' }, 1]);
});

test('any other failure is no silence', async () => {
  const ask = patience();
  await expect(ask(async () => Promise.reject(new Problem('engine-unreachable', 'gone')))).rejects.toMatchObject({ code: 'engine-unreachable' });
});
