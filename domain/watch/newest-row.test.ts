import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLate, newestRow } from './newest-row.ts';

const hour = 3_600_000;
const day = 24 * hour;
const month = 30 * day;
const within = (agesMs: number[], spanMs: number): number => agesMs.filter((age) => age < spanMs).length;
const rate =
  (...agesMs: number[]) =>
  async (spanMs: number) => ({ count: within(agesMs, spanMs) });

describe('the age of the newest row', () => {
  test('is found within a few percent, whatever it is, by a few questions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: month - 1 }), { minLength: 1, maxLength: 5 }), async (ages) => {
        let asked = 0;
        const read = rate(...ages);
        const found = await newestRow((span) => {
          asked += 1;
          return read(span);
        }, month);
        const newest = Math.min(...ages);
        expect(found?.rows).toBe(ages.length);
        expect(found?.ageMs).toBeGreaterThanOrEqual(newest);
        expect(found?.ageMs).toBeLessThanOrEqual(Math.max(1_000, newest * 1.035 + 1));
        expect(asked).toBeLessThan(24);
      }),
    );
  });

  test('is unknown where there is no row', async () => {
    expect(await newestRow(rate(), month)).toBeUndefined();
    expect(await newestRow(async () => undefined, month)).toBeUndefined();
    expect(await newestRow(async () => ({ value: 9 }), month)).toBeUndefined();
  });

  test('counts what a ratio is of, whether or not it counts any of it', async () => {
    const failures = async (spanMs: number) => ({ count: 0, of: within([3 * day, 5 * day], spanMs) });
    expect(await newestRow(failures, month)).toMatchObject({ rows: 2 });
    expect((await newestRow(failures, month))!.ageMs / day).toBeCloseTo(3, 0);
  });

  test('of a ratio of people is that of what they did', async () => {
    const adoption = async (spanMs: number) => ({ count: within([3 * day], spanMs), of: 8 });
    expect(await newestRow(adoption, month)).toMatchObject({ rows: 1 });
    expect((await newestRow(adoption, month))!.ageMs / day).toBeCloseTo(3, 0);
    expect(await newestRow(async () => ({ count: 0, of: 8 }), month)).toBeUndefined();
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
