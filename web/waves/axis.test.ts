import { describe, expect, test } from 'vitest';
import { addressOfShown, axisOf, placeOf, shownIn, stretchOn, ticksOf } from './axis.ts';

const at = (day: string) => Date.parse(day);
const now = at('2026-04-15T10:00:00Z');
const nothing = { fromMs: undefined, weeks: undefined };
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

test('begins on a Monday shortly before now, and has room for what is planned', () => {
  const empty = axisOf(nothing, now, []);
  expect([day(empty.fromMs), empty.weeks]).toEqual(['2026-04-06', 4]);
  const waves = [{ window: { fromMs: at('2026-05-20'), untilMs: at('2026-06-02') }, packages: [] }] as unknown as Parameters<typeof axisOf>[2];
  expect(axisOf(nothing, now, waves).weeks).toBe(13);
  expect(axisOf({ fromMs: at('2026-06-03'), weeks: 4 }, now, waves)).toEqual({ fromMs: at('2026-06-01'), untilMs: at('2026-06-29'), weeks: 4 });
});

test('where nothing is ahead, what was last is shown', () => {
  const over = (from: string, until: string) => ({
    packages: [{ goLiveMs: at(from), released: true, watch: { fromMs: at(from), untilMs: at(until), runs: false } }],
  });
  const waves = [over('2026-01-08', '2026-01-22'), over('2026-02-02', '2026-02-16')] as unknown as Parameters<typeof axisOf>[2];
  const { fromMs, untilMs, weeks } = axisOf(nothing, now, waves);
  expect([day(fromMs), day(untilMs), weeks]).toEqual(['2026-01-05', '2026-03-02', 8]);
});

test('an instant has its place, and a stretch the part that is on the axis', () => {
  const axis = axisOf({ fromMs: at('2026-04-06'), weeks: 4 }, now, []);
  expect([placeOf(axis, axis.fromMs), placeOf(axis, at('2026-04-20')), placeOf(axis, at('2027-01-01'))]).toEqual([0, 50, 100]);
  expect(stretchOn(axis, { fromMs: at('2026-03-01'), untilMs: at('2026-04-13') })).toEqual({ from: 0, width: 25 });
  expect(stretchOn(axis, { fromMs: at('2026-03-01'), untilMs: at('2026-04-05') })).toBeUndefined();
  expect(ticksOf(axis).map(day)).toEqual(['2026-04-06', '2026-04-13', '2026-04-20', '2026-04-27']);
});

describe('the address has what is shown', () => {
  test.each([
    ['', '/waves'],
    ['?from=2026-06-01', '/waves?from=2026-06-01'],
    ['?from=2026-06-01&weeks=8', '/waves?from=2026-06-01&weeks=8'],
    ['?from=someday&weeks=9', '/waves'],
  ])('%s', (query, address) => {
    expect(addressOfShown('/waves', shownIn(new URLSearchParams(query)))).toBe(address);
  });
});
