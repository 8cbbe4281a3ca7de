import { expect, test } from 'vitest';
import { durationMs, durationText } from './duration.ts';

test.each([
  ['14d', 1_209_600_000],
  ['2w', 1_209_600_000],
  ['90m', 5_400_000],
  ['24h', 86_400_000],
  ['2s', 2_000],
  [' 7d ', 604_800_000],
  ['3660d', 316_224_000_000],
])('%s is %d milliseconds', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '14', 'd', '1.5h', '-1d', '0d', '1 d', '1D', '1y', '14d12h', '3661d', '1000000s', '1e3s', '١٤d'])('%j is no duration', (text) => {
  expect(durationMs(text)).toBeUndefined();
});

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
