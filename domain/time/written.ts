/**
 * Dates and durations as people write them, in a plan, a command or a request: one grammar and one set of errors. Callers add the place.
 *
 * A date is `2026-04-08`, which is that day's midnight in UTC, or an instant: `2026-04-08T18:00`, optionally with seconds and an offset, and in UTC
 * without one. A duration is a whole number and one unit.
 */
import { z } from 'zod';

/** `why` is a sentence that quotes the text: "'soon' is not a date: write …". */
export type Read = { ms: number } | { why: string };

export const dateForm = '2026-04-08 or 2026-04-08T18:00:00+02:00';
export const durationForm = '90m, 24h, 14d or 2w';
const firstMs = 0;
const lastMs = Date.UTC(2200, 11, 31, 23, 59, 59, 999);

const dateGrammar = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?(?:Z|([+-])(\d{2}):(\d{2}))?)?$/;

/** Milliseconds since 1970, of plan time where a plan has a clock. */
export function readDate(text: string): Read {
  const match = dateGrammar.exec(text.trim());
  if (!match) return notADate(text, `write ${dateForm}`);
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  const [sign, offsetHours, offsetMinutes] = [match[7] === '-' ? -1 : 1, Number(match[8] ?? 0), Number(match[9] ?? 0)];
  if (month < 1 || month > 12) return notADate(text, 'months are 01 to 12');
  const last = daysIn(year, month);
  if (day < 1 || day > last) return notADate(text, `the days of ${match[1]}-${match[2]} are 01 to ${last}`);
  // 24:00 and leap seconds are refused: write 00:00 of the next day.
  if (hours > 23 || minutes > 59 || seconds > 59) return notADate(text, 'times are 00:00:00 to 23:59:59');
  if (offsetMinutes > 59 || offsetHours * 60 + offsetMinutes > 14 * 60) return notADate(text, 'offsets are -14:00 to +14:00');
  const ms = Date.UTC(year, month - 1, day, hours, minutes, seconds) - sign * (offsetHours * 60 + offsetMinutes) * 60_000;
  // Date.UTC takes the years 0 to 99 for those of the last century.
  return year < 1970 || ms < firstMs || ms > lastMs ? notADate(text, 'dates run from 1970 to 2200') : { ms };
}

const daysIn = (year: number, month: number): number => (month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;
const longestMs = 3_660 * units.d;

/** Milliseconds; more than zero and at most ten years. */
export function readDuration(text: string): Read {
  const match = /^(\d{1,9})(s|m|h|d|w)$/.exec(text.trim());
  if (!match) return notADuration(text, `write a number and a unit, such as ${durationForm}`);
  const ms = Number(match[1]) * units[match[2] as keyof typeof units];
  if (ms === 0) return notADuration(text, 'it must be longer than zero');
  return ms > longestMs ? notADuration(text, 'the longest is 3660d') : { ms };
}

const notADate = (text: string, todo: string): Read => ({ why: `'${shortened(text)}' is not a date: ${todo}` });
const notADuration = (text: string, todo: string): Read => ({ why: `'${shortened(text)}' is not a duration: ${todo}` });
const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

const written = (read: (text: string) => Read, ofAnotherType: string) =>
  z.string(ofAnotherType).transform((text, context): number => {
    const found = read(text);
    if ('ms' in found) return found.ms;
    context.addIssue({ code: 'custom', message: found.why });
    return z.NEVER;
  });

/** A field for a date or an instant as text; the value is milliseconds since 1970. */
export const notADateText = `is not a date: write ${dateForm}`;
export const instant = written(readDate, notADateText).describe(dateForm);
/** A field for a duration as text; the value is milliseconds. */
export const notADurationText = `is not a duration: write a number and a unit, such as ${durationForm}`;
export const duration = written(readDuration, notADurationText).describe(durationForm);

/** Fields in milliseconds, with the limits of a date and of a duration. */
export const instantMs = z.int().min(firstMs, 'is out of range: dates run from 1970 to 2200').max(lastMs, 'is out of range: dates run from 1970 to 2200');
export const durationMs = z.int().positive('is out of range: it must be longer than zero').max(longestMs, 'is out of range: the longest is 3660d');
