import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { baselineRange, covers, evaluationRange, lookbackOf, measured, type Reading } from './time-base.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-04-08T00:00:00Z');
const daily = { every: day };
const rate = { kind: 'rate', delay: 0 } as const;
const overDays = (days: number) => ({ fromMs: start, toMs: start + days * day });

describe('a reading in its unit', () => {
  test.each<[string, Parameters<typeof measured>[0], Reading, number, object | undefined]>([
    ['a rate, per day', { kind: 'rate' }, { count: 30 }, 3, { value: 10, unit: 'perDay', n: 30, count: 30 }],
    ['a rate over a part of a day', { kind: 'rate' }, { count: 5 }, 0.5, { value: 10, unit: 'perDay', n: 5, count: 5 }],
    ['a rate per person and day', { kind: 'rate', per: 'person-day' }, { count: 30 }, 3, { value: 2.5, unit: 'perPersonDay', n: 30, count: 30 }],
    ['nothing counted', { kind: 'rate' }, { count: 0 }, 1, { value: 0, unit: 'perDay', n: 0, count: 0 }],
    ['a ratio', { kind: 'ratio' }, { count: 10, of: 40 }, 1, { value: 0.25, unit: 'ratio', n: 40, count: 10 }],
    ['a ratio of nothing', { kind: 'ratio' }, { count: 0, of: 0 }, 1, undefined],
    ['a gauge', { kind: 'gauge' }, { value: -3.5 }, 0, { value: -3.5, unit: 'gauge' }],
    ['a number that is in its unit already, with its sample', { kind: 'ratio' }, { value: 0.9, n: 20 }, 1, { value: 0.9, unit: 'ratio', n: 20 }],
  ])('%s', (_what, metric, reading, days, expected) => {
    expect(measured(metric, reading, overDays(days), 4)).toEqual(expected);
  });

  test('a rate per person and day of nobody is no data', () => {
    expect(measured({ kind: 'rate', per: 'person-day' }, { count: 3 }, overDays(1), 0)).toBeUndefined();
  });

  test.each<[Parameters<typeof measured>[0], Reading, string]>([
    [{ kind: 'ratio' }, { count: 75, of: 40 }, '`count` is 75 and `of` is 40: a ratio is a part of a whole'],
    [{ kind: 'ratio' }, { count: 0.75, of: 1 }, '`count` is 0.75, which is not a whole number'],
    [{ kind: 'ratio' }, { count: -1, of: 4 }, '`count` is -1: nothing is counted below 0'],
    [{ kind: 'ratio' }, { count: 1, of: Number.NaN }, '`of` is NaN, which is not a whole number'],
    [{ kind: 'ratio' }, { count: 4 }, 'it returned count, and a ratio returns `count` and `of`'],
    [{ kind: 'rate' }, { count: 4, of: 5 }, 'it returned count and of, and a rate returns `count`'],
    [{ kind: 'gauge' }, { count: 4 }, 'it returned count, and a gauge returns `value`'],
    [{ kind: 'ratio' }, { value: 25 }, 'it returned 25, and a ratio lies between 0 and 1'],
    [{ kind: 'rate' }, { value: -1 }, 'it returned -1, and a rate is never below 0'],
    [{ kind: 'gauge' }, { value: Number.POSITIVE_INFINITY }, 'not a finite number'],
  ])('%o cannot be %o', (metric, reading, words) => {
    expect(() => measured(metric, reading, overDays(1), 4)).toThrow(words);
  });

  test('an unchanged rate is the same number over any range, and a tenfold one is ten times that', () => {
    const hours = fc.integer({ min: 1, max: 24 * 60 });
    fc.assert(
      fc.property(hours, hours, fc.integer({ min: 1, max: 1_000 }), (before, after, perHour) => {
        const of = (length: number, times: number) =>
          measured(rate, { count: perHour * length * times }, { fromMs: start, toMs: start + length * hour }, 1)?.value ?? Number.NaN;
        expect(of(after, 1)).toBeCloseTo(of(before, 1), 6);
        expect(of(after, 10) / of(before, 1)).toBeCloseTo(10, 6);
      }),
    );
  });
});

describe('the range of an evaluation', () => {
  test('is the metric’s lookback whatever the evaluation is for, and by default the time from one evaluation to the next', () => {
    expect(lookbackOf(rate, { every: 7 * hour })).toBe(7 * hour);
    expect(evaluationRange({ ...rate, lookback: 2 * day }, daily, start + 30 * day, start)).toEqual({
      fromMs: start + 28 * day,
      toMs: start + 30 * day,
      lookbackMs: 2 * day,
    });
  });

  test('ends the delay before the evaluation is due, so that rows that arrive late are counted', () => {
    expect(evaluationRange({ ...rate, delay: 36 * hour }, daily, start + 4 * day, start)).toEqual({
      fromMs: start + 1.5 * day,
      toMs: start + 2.5 * day,
      lookbackMs: day,
    });
  });

  test('never begins before go-live, and is empty where its data is still to arrive', () => {
    expect(evaluationRange(rate, daily, start + 5_000, start)).toEqual({ fromMs: start, toMs: start + 5_000, lookbackMs: day });
    expect(evaluationRange({ ...rate, delay: day }, daily, start + hour, start)).toEqual({
      fromMs: start - 23 * hour,
      toMs: start - 23 * hour,
      lookbackMs: day,
    });
  });

  test('of a gauge is an instant, unless it looks back', () => {
    expect(evaluationRange({ kind: 'gauge', delay: 0 }, daily, start + day, start)).toEqual({ fromMs: start + day, toMs: start + day, lookbackMs: 0 });
    expect(evaluationRange({ kind: 'gauge', delay: 0, lookback: hour }, daily, start + day, start)).toMatchObject({ fromMs: start + day - hour });
  });

  test('covers the lookback exactly where the whole of it lies after go-live', () => {
    const length = fc.integer({ min: 1, max: 60 * 24 }).map((hours) => hours * hour);
    fc.assert(
      fc.property(length, fc.nat({ max: 48 }), length, (lookback, delayHours, after) => {
        const metric = { ...rate, lookback, delay: delayHours * hour };
        const range = evaluationRange(metric, daily, start + after, start);
        expect(range.fromMs).toBeLessThanOrEqual(range.toMs);
        expect(covers(range, start)).toBe(after >= lookback + metric.delay);
        if (covers(range, start)) expect(range.toMs - range.fromMs).toBe(lookback);
      }),
    );
  });

  test('covers it although a demonstration’s clock gives fractions of a millisecond', () => {
    expect(covers({ toMs: start + day - 0.4, lookbackMs: day }, start)).toBe(true);
  });
});

describe('a baseline', () => {
  test('counts over two weeks at least, ends the delay before now, and reads a gauge as an evaluation does', () => {
    expect(baselineRange({ ...rate, delay: day }, daily, start)).toEqual({ fromMs: start - 15 * day, toMs: start - day });
    expect(baselineRange({ ...rate, lookback: 30 * day }, daily, start)).toEqual({ fromMs: start - 30 * day, toMs: start });
    expect(baselineRange({ kind: 'gauge', delay: 0 }, daily, start)).toEqual({ fromMs: start, toMs: start });
    expect(baselineRange({ kind: 'gauge', delay: 0, lookback: day }, daily, start)).toEqual({ fromMs: start - day, toMs: start });
  });
});
