/** What a person wrote, held against its schema, whatever it is. */
import { z } from 'zod';

type Read<S extends z.ZodType> = z.ZodSafeParseResult<z.output<S>>;

/**
 * As `safeParse`, and never throws: zod compares what is called `length` or `size`, also in what is no list, with a number, and a mapping of a file cannot be
 * compared with one.
 */
export function heldAgainst<S extends z.ZodType>(schema: S, value: unknown): Read<S> {
  try {
    return schema.safeParse(value, { reportInput: true });
  } catch (error) {
    const path = oddLength(value);
    if (!(error instanceof TypeError) || !path) throw error;
    const issue = { code: 'custom' as const, path, input: value, message: `nothing here is called '${String(path.at(-1))}': remove it` };
    return { success: false, error: new z.ZodError([issue]) as z.ZodError<z.output<S>> };
  }
}

/** Where the first of them is. */
function oddLength(value: unknown, path: PropertyKey[] = []): PropertyKey[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (!Array.isArray(value) && (key === 'length' || key === 'size') && typeof inner === 'object' && inner !== null) return here;
    const found = oddLength(inner, here);
    if (found) return found;
  }
  return undefined;
}
