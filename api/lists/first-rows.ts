/** The rows of one page, out of rows that come in any order: of thousands, a page keeps its own and neither holds nor sorts the others. */
import { byKey } from './by-key.ts';

/** In the order of their keys, those after `after`, and one more than `limit` where there are more (pageOf). `total`: of all rows, those before it included. */
export function firstRows<T>(
  rows: Iterable<T>,
  { keyOf, after, limit }: { keyOf: (row: T) => readonly string[]; after: readonly string[] | undefined; limit: number },
): { rows: T[]; total: number } {
  const kept: { row: T; key: readonly string[] }[] = [];
  let total = 0;
  for (const row of rows) {
    total += 1;
    const key = keyOf(row);
    if (after !== undefined && byKey(key, after) <= 0) continue;
    let place = kept.length;
    while (place > 0 && isBefore(key, kept[place - 1]?.key)) place -= 1;
    if (place > limit) continue;
    kept.splice(place, 0, { row, key });
    if (kept.length > limit + 1) kept.pop();
  }
  return { rows: kept.map(({ row }) => row), total };
}

const isBefore = (key: readonly string[], other: readonly string[] | undefined) => other !== undefined && byKey(key, other) < 0;
