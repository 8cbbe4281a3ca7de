import { describe, expect, test, vi } from 'vitest';
import { Kept } from './kept.ts';

test('an answer is asked for once while it is fresh, also by those who ask meanwhile', async () => {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return 'answer';
  };
  const kept = new Kept<string>(10, { fresh: () => 1_000 });
  expect(await Promise.all([kept.get('a', ask), kept.get('a', ask)])).toEqual(['answer', 'answer']);
  await kept.get('a', ask);
  expect(asked).toBe(1);
});

test('what was forgotten while it was asked for is asked for again', async () => {
  const kept = new Kept<number>(10, { fresh: () => 1_000 });
  const { promise, resolve } = Promise.withResolvers<number>();
  const before = kept.get('a', () => promise);
  kept.forget('a');
  expect(await kept.get('a', async () => 2)).toBe(2);
  resolve(1);
  expect([await before, await kept.get('a', async () => 3)]).toEqual([1, 2]);
});

test('an error is thrown to those who asked, and not kept', async () => {
  const kept = new Kept<string>(10, { fresh: () => 1_000 });
  await expect(kept.get('a', async () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await kept.get('a', async () => 'up')).toBe('up');
});

test('how long it is fresh is asked each time', async () => {
  let freshMs = 1_000;
  const kept = new Kept<number>(10, { fresh: () => freshMs });
  await kept.get('a', async () => 1);
  freshMs = 0;
  expect(await kept.get('a', async () => 2)).toBe(2);
});

describe('what is no longer fresh, but is still given', () => {
  const given = { fresh: () => 0, given: () => 1_000 };
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('is given at once, asked for once in the background, and told where it is something else', async () => {
    const told = vi.fn<(key: string) => void>();
    const kept = new Kept<number>(10, given, told);
    await kept.get('a', async () => 1);
    const ask = vi.fn<() => Promise<number>>(async () => 2);
    expect(await Promise.all([kept.get('a', ask), kept.get('a', ask)])).toEqual([1, 1]);
    await settled();
    expect([ask.mock.calls.length, told.mock.calls]).toEqual([1, [['a']]]);
    expect(await kept.get('a', async () => 2)).toBe(2);
    await settled();
    expect(told).toHaveBeenCalledTimes(1);
  });

  test('is forgotten when asking fails, so that the next one learns why', async () => {
    const told = vi.fn<(key: string) => void>();
    const kept = new Kept<number>(10, given, told);
    await kept.get('a', async () => 1);
    expect(await kept.get('a', async () => Promise.reject(new Error('down')))).toBe(1);
    await settled();
    expect(told).toHaveBeenCalledWith('a');
    await expect(kept.get('a', async () => Promise.reject(new Error('still down')))).rejects.toThrow('still down');
  });

  test('does not come back after it was forgotten meanwhile', async () => {
    const kept = new Kept<number>(10, given);
    await kept.get('a', async () => 1);
    const { promise, resolve } = Promise.withResolvers<number>();
    await kept.get('a', () => promise);
    kept.forget('a');
    expect(await kept.get('a', async () => 3)).toBe(3);
    resolve(2);
    await settled();
    expect(await kept.get('a', async () => 4)).toBe(3);
  });

  test('is not given for longer', async () => {
    const kept = new Kept<number>(10, { fresh: () => 0, given: () => 0 });
    await kept.get('a', async () => 1);
    expect(await kept.get('a', async () => 2)).toBe(2);
  });

  test('is asked for a few at a time, and all of it in the end', async () => {
    let [running, most, asked] = [0, 0, 0];
    const kept = new Kept<number>(100, given);
    const keys = Array.from({ length: 20 }, (_, at) => String(at));
    for (const key of keys) await kept.get(key, async () => 1);
    const ask = async () => {
      asked += 1;
      most = Math.max(most, (running += 1));
      await settled();
      running -= 1;
      return 2;
    };
    await Promise.all(keys.map((key) => kept.get(key, ask)));
    await vi.waitFor(() => expect(asked).toBe(20));
    expect(most).toBe(4);
  });
});
