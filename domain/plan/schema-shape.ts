/** What can be derived from a file's schema: the known keys at a place; and of the plan's, a lenient variant. */
import { z } from 'zod';
import { heldAgainst } from './held-against.ts';
import { planSchema } from './schema.ts';
import type { DraftPlan, Path } from './places.ts';

/** The schema under `optional`, `default` and `prefault`. */
function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return unwrapped(schema.def.innerType as z.ZodType);
  return schema;
}

/** Keys that a map at `path` of `raw` may have; undefined where any key is allowed. Where the schema depends on `kind`, those of the given kind. */
export function keysAt(path: Path, raw: unknown, whole: z.ZodType = planSchema): string[] | undefined {
  let schema: z.ZodType | undefined = whole;
  let value = raw;
  for (const step of path) {
    const inner: z.ZodType | undefined = ofKind(unwrapped(schema), value);
    if (inner instanceof z.ZodObject) schema = inner.shape[step] as z.ZodType | undefined;
    else if (inner instanceof z.ZodArray) schema = inner.element as z.ZodType;
    else return undefined;
    if (!schema) return undefined;
    value = (value as Record<string | number, unknown> | null | undefined)?.[step];
  }
  const found = ofKind(unwrapped(schema), value);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : undefined;
}

/** The variant for the given `kind`; the schema itself where it has no variants. */
function ofKind(schema: z.ZodType, value: unknown): z.ZodType | undefined {
  return schema instanceof z.ZodDiscriminatedUnion
    ? choices(schema).find((choice) => choice.shape.kind.value === (value as { kind?: unknown } | null)?.kind)
    : schema;
}

type Choice = z.ZodObject<{ kind: z.ZodLiteral<string> }>;
const choices = (schema: z.ZodDiscriminatedUnion): Choice[] => schema.options as unknown as Choice[];

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
  // An unknown kind has no schema, so nothing of it is kept; a known one is read by its own schema.
  if (schema instanceof z.ZodDiscriminatedUnion)
    return z.union(choices(schema).map((choice) => z.object({ ...(forgiving(choice) as z.ZodObject).shape, kind: choice.shape.kind })));
  if (schema instanceof z.ZodArray)
    return z.array(
      forgiving(schema.element as z.ZodType)
        .optional()
        .catch(undefined),
    );
  return schema;
}

/** Made when the first plan with mistakes is read: making it takes longer than reading a plan without. */
let forgivingPlan: z.ZodType | undefined;

/** What is well-formed in `raw`. */
export function draftOf(raw: unknown): DraftPlan {
  const read = heldAgainst((forgivingPlan ??= forgiving(planSchema)), raw);
  return read.success ? (read.data as DraftPlan) : {};
}
