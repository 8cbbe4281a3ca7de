import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256Hex } from './canonical.ts';
import { sizeOf } from './size-of.ts';
import { digesting, sizing, stringifying } from './sliced-content.ts';
import { atOnce, inASlice, sortedBy } from './slices.ts';

const content = fc.dictionary(
  fc.string(),
  fc.oneof(fc.jsonValue(), fc.array(fc.record({ a: fc.string({ unit: 'binary' }), b: fc.option(fc.nat(), { nil: undefined }) }))),
);

test('size, text and digest in slices are those of the whole', () => {
  fc.assert(
    fc.property(content, (each) => {
      expect(atOnce(stringifying(each))).toBe(JSON.stringify(each));
      expect(atOnce(sizing(each))).toBe(sizeOf(each));
      expect(atOnce(digesting(each))).toBe(sha256Hex(each));
    }),
  );
});

test('also of lists that have several slices', () => {
  for (const length of [inASlice, inASlice + 1, 3 * inASlice]) {
    const long = { b: Array.from({ length }, (_, n) => ({ name: `n${n}`, ü: null })), a: [[], {}], none: undefined, empty: [] };
    expect(atOnce(stringifying(long))).toBe(JSON.stringify(long));
    expect(atOnce(sizing(long))).toBe(sizeOf(long));
    expect(atOnce(digesting(long))).toBe(sha256Hex(long));
  }
});

test('a size is counted no further than it matters', () => {
  const steps = sizing({ list: Array.from({ length: 100 * inASlice }, () => 'x') }, 1_000);
  expect(steps.next()).toMatchObject({ done: true });
});

test('sorting in slices is sorting: by code units, and those with the same key in their order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5 }), fc.array(fc.string({ unit: 'binary', maxLength: 2 }), { maxLength: 20 }), (times, keys) => {
      const list = Array.from({ length: times * 300 }, (_, n) => ({ key: keys[(n * 7) % keys.length] ?? '', n }));
      const sorted = list.toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
      expect(atOnce(sortedBy(list, ({ key }) => key))).toEqual(sorted);
    }),
  );
});
