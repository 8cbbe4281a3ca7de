import { expect, test } from 'vitest';
import { durationInWords, durationText, everyInWords, timesInWords } from './duration.ts';

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

test.each([
  [1_209_600_000, '14 days', 'every 14 days'],
  [86_400_000, '1 day', 'every day'],
  [3_600_000, '1 hour', 'every hour'],
  [5_400_000, '90 minutes', 'every 90 minutes'],
  [0, '0 seconds', 'every 0 seconds'],
])('%d milliseconds are %s in a sentence, and %s', (ms, text, every) => {
  expect([durationInWords(ms), everyInWords(ms)]).toEqual([text, every]);
});

test('how often is said in words', () => {
  expect([0, 1, 2, 3].map(timesInWords)).toEqual(['never', 'once', 'twice', '3 times']);
});
