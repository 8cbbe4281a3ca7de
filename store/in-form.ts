/**
 * Rows that hold JSON are read by their schema. A row that someone with access to the tables forged or damaged is left out, so that it breaks no list and
 * decides nothing.
 */
import type { z } from 'zod';

export const inForm = <T>(schema: z.ZodType<T>, rows: unknown[]): T[] =>
  rows.flatMap((row) => {
    const read = schema.safeParse(row);
    return read.success ? [read.data] : [];
  });

/**
 * A condition: these columns have at most so many bytes together. JSON escapes what it stores as one byte, so twice as much is let through. Name those that are
 * selected, and no others. PostgreSQL knows the length of text without reading it, and of JSON only how much it takes as it is kept, compressed or not: what that
 * leaves open, which is rare, is read and counted.
 */
export function notLarger(most: number, { texts = [], json = [] }: { texts?: string[]; json?: string[] }): string {
  const sum = (of: (column: string) => string) => [...texts.map(lengthOf), ...json.map(of)].join(' + ');
  return `case when ${sum(atMost)} <= ${2 * most} then true when ${sum(atLeast)} > ${2 * most} then false else ${sum(lengthOf)} <= ${2 * most} end`;
}

const lengthOf = (column: string) => `coalesce(octet_length(${column}::text), 0)`;
/** A value that is not compressed is kept with a header of four bytes at most. */
const atLeast = (column: string) => `coalesce(pg_column_size(${column}) - 4, 0)`;
/**
 * How many times longer than compressed a value can be. pglz: eight matches of 273 bytes in 25 bytes. LZ4: 255 bytes in one.
 * @see https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-DEFAULT-TOAST-COMPRESSION
 */
const atMost = (column: string) =>
  `coalesce(pg_column_size(${column})::bigint * case pg_column_compression(${column}) when 'pglz' then 88 when 'lz4' then 256 else 1 end, 0)`;
