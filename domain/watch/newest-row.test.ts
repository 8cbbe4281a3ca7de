import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLate, newestRowAge, rowsOf } from './newest-row.ts';

const hour = 3_600_000;
const day = 24 * hour;
const month = 30 * day;
const rowsAged =
  (...agesMs: number[]) =>
  async (spanMs: number) =>
    agesMs.filter((age) => age < spanMs).length;

describe('the age of the newest row', () => {
  test('is found within a few percent, whatever it is, by a few questions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: month - 1 }), { minLength: 1, maxLength: 5 }), async (ages) => {
        let asked = 0;
        const rows = rowsAged(...ages);
        const found = await newestRowAge((span) => {
          asked += 1;
          return rows(span);
        }, month);
        const newest = Math.min(...ages);
        expect(found).toBeGreaterThanOrEqual(newest);
        expect(found).toBeLessThanOrEqual(Math.max(1_000, newest * 1.035 + 1));
        expect(asked).toBeLessThan(24);
      }),
    );
  });

  test('is unknown where there is no row', async () => {
    expect(await newestRowAge(rowsAged(), month)).toBeUndefined();
  });

  test('counts what a ratio is of, what a rate counts, and nothing of a gauge', () => {
    expect([rowsOf({ count: 0, of: 7 }), rowsOf({ count: 3 }), rowsOf({ value: 9 })]).toEqual([7, 3, 0]);
  });
});

test.each([
  ['ten rows a day, the newest a day and a half old', { ageMs: 1.5 * day, rows: 140 }, true],
  ['the same with a delay that allows for it', { ageMs: 1.5 * day, rows: 140, delayMs: 1.5 * day }, false],
  ['ten rows a day, the newest five hours old', { ageMs: 5 * hour, rows: 140 }, false],
  ['thousands of rows a day, the newest ten minutes old', { ageMs: hour / 6, rows: 140_000 }, false],
  ['thousands of rows a day, the newest two hours old', { ageMs: 2 * hour, rows: 140_000 }, true],
  ['two rows in two weeks, the newest ten days old', { ageMs: 10 * day, rows: 2 }, false],
])('whether rows arrive late is told by how often there are any: %s', (_what, found, late) => {
  expect(isLate({ delayMs: 0, lookbackMs: day, rangeMs: 14 * day, ...found })).toBe(late);
});
