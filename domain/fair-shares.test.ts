import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fairShares } from './fair-shares.ts';

interface Row {
  own: boolean;
  right: string;
  at: number;
}
const rows = (...parts: [count: number, right: string, own: boolean][]): Row[] =>
  parts.flatMap(([count, right, own]) => Array.from({ length: count }, (_, at) => ({ own, right, at })));
const shares = (found: readonly Row[]) => Object.fromEntries([...Map.groupBy(found, ({ right }) => right)].map(([right, of]) => [right, of.length]));

describe('a panel of twelve', () => {
  test.each([
    ['plans that only name somebody have a quarter beside plans of their own', rows([200, 'theirs', false], [200, 'mine', true]), { mine: 9, theirs: 3 }],
    ['what is not needed for own plans is for the others', rows([200, 'theirs', false], [2, 'mine', true]), { mine: 2, theirs: 10 }],
    ['own plans have what the others do not need', rows([1, 'theirs', false], [200, 'mine', true]), { mine: 11, theirs: 1 }],
    ['those of many teams share a quarter', rows([200, 'a', false], [200, 'b', false], [200, 'c', false], [20, 'mine', true]), { mine: 9, a: 1, b: 1, c: 1 }],
    ['own plans of several teams have the same share', rows([200, 'a', true], [200, 'b', true]), { a: 6, b: 6 }],
    ['and where one needs less, the others have it', rows([200, 'a', true], [2, 'b', true]), { a: 10, b: 2 }],
  ])('%s', (_, all, expected) => {
    expect(shares(fairShares(all, 12, (row) => row))).toEqual(expected);
  });
});

test('a panel is as full as it can be, own plans come first, each part keeps its order, and nobody has more than one row more than another who wants more', () => {
  const row = fc.record({ own: fc.boolean(), right: fc.constantFrom('a', 'b', 'c') });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (some, most) => {
      const all = some.map((each, at) => ({ ...each, at }));
      const found = fairShares(all, most, (each) => each);
      expect(found).toHaveLength(Math.min(all.length, most));
      expect(found).toEqual(found.toSorted((one, other) => Number(other.own) - Number(one.own) || one.at - other.at));
      for (const own of [true, false]) {
        const counts = ['a', 'b', 'c'].map((right) => ({
          shown: found.filter((each) => each.own === own && each.right === right).length,
          wants: all.filter((each) => each.own === own && each.right === right).length,
        }));
        for (const { shown } of counts) for (const each of counts) expect(each.shown === each.wants || each.shown >= shown - 1).toBe(true);
      }
    }),
  );
});
