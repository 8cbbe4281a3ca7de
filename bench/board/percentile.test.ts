import { expect, test } from 'vitest';
import { percentile } from './percentile.ts';

test.each([
  [[5], 0.95, 5],
  [[3, 1, 2], 0.5, 2],
  [Array.from({ length: 20 }, (_, at) => 20 - at), 0.95, 19],
  [Array.from({ length: 100 }, (_, at) => at + 1), 0.99, 99],
  [[1, 2], 1, 2],
])('of %j, a share of %d does not exceed %d', (values, share, expected) => {
  expect(percentile(values, share)).toBe(expected);
});

test('nothing has none', () => {
  expect(percentile([], 0.95)).toBeNaN();
});
