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
