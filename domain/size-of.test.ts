import { expect, test } from 'vitest';
import { sizeOf } from './size-of.ts';

test.each<[unknown, number]>([
  [1, 16],
  [null, 16],
  ['four', 20],
  [['four', 'four'], 56],
  [{ key: 'four' }, 39],
])('%j takes %d bytes', (value, size) => expect(sizeOf(value)).toBe(size));

test('one text that is in it twice counts twice, and no more is counted than is asked for', () => {
  const text = 'x'.repeat(1_000);
  expect(sizeOf([text, text])).toBe(2_048);
  expect(sizeOf(Array<string>(1_000).fill(text), 5_000)).toBeLessThan(7_000);
});
