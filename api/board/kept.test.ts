import { expect, test } from 'vitest';
import { Kept } from './kept.ts';

test('an answer is asked for once while it is fresh, also by those who ask meanwhile', async () => {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return 'answer';
  };
  const kept = new Kept<string>(10, () => 1_000);
  expect(await Promise.all([kept.get('a', ask), kept.get('a', ask)])).toEqual(['answer', 'answer']);
  await kept.get('a', ask);
  expect(asked).toBe(1);
});

test('what was forgotten while it was asked for is asked for again', async () => {
  const kept = new Kept<number>(10, () => 1_000);
  const { promise, resolve } = Promise.withResolvers<number>();
  const before = kept.get('a', () => promise);
  kept.forget('a');
  expect(await kept.get('a', async () => 2)).toBe(2);
  resolve(1);
  expect([await before, await kept.get('a', async () => 3)]).toEqual([1, 2]);
});

test('an error is thrown to those who asked, and not kept', async () => {
  const kept = new Kept<string>(10, () => 1_000);
  await expect(kept.get('a', async () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await kept.get('a', async () => 'up')).toBe('up');
});

test('how long it is fresh is asked each time', async () => {
  let freshMs = 1_000;
  const kept = new Kept<number>(10, () => freshMs);
  await kept.get('a', async () => 1);
  freshMs = 0;
  expect(await kept.get('a', async () => 2)).toBe(2);
});
