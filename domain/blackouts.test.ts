import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { blackoutAt, blackoutBegunBetween, nextBlackoutMs, stretchAt, stretchesOf } from './blackouts.ts';
import type { BlackoutTimes } from './plan/section.ts';
import { workMs } from '../test/support/work.ts';

const blackout = (id: string, from: number, until: number, packages?: string[]): BlackoutTimes => ({
  id,
  from,
  until,
  ...(packages ? { packages } : {}),
});

test('a blackout includes its beginning but not its end', () => {
  const close = [blackout('close', 10, 20)];
  expect(blackoutAt(close, 'any', 9)).toBeUndefined();
  expect(blackoutAt(close, 'any', 10)).toEqual({ id: 'close', sinceMs: 10, untilMs: 20 });
  expect(blackoutAt(close, 'any', 19)).toBeDefined();
  expect(blackoutAt(close, 'any', 20)).toBeUndefined();
});

test('a plan without blackouts has none', () => {
  expect(blackoutAt([], 'any', 10)).toBeUndefined();
});

test('a blackout of some packages applies only to those', () => {
  const close = [blackout('close', 10, 20, ['finance'])];
  expect(blackoutAt(close, 'finance', 15)).toBeDefined();
  expect(blackoutAt(close, 'warehouse', 15)).toBeUndefined();
});

test('blackouts that touch or overlap are one, named after the one that ends last', () => {
  const all = [
    blackout('close', 10, 20),
    blackout('audit', 18, 25),
    blackout('holiday', 25, 40),
    blackout('later', 41, 50),
    blackout('other', 40, 90, ['else']),
  ];
  for (const at of [10, 19, 24, 39]) expect(blackoutAt(all, 'finance', at)).toEqual({ id: 'holiday', sinceMs: 10, untilMs: 40 });
});

test('the next blackout is the first that concerns the package and has not begun', () => {
  const all = [blackout('begun', 10, 90), blackout('others', 20, 30, ['else']), blackout('later', 50, 60), blackout('next', 40, 45)];
  expect(nextBlackoutMs(all, 'finance', 10)).toBe(40);
  expect(nextBlackoutMs(all, 'else', 10)).toBe(20);
  expect(nextBlackoutMs(all, 'finance', 50)).toBeUndefined();
  expect(nextBlackoutMs([], 'finance', 0)).toBeUndefined();
});

test('merged blackouts apply from their beginning to their end, and not right before or after', () => {
  const arbitrary = fc.array(fc.record({ from: fc.nat(60), length: fc.integer({ min: 1, max: 12 }) }), { maxLength: 8 });
  fc.assert(
    fc.property(arbitrary, fc.nat(70), (spans, at) => {
      const all = spans.map(({ from, length }, index) => blackout(`b${index}`, from, from + length));
      const holds = (ms: number) => all.some(({ from, until }) => from <= ms && ms < until);
      const found = blackoutAt(all, 'any', at);
      expect(found !== undefined).toBe(holds(at));
      if (!found) return;
      for (let ms = found.sinceMs; ms < found.untilMs; ms += 1) expect(holds(ms)).toBe(true);
      expect(holds(found.untilMs)).toBe(false);
      expect(holds(found.sinceMs - 1)).toBe(false);
    }),
  );
});

test('of each package, its own blackouts and those of all packages count, however many there are', () => {
  const packages = fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }), { nil: undefined });
  const arbitrary = fc.array(fc.record({ from: fc.nat(60), length: fc.integer({ min: -2, max: 12 }), packages }), { maxLength: 8 });
  fc.assert(
    fc.property(arbitrary, fc.constantFrom('a', 'b', 'other'), fc.nat(70), fc.nat(70), (spans, id, at, more) => {
      const all = spans.map(({ from, length, packages: of }, index) => blackout(`b${index}`, from, from + length, of));
      const own = all.filter((each) => each.packages === undefined || each.packages.includes(id));
      const stretches = stretchesOf(own);
      expect(blackoutAt(all, id, at)).toEqual(stretchAt(stretches, at));
      const ahead = own.filter(({ from }) => from > at).map(({ from }) => from);
      expect(nextBlackoutMs(all, id, at)).toBe(ahead.length > 0 ? Math.min(...ahead) : undefined);
      const begun = all.filter(({ from }) => at < from && from <= at + more).map(({ from }) => stretchAt(stretches, from));
      expect(blackoutBegunBetween(all, id, at, at + more)).toEqual(begun.find((stretch) => stretch !== undefined && stretch.sinceMs > at));
    }),
  );
});

test('two hundred blackouts of hundreds of packages are little work for each message', () => {
  const ids = Array.from({ length: 300 }, (_, index) => `p-${index}`);
  const all = Array.from({ length: 200 }, (_, index) => blackout(`b-${index}`, 20 * index, 20 * index + 10, ids));
  const took = workMs();
  for (let message = 0; message < 50; message += 1)
    for (const id of ids) expect(blackoutAt(all, id, 15) ?? blackoutBegunBetween(all, id, -1, 4_000)?.sinceMs).toBe(0);
  expect(took()).toBeLessThan(2_000);
});
