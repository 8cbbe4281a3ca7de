import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inText, lengthText } from './times.ts';

const [s, min, h, d] = [1_000, 60_000, 3_600_000, 86_400_000];

test.each([
  [0, '0 s'],
  [23 * s, '23 s'],
  [90 * s, '1 min 30 s'],
  [59 * min + 59.6 * s, '1 h'],
  [36 * h, '1 d 12 h'],
  [14 * d, '14 d'],
  [14 * d + 3 * s, '14 d'],
  [14 * d + 2 * h + 20 * min, '14 d 2 h'],
  [23 * h + 59 * min + 50 * s, '1 d'],
])('%d ms take %s', (ms, text) => {
  expect(lengthText(ms)).toBe(text);
});

test('no length is thousands of a unit that has a larger one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 400 * d }), (ms) => {
      const numbers = [...lengthText(ms).matchAll(/(\d+) (h|min|s)\b/g)].map(([, number, unit]) => [Number(number), unit] as const);
      for (const [number, unit] of numbers) expect(number).toBeLessThan(unit === 'h' ? 24 : 60);
    }),
  );
});

test.each([
  [-1, 'due'],
  [23 * s, 'in 23 s'],
  [90 * s, 'in 2 min'],
  [5 * h, 'in 5 h'],
  [d, 'in 1 day'],
  [30 * h, 'in 30 h'],
  [9.4 * d, 'in 9 days'],
])('what comes %d ms later is %s', (ms, text) => {
  expect(inText(ms)).toBe(text);
});
