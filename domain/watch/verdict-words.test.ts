import { expect, test } from 'vitest';
import { noDrift, type DriftCounts } from './measurement.ts';
import { driftText, listText, numberText, ordinal, rangeText, spanText, timesText, unitText } from './verdict-words.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [14, '14'],
  [0.625, '0.625'],
  [0.6254, '0.625'],
  [0.6256, '0.626'],
  [1200.5, '1200.5'],
  [-2.25, '-2.25'],
  [0, '0'],
  [0.0004167, '0.000417'],
  [-0.0625, '-0.0625'],
])('the number %d is written %s', (value, text) => {
  expect(numberText(value)).toBe(text);
});

test.each([
  [3, '3.0'],
  [1.25, '1.25'],
  [1.23456, '1.235'],
])('%d times is written %s', (value, text) => {
  expect(timesText(value)).toBe(text);
});

test.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [10, '10th'],
  [11, '11th'],
  [12, '12th'],
  [13, '13th'],
  [14, '14th'],
  [21, '21st'],
  [22, '22nd'],
  [23, '23rd'],
  [101, '101st'],
  [111, '111th'],
  [113, '113th'],
])('place %d is the %s', (count, text) => {
  expect(ordinal(count)).toBe(text);
});

test.each([
  [0, '0 s'],
  [30_000, '30 s'],
  [minute - 1_000, '59 s'],
  [minute, '1 min'],
  [90_000, '2 min'],
  [hour, '1 h'],
  [90 * minute, '90 min'],
  [2.5 * hour, '2.5 h'],
  [24 * hour, '24 h'],
  [36 * hour, '36 h'],
  [47.25 * hour, '47.3 h'],
  [48 * hour, '48 h'],
  [49 * hour, '49 h'],
  [60.5 * hour, '2.5 days'],
  [3 * day, '3 days'],
  [7 * day, '7 days'],
])('a span of %d ms is written %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});

test('a range is written with its length, and not at all where it has none', () => {
  const range = (fromMs: number, toMs: number) => rangeText({ fromMs, toMs });
  expect(range(day, 2 * day)).toBe(' over 24 h');
  expect(range(day, day)).toBe('');
  expect(range(2 * day, day)).toBe('');
  expect(rangeText({})).toBe('');
});

test.each([
  ['perDay', ' per day'],
  ['perPersonDay', ' per person and day'],
  ['ratio', ''],
  ['gauge', ''],
  [undefined, ''],
] as const)('the unit %s is written "%s"', (unit, text) => {
  expect(unitText(unit)).toBe(text);
});

test.each<[drift: Partial<DriftCounts>, text: string]>([
  [{}, ''],
  [{ missing: 1 }, '1 missing'],
  [{ outOfBand: 2 }, '2 unreviewed'],
  [{ legacy: 1 }, '1 legacy not retired'],
  [{ content: 1 }, '1 role changed'],
  [{ content: 2 }, '2 roles changed'],
  [{ missing: 2, content: 1 }, '2 missing, 1 role changed'],
  [{ missing: 1, outOfBand: 1, legacy: 1, content: 3 }, '1 missing, 1 unreviewed, 1 legacy not retired, 3 roles changed'],
])('drift of %j is written "%s"', (drift, text) => {
  expect(driftText({ ...noDrift, ...drift })).toBe(text);
});

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
])('the list %j is written "%s"', (items, text) => {
  expect(listText(items)).toBe(text);
});
