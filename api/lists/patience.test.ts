import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../errors.ts';
import { patience } from './patience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<string>(() => undefined);
const silent = async () => Promise.reject(new Problem('no-worker', 'nobody answers'));

test('what answers is passed on, and what does not is said to be silent after its time', async () => {
  const ask = patience({ perRowMs: 3_000, inAllMs: 9_000 });
  expect(await ask(async () => 'here')).toEqual({ answered: 'here' });
  expect(await ask(async () => undefined)).toEqual({ answered: undefined });
  expect(await ask(silent)).toEqual({ unanswered: true });
  const waiting = ask(never);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await waiting).toEqual({ unanswered: true });
});

test('a list waits only so long in all, however many are silent', async () => {
  const ask = patience({ perRowMs: 3_000, inAllMs: 5_000 });
  const asked = vi.fn<() => Promise<string>>(never);
  const rows = (async () => {
    const found = [];
    for (let row = 0; row < 50; row += 1) found.push(await ask(asked));
    return found;
  })();
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await rows).toHaveLength(50);
  expect(asked).toHaveBeenCalledTimes(2);
});

test('any other failure is no silence', async () => {
  const ask = patience();
  await expect(ask(async () => Promise.reject(new Problem('engine-unreachable', 'gone')))).rejects.toMatchObject({ code: 'engine-unreachable' });
});
