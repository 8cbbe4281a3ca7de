/** What the plan's schema says of itself: the known keys at a place, and a lenient variant. */
import { z } from 'zod';
import { planSchema } from './schema.ts';
import type { DraftPlan, Path } from './places.ts';

/** The schema under `optional`, `default` and `prefault`. */
function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrapped(schema.def.innerType as z.ZodType);
  return schema;
}

/** Keys that a map at `path` may have; undefined where any key is allowed. */
export function keysAt(path: Path): string[] | undefined {
  let schema: z.ZodType | undefined = planSchema;
  for (const step of path) {
    const inner: z.ZodType = unwrapped(schema);
    if (inner instanceof z.ZodObject) schema = inner.shape[step] as z.ZodType | undefined;
    else if (inner instanceof z.ZodArray) schema = inner.element as z.ZodType;
    else return undefined;
    if (!schema) return undefined;
  }
  const found = unwrapped(schema);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : undefined;
}

/** The same shape, but a mistaken part is dropped instead of failing the whole, so that rules can read everything else. */
function forgiving(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault) {
    const standard = schema.def.defaultValue;
    return forgiving(schema.def.innerType as z.ZodType).default(standard as never);
  }
  if (schema instanceof z.ZodPrefault) return forgiving(schema.def.innerType as z.ZodType).prefault({} as never);
  if (schema instanceof z.ZodOptional) return forgiving(schema.def.innerType as z.ZodType).optional();
  if (schema instanceof z.ZodObject) {
    const shape = Object.entries(schema.shape as Record<string, z.ZodType>).map(([key, field]) => [key, forgiving(field).optional().catch(undefined)]);
    return z.object(Object.fromEntries(shape));
  }
  if (schema instanceof z.ZodArray)
    return z.array(
      forgiving(schema.element as z.ZodType)
        .optional()
        .catch(undefined),
    );
  return schema;
}

const forgivingPlan = forgiving(planSchema);

/** What is well-formed in `raw`. */
export function draftOf(raw: unknown): DraftPlan {
  const read = forgivingPlan.safeParse(raw);
  return read.success ? (read.data as DraftPlan) : {};
}
