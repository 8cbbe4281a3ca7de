/**
 * Pages of a list. A page starts after the key of the last row that was shown, not after a number of rows, so rows that come and go between two pages
 * neither hide nor repeat any other. A cursor holds that key and nothing of this process, so it survives a restart.
 */
import type { z } from 'zod';
import { hasCanonicalForm, sha256Hex } from '../../domain/canonical.ts';
import { Problem } from '../errors.ts';

/** A list's own name and its filters: a cursor belongs to both. */
interface Asked {
  list: string;
  query: { cursor?: string | undefined; limit: number } & Record<string, unknown>;
}

/** The key after which this page begins; undefined for the first page. Throws `malformed` for a cursor that this list with these filters did not issue. */
export function keyBefore<K>({ list, query }: Asked, key: z.ZodType<K>): K | undefined {
  if (query.cursor === undefined) return undefined;
  const [encoded = '', mark] = query.cursor.split('.');
  const found = key.safeParse(decoded(encoded));
  if (!found.success || mark !== markOf({ list, query }, found.data)) {
    const message = 'is not a cursor of this list with these filters: send `next` from the previous page unchanged, or leave it out to start over';
    throw new Problem('malformed', `cursor: ${message}.`, { mistakes: [{ path: 'cursor', message }] });
  }
  return found.data;
}

/** `found`: the rows after the key, one more than the limit if there are more. */
export function pageOf<T>({ list, query }: Asked, found: readonly T[], keyOf: (row: T) => unknown): { rows: T[]; next?: string } {
  const rows = found.slice(0, query.limit);
  const last = rows.at(-1);
  if (last === undefined || found.length <= query.limit) return { rows };
  const key = keyOf(last);
  return { rows, next: `${Buffer.from(JSON.stringify(key)).toString('base64url')}.${markOf({ list, query }, key)}` };
}

/** Not a secret: it only detects cursors that were altered or belong to another list. It never decides what may be read. */
function markOf({ list, query }: Asked, key: unknown): string {
  const { cursor: _cursor, limit: _limit, ...filters } = query;
  return sha256Hex(JSON.parse(JSON.stringify({ list, filters, key }))).slice(0, 16);
}

function decoded(text: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return hasCanonicalForm(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
