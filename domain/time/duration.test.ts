import { expect, test } from 'vitest';
import { durationText } from './duration.ts';

test.each([
  [1_209_600_000, '14d'],
  [5_400_000, '90m'],
  [3_600_000, '1h'],
  [86_400_000, '1d'],
  [61_000, '61s'],
  [1_499, '1s'],
  [0, '0s'],
])('%d milliseconds are written %s', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});
