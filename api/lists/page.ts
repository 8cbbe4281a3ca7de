/**
 * Pages of a list. A page starts after the key of the last row that was shown, not after a number of rows, so rows that come and go between two pages
 * neither hide nor repeat any other. A cursor holds that key and nothing of this process, so it survives a restart.
 */
import type { z } from 'zod';
import { Problem } from '../errors.ts';
import type { Cursors } from './cursors.ts';

/** A list's own name and its filters: a cursor belongs to both. */
interface Asked {
  list: string;
  query: { cursor?: string | undefined; limit: number } & Record<string, unknown>;
  cursors: Cursors;
}

/** The key after which this page begins; undefined for the first page. Throws `malformed` for a cursor that this list with these filters did not issue. */
export function keyBefore<K>({ list, query, cursors }: Asked, key: z.ZodType<K>): K | undefined {
  if (query.cursor === undefined) return undefined;
  const found = key.safeParse(cursors.open(query.cursor, listed(list, query)));
  if (!found.success) {
    const message = 'is not a cursor of this list with these filters: send `next` from the previous page unchanged, or leave it out to start over';
    throw new Problem('malformed', `cursor: ${message}.`, { mistakes: [{ path: 'cursor', message }] });
  }
  return found.data;
}

/** `found`: the rows after the key, one more than the limit if there are more. */
export function pageOf<T>({ list, query, cursors }: Asked, found: readonly T[], keyOf: (row: T) => unknown): { rows: T[]; next?: string } {
  const rows = found.slice(0, query.limit);
  const last = rows.at(-1);
  if (last === undefined || found.length <= query.limit) return { rows };
  return { rows, next: nextAfter({ list, query, cursors }, keyOf(last)) };
}

/** How many of the first rows come to `most` at most: one at least. */
export function rowsWithin<T>(rows: readonly T[], sizeOf: (row: T) => number, most: number): number {
  let size = 0;
  const beyond = rows.findIndex((row) => (size += sizeOf(row)) > most);
  return beyond === -1 ? rows.length : Math.max(1, beyond);
}

/** Of a list whose parts are read one after the other (in-parts.ts): a page may be short and still have a next one. */
export function pageOfParts<T extends { place: unknown }>(
  asked: Asked,
  { rows: found, readUntil }: { rows: T[]; readUntil?: unknown },
): { rows: T[]; next?: string } {
  const page = pageOf(asked, found, (row) => row.place);
  return page.next !== undefined || readUntil === undefined ? page : { ...page, next: nextAfter(asked, readUntil) };
}

/** Where a page goes on that did not read to its end: after this key. */
export const nextAfter = ({ list, query, cursors }: Asked, key: unknown): string => cursors.seal(key, listed(list, query));

/** In the order of the names, in which a query does not come. */
function listed(list: string, query: Asked['query']): unknown {
  const { cursor: _cursor, limit: _limit, ...filters } = query;
  return [
    list,
    Object.entries(filters)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ];
}
