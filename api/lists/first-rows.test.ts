import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byKey } from './by-key.ts';
import { firstRows } from './first-rows.ts';

const key = fc.tuple(fc.constantFrom('', 'a', 'b', 'c/d'), fc.constantFrom('x', 'y', 'z'), fc.nat(9).map(String));
const keyOf = (row: readonly string[]) => row;

test('a page has the rows that all of them, sorted, have after the key, and one more where there are more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(key, { selector: (row) => row.join('\0') }),
      fc.option(key, { nil: undefined }),
      fc.integer({ min: 1, max: 6 }),
      async (rows, after, limit) => {
        const sorted = rows.toSorted(byKey).filter((row) => after === undefined || byKey(row, after) > 0);
        expect(await firstRows(rows, { keyOf, after, limit })).toEqual({ rows: sorted.slice(0, limit + 1), total: rows.length });
      },
    ),
  );
});

test('rows that come in falling order cost no more looks at keys than those that come in rising order, times a few, and others go on meanwhile', async () => {
  const rising = Array.from({ length: 20_000 }, (_, at) => [String(at).padStart(6, '0')]);
  const looksAt = async (rows: string[][]) => {
    let looks = 0;
    const counted = (row: string[]) => new Proxy(row, { get: (of, name) => ((looks += 1), Reflect.get(of, name)) });
    await firstRows(rows, { keyOf: counted, after: undefined, limit: 500 });
    return looks;
  };
  let others = 0;
  const other = setInterval(() => (others += 1));
  const [falls, rises] = [await looksAt(rising.toReversed()), await looksAt(rising)];
  clearInterval(other);
  expect(falls).toBeLessThan(40 * rises);
  expect(others).toBeGreaterThan(2);
});
