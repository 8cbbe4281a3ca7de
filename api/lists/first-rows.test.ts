import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byKey } from './by-key.ts';
import { firstRows } from './first-rows.ts';

const key = fc.tuple(fc.constantFrom('', 'a', 'b', 'c/d'), fc.constantFrom('x', 'y', 'z'), fc.nat(9).map(String));
const keyOf = (row: readonly string[]) => row;

test('a page has the rows that all of them, sorted, have after the key, and one more where there are more', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(key, { selector: (row) => row.join('\0') }),
      fc.option(key, { nil: undefined }),
      fc.integer({ min: 1, max: 6 }),
      (rows, after, limit) => {
        const sorted = rows.toSorted(byKey).filter((row) => after === undefined || byKey(row, after) > 0);
        expect(firstRows(rows, { keyOf, after, limit })).toEqual({ rows: sorted.slice(0, limit + 1), total: rows.length });
      },
    ),
  );
});
