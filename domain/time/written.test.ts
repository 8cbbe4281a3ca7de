import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertReaching } from '../../test/support/reaching.ts';
import { durationText } from './duration.ts';
import { instantText } from './instant.ts';
import { duration, durationMs, instant, instantMs, readDate, readDuration } from './written.ts';

const at = (...parts: [number, number, number, number?, number?, number?]) => ({ ms: Date.UTC(...parts) });

describe('a date', () => {
  test.each([
    ['2026-04-08', at(2026, 3, 8)],
    [' 2026-04-08 ', at(2026, 3, 8)],
    ['2028-02-29', at(2028, 1, 29)],
    ['2000-02-29', at(2000, 1, 29)],
    ['2026-04-08T18:00', at(2026, 3, 8, 18)],
    ['2026-04-08T18:00:07', at(2026, 3, 8, 18, 0, 7)],
    ['2026-04-08T18:00:07Z', at(2026, 3, 8, 18, 0, 7)],
    ['2026-04-08T18:00+02:00', at(2026, 3, 8, 16)],
    ['2026-04-08T00:30+02:00', at(2026, 3, 7, 22, 30)],
    ['2026-12-31T23:59:59-14:00', at(2027, 0, 1, 13, 59, 59)],
    ['2026-04-08T18:00-00:30', at(2026, 3, 8, 18, 30)],
    ['1970-01-01', { ms: 0 }],
    ['2200-12-31T23:59:59Z', at(2200, 11, 31, 23, 59, 59)],
  ])('%s is read in UTC where it names no offset', (text, read) => {
    expect(readDate(text)).toEqual(read);
  });

  test.each([
    ['2026-02-31', 'the days of 2026-02 are 01 to 28'],
    ['2026-04-31T18:00Z', 'the days of 2026-04 are 01 to 30'],
    ['2100-02-29', 'the days of 2100-02 are 01 to 28'],
    ['2026-04-00', 'the days of 2026-04 are 01 to 30'],
    ['2026-12-32', 'the days of 2026-12 are 01 to 31'],
    ['2026-13-01', 'months are 01 to 12'],
    ['2026-00-10', 'months are 01 to 12'],
    ['2026-04-08T25:00', 'times are 00:00:00 to 23:59:59'],
    ['2026-04-08T24:00', 'times are 00:00:00 to 23:59:59'],
    ['2026-04-08T18:60', 'times are 00:00:00 to 23:59:59'],
    ['2026-12-31T23:59:60Z', 'times are 00:00:00 to 23:59:59'],
    ['2026-04-08T18:00+14:01', 'offsets are -14:00 to +14:00'],
    ['2026-04-08T18:00-25:00', 'offsets are -14:00 to +14:00'],
    ['2026-04-08T18:00+02:60', 'offsets are -14:00 to +14:00'],
    ['1969-12-31', 'dates run from 1970 to 2200'],
    ['0026-04-08', 'dates run from 1970 to 2200'],
    ['1970-01-01T00:00+01:00', 'dates run from 1970 to 2200'],
    ['2200-12-31T23:59:59-01:00', 'dates run from 1970 to 2200'],
  ])('%s is refused: %s', (text, why) => {
    expect(readDate(text)).toEqual({ why: `'${text}' is not a date: ${why}` });
  });

  test.each([
    'next tuesday',
    '',
    '2026-4-8',
    '8.4.2026',
    '04/08/2026',
    '20260408',
    '2026-04-08T18',
    '2026-04-08 18:00',
    '2026-04-08T18:00 +02:00',
    '2026-04-08T18:00+0200',
    '2026-04-08T18:00+02',
    '2026-04-08t18:00z',
    '2026-04-08Z',
    '2026-04-08T18:00:07.5Z',
    '+012026-04-08',
    '-2026-04-08',
    '12026-04-08',
    '2026-W15-3',
    '٢٠٢٦-04-08',
    '1775664000000',
    '2026-04-08\n2026-04-09',
  ])('%j is not a date, and the error shows the valid forms', (text) => {
    expect(readDate(text)).toEqual({ why: `'${text}' is not a date: write 2026-04-08 or 2026-04-08T18:00:00+02:00` });
  });

  test('is valid exactly when it is on the calendar', () => {
    const numbers = fc.tuple(fc.integer({ min: 1970, max: 2200 }), fc.integer({ min: 0, max: 19 }), fc.integer({ min: 0, max: 39 }));
    fc.assert(
      fc.property(numbers, ([year, month, day]) => {
        const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
        const date = new Date(Date.UTC(year, month - 1, day));
        const isOnCalendar = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        expect(readDate(text)).toEqual(isOnCalendar ? { ms: date.getTime() } : { why: expect.stringContaining(`'${text}' is not a date: `) });
      }),
      { numRuns: 1_000 },
    );
  });

  test('is the same instant under every offset', () => {
    fc.assert(
      fc.property(fc.integer({ min: 86_400, max: 7_280_000_000 }), fc.integer({ min: -14 * 60, max: 14 * 60 }), (seconds, offset) => {
        const local = new Date((seconds + offset * 60) * 1_000).toISOString().slice(0, 19);
        const [hours, minutes] = [Math.trunc(Math.abs(offset) / 60), Math.abs(offset) % 60].map((part) => String(part).padStart(2, '0'));
        expect(readDate(`${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`)).toEqual({ ms: seconds * 1_000 });
      }),
    );
  });

  test('is shown again as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 84_000 }), (day) => {
        const text = instantText(day * 86_400_000);
        expect(readDate(text)).toEqual({ ms: day * 86_400_000 });
      }),
    );
  });
});

describe('a duration', () => {
  test.each([
    ['14d', 1_209_600_000],
    ['2w', 1_209_600_000],
    ['90m', 5_400_000],
    ['24h', 86_400_000],
    ['2s', 2_000],
    [' 7d ', 604_800_000],
    ['007d', 604_800_000],
    ['3660d', 316_224_000_000],
  ])('%s is %d milliseconds', (text, ms) => {
    expect(readDuration(text)).toEqual({ ms });
  });

  test.each(['', '14', 'd', '1.5h', '-1d', '+1d', '1 d', '1D', '1y', '1ms', '14d12h', 'P14D', '1e3s', '1_000s', '١٤d', '1000000000s'])(
    '%j is not a duration, and the error shows the valid forms',
    (text) => {
      expect(readDuration(text)).toEqual({ why: `'${text}' is not a duration: write a number and a unit, such as 90m, 24h, 14d or 2w` });
    },
  );

  test.each([
    ['0d', 'it must be longer than zero'],
    ['3661d', 'the longest is 3660d'],
    ['523w', 'the longest is 3660d'],
    ['999999999w', 'the longest is 3660d'],
  ])('%s is refused: %s', (text, why) => {
    expect(readDuration(text)).toEqual({ why: `'${text}' is not a duration: ${why}` });
  });

  test('that durationText wrote is read back unchanged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_660 * 86_400 }), (seconds) => {
        expect(readDuration(durationText(seconds * 1_000))).toEqual({ ms: seconds * 1_000 });
      }),
    );
  });
});

test('any text is read, or refused in one sentence that quotes it and fits on a line', () => {
  const nearly = fc.stringMatching(/^ ?\d{1,4}(s|m|h|d|w)$|^(19[6-9]|20\d|99)\d-[01]\d-[0-3]\d(T[0-2]\d:[0-6]\d(:[0-6]\d)?(Z|[+-][01]\d:[0-6]\d)?)?$/);
  const drawn = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), nearly);
  for (const read of [readDate, readDuration]) {
    assertReaching(drawn, ['read', 'refused'], (text) => {
      const answer = read(text);
      if ('ms' in answer) expect(answer.ms).toSatisfy(Number.isSafeInteger);
      else expect(answer.why.length).toBeLessThan(150);
      return 'ms' in answer ? 'read' : 'refused';
    });
  }
});

describe('as fields', () => {
  const said = (schema: { safeParse: typeof instant.safeParse }, given: unknown) => {
    const read = schema.safeParse(given);
    return read.success ? read.data : read.error.issues.map(({ message }) => message);
  };
  test('they follow the same rules and refuse values that are not text', () => {
    expect([said(instant, '2026-04-08'), said(duration, '2w')]).toEqual([Date.UTC(2026, 3, 8), 1_209_600_000]);
    expect(said(instant, '2026-02-31')).toEqual(["'2026-02-31' is not a date: the days of 2026-02 are 01 to 28"]);
    expect(said(instant, 20260408)).toEqual(['is not a date: write 2026-04-08 or 2026-04-08T18:00:00+02:00']);
    expect(said(duration, null)).toEqual(['is not a duration: write a number and a unit, such as 90m, 24h, 14d or 2w']);
  });
  test.each([-1, Date.UTC(10_000, 0, 1), 1.5, Number.NaN, Infinity])('%d milliseconds are not a date', (ms) => {
    expect(instantMs.safeParse(ms).success).toBe(false);
  });
  test.each([0, -1, 3_661 * 86_400_000, 0.5])('%d milliseconds are not a duration', (ms) => {
    expect(durationMs.safeParse(ms).success).toBe(false);
  });
  test('in milliseconds they have the same limits as in text', () => {
    expect([instantMs.safeParse(0).success, instantMs.safeParse(Date.UTC(2200, 11, 31)).success, durationMs.safeParse(3_660 * 86_400_000).success]).toEqual(
      Array(3).fill(true),
    );
  });
});
