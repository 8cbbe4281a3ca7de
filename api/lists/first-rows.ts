/** The rows of one page, out of rows that come in any order: of thousands, a page keeps its own and neither holds nor sorts the others. */
import { byKey } from './by-key.ts';
import { inSlices } from './in-slices.ts';

/** In the order of their keys, those after `after`, and one more than `limit` where there are more (pageOf). `total`: of all rows, those before it included. */
export async function firstRows<T>(
  rows: Iterable<T>,
  { keyOf, after, limit }: { keyOf: (row: T) => readonly string[]; after: readonly string[] | undefined; limit: number },
): Promise<{ rows: T[]; total: number }> {
  const most = limit + 1;
  let kept: Keyed<T>[] = [];
  /** No row from here on is on the page. */
  let end: readonly string[] | undefined;
  let total = 0;
  const cut = () => {
    kept = kept.sort((a, b) => byKey(a.key, b.key)).slice(0, most);
    if (kept.length === most) end = kept.at(-1)?.key;
  };
  await inSlices(rows, (row) => {
    total += 1;
    const key = keyOf(row);
    if ((after !== undefined && byKey(key, after) <= 0) || (end !== undefined && byKey(key, end) >= 0)) return;
    kept.push({ row, key });
    // Not at each row: in whichever order they come, all together cost as much as sorting them does.
    if (kept.length >= 2 * most) cut();
  });
  cut();
  return { rows: kept.map(({ row }) => row), total };
}

interface Keyed<T> {
  row: T;
  key: readonly string[];
}
