/** One tune: a step with its fields. */
import { z } from 'zod';
import { tuneStepSchema } from '../plan/schema.ts';
import { durationMs } from '../time/written.ts';
import { stepOf, type TuneField } from './steps.ts';
import { personId } from '../plan/fields.ts';

/** Fields of a tune wherever one is sent: `people` are those who lose access, `byMs` how much longer to watch. */
export const tuneFields = {
  step: tuneStepSchema,
  people: z.array(personId).min(1).optional(),
  entitlement: z.strictObject({ system: z.string().min(1).max(63), role: z.string().min(1).max(1_000) }).optional(),
  byMs: durationMs.optional(),
};
export const tuneSchema = z.strictObject(tuneFields);
export type Tune = z.output<typeof tuneSchema>;

const fieldTexts: Record<TuneField, string> = {
  people: 'the people who lose access',
  entitlement: 'the entitlement to drop, by its system and role',
  byMs: 'how much longer to watch',
};
const fields = Object.keys(fieldTexts) as TuneField[];

/** What a tune is missing, or what does not belong to it. Undefined where it is complete. */
export function fieldMistake(tune: Tune): { code: 'missing-field' | 'malformed'; message: string } | undefined {
  const taken = stepOf(tune.step).fields;
  for (const field of fields) {
    if (taken[field] === 'required' && tune[field] === undefined)
      return { code: 'missing-field', message: `'${tune.step}' needs '${field}': ${fieldTexts[field]}` };
    if (taken[field] === undefined && tune[field] !== undefined) return { code: 'malformed', message: `'${tune.step}' does not take '${field}'` };
  }
  return undefined;
}

/** Only the fields of the tune. People are sorted, so that the same people compare as equal. */
export function tuneOf({ step, people, entitlement, byMs }: Tune): Tune {
  return {
    step,
    ...(people ? { people: [...new Set(people)].sort() } : {}),
    ...(entitlement ? { entitlement: { system: entitlement.system, role: entitlement.role } } : {}),
    ...(byMs === undefined ? {} : { byMs }),
  };
}

export const sameTune = (one: Tune, other: Tune): boolean => JSON.stringify(tuneOf(one)) === JSON.stringify(tuneOf(other));
