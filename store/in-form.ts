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
 * A condition: these columns of text or JSON have at most so many bytes together. PostgreSQL knows their length without reading them; JSON escapes what it
 * stores as one byte, so twice as much is let through.
 */
export const notLarger = (most: number, ...columns: string[]): string =>
  `${columns.map((column) => `coalesce(octet_length(${column}::text), 0)`).join(' + ')} <= ${2 * most}`;
