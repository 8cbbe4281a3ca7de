import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { periodLengths } from '../views/leadership.ts';
import { boundsOf, mostPeriods, periodOf, rangeOf, startOf, whyNoRange } from './periods.ts';

const dayMs = 86_400_000;
const ms = (text: string) => Date.parse(text);
const text = (at: number) => new Date(at).toISOString().slice(0, 10);

test.each([
  ['2026-04-08T18:00Z', 'week', '2026-04-06'],
  ['2026-04-06', 'week', '2026-04-06'],
  ['2026-04-05T23:59Z', 'week', '2026-03-30'],
  ['1970-01-01', 'week', '1969-12-29'],
  ['2026-04-30T23:59Z', 'month', '2026-04-01'],
  ['2026-01-01', 'month', '2026-01-01'],
] as const)('%s is in the %s that begins on %s', (at, period, start) => {
  expect(text(startOf(ms(at), period))).toBe(start);
});

describe('what is reported where nobody says', () => {
  test('from the period in which anything happened first to the end of today', () => {
    const { fromMs, untilMs } = rangeOf({ period: 'week' }, ms('2026-04-08T18:00Z'), ms('2026-04-20T10:00Z'));
    expect([text(fromMs), text(untilMs)]).toEqual(['2026-04-06', '2026-04-21']);
  });
  test('at most half a year of weeks, and two years of months', () => {
    const first = ms('2020-01-01');
    expect(text(rangeOf({ period: 'week' }, first, ms('2026-04-20')).fromMs)).toBe('2025-10-27');
    expect(text(rangeOf({ period: 'month' }, first, ms('2026-04-20')).fromMs)).toBe('2024-05-01');
  });
  test('the last four weeks where nothing happened', () => {
    expect(text(rangeOf({ period: 'week' }, undefined, ms('2026-04-20')).fromMs)).toBe('2026-03-23');
  });
  test('the last day is in it, all of it', () => {
    const { fromMs, untilMs } = rangeOf({ fromMs: ms('2026-04-08'), toMs: ms('2026-04-10'), period: 'week' }, undefined, 0);
    expect([text(fromMs), text(untilMs)]).toEqual(['2026-04-08', '2026-04-11']);
  });
});

test.each([
  [{ fromMs: 10 * dayMs, untilMs: 10 * dayMs, period: 'week' }, 'is after the end of the report: give a `from` that is not after `to`'],
  [{ fromMs: 0, untilMs: (mostPeriods + 1) * 7 * dayMs, period: 'week' }, 'gives more than 60 weeks: give a later one, or period=month'],
  [{ fromMs: 0, untilMs: 70 * 28 * dayMs, period: 'month' }, 'gives more than 60 months: give a later one'],
  [{ fromMs: 0, untilMs: mostPeriods * 7 * dayMs, period: 'week' }, undefined],
] as const)('%j: %s', (range, why) => {
  expect(whyNoRange(range)).toBe(why);
});

test('every instant of the range is in exactly one period, and no other is in any', () => {
  const day = fc.integer({ min: 0, max: 30_000 });
  fc.assert(
    fc.property(
      day,
      fc.integer({ min: 1, max: 400 }),
      fc.constantFrom(...periodLengths),
      fc.integer({ min: -1_000, max: 1_000 }),
      (first, days, period, hours) => {
        const range = { fromMs: first * dayMs, untilMs: (first + days) * dayMs, period };
        const bounds = boundsOf(range);
        expect(bounds).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
        expect([bounds[0], bounds.at(-1)]).toEqual([range.fromMs, range.untilMs]);
        const at = range.fromMs + hours * 3_600_000;
        const found = periodOf(at, bounds);
        if (at < range.fromMs || at >= range.untilMs) expect(found).toBeUndefined();
        else expect(at >= bounds[found!]! && at < bounds[found! + 1]!).toBe(true);
      },
    ),
  );
});
