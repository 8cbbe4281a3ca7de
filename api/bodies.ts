/**
 * Bodies of messages as people write them: the fields of domain/messages.ts, and for each field in milliseconds a twin in words
 * (`goLive: "2026-05-04"` for `goLiveMs`, `by: "7d"` for `byMs`). The output is the message's body, checked by the domain's own schema.
 */
import { z } from 'zod';
import { dateForm, durationForm, readDate, readDuration } from '../domain/time/written.ts';

const readings = {
  date: { read: readDate, form: dateForm },
  duration: { read: readDuration, form: durationForm },
} as const;

/** Field in milliseconds → its twin in words. */
const twins = {
  goLiveMs: { name: 'goLive', as: 'date' },
  expiresMs: { name: 'expires', as: 'date' },
  byMs: { name: 'by', as: 'duration' },
  untilMs: { name: 'until', as: 'date' },
  riskUntilMs: { name: 'riskUntil', as: 'date' },
  tookMs: { name: 'took', as: 'duration' },
} as const satisfies Record<string, { name: string; as: keyof typeof readings }>;

/** Identifies the message for retries: the same request from the same person under the same key counts once. */
export const idempotencyKey = z.string().regex(/^[\x21-\x7e]{8,100}$/, 'must be 8 to 100 printable characters without spaces');

export interface SpokenBody {
  id?: string;
  body: Record<string, unknown>;
}

/** The HTTP form of a message's body: it may include `id`, it may use twins, and the domain's schema decides. */
export function spoken(body: z.ZodObject): z.ZodType<SpokenBody> {
  const used = Object.entries(twins).filter(([field]) => field in body.shape);
  const shape: Record<string, z.ZodType> = { id: idempotencyKey.optional(), ...body.shape };
  for (const [field, { name, as }] of used) {
    shape[field] = z.int().optional();
    shape[name] = z.string().describe(`instead of ${field}: ${readings[as].form}`).optional();
  }
  return z.strictObject(shape).transform((given, context) => {
    const { id, ...rest } = given as Record<string, unknown> & { id?: string };
    for (const [field, { name, as }] of used) {
      if (!translate(rest, field, name, as, body.shape[field] as z.ZodType, context)) return z.NEVER;
    }
    const checked = body.safeParse(rest);
    if (!checked.success) {
      for (const issue of checked.error.issues) context.addIssue({ code: 'custom', message: issue.message, path: issue.path });
      return z.NEVER;
    }
    return { ...(id === undefined ? {} : { id }), body: checked.data };
  });
}

/** Puts the twin's value in its field's place; false when an issue was found. */
function translate(
  rest: Record<string, unknown>,
  field: string,
  name: string,
  as: keyof typeof readings,
  schema: z.ZodType,
  context: z.RefinementCtx,
): boolean {
  const text = rest[name] as string | undefined;
  delete rest[name];
  const issue = (message: string) => {
    context.addIssue({ code: 'custom', message, path: [name] });
    return false;
  };
  if (text === undefined)
    return rest[field] !== undefined || schema.safeParse(undefined).success || issue(`is missing: write ${readings[as].form}, or ${field} in milliseconds`);
  if (rest[field] !== undefined) return issue(`is given twice, as ${name} and as ${field}: omit one`);
  const read = readings[as].read(text);
  if ('why' in read) return issue(read.why);
  rest[field] = read.ms;
  return true;
}
