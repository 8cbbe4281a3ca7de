/** One tune as people ask for it and are shown it: a step with what it takes. */
import { z } from 'zod';
import { tuneStepSchema } from '../plan/schema.ts';
import { durationMs } from '../time/written.ts';
import { stepOf, type TuneField } from './steps.ts';

/** Fields of a tune wherever one is sent: `people` are those who lose access, `byMs` how much longer to watch. */
export const tuneFields = {
  step: tuneStepSchema,
  people: z.array(z.string().min(1).max(63)).min(1).optional(),
  entitlement: z.strictObject({ system: z.string(), role: z.string() }).optional(),
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

/** What is missing of a tune or does not belong to it; undefined where it is complete. */
export function fieldMistake(tune: Tune): string | undefined {
  const taken = stepOf(tune.step).fields;
  for (const field of fields) {
    if (taken[field] === 'required' && tune[field] === undefined) return `'${tune.step}' needs '${field}': ${fieldTexts[field]}`;
    if (taken[field] === undefined && tune[field] !== undefined) return `'${tune.step}' takes no '${field}'`;
  }
  return undefined;
}

/** The tune alone, without what else travels with it; people in one order, so that the same people are the same. */
export function tuneOf({ step, people, entitlement, byMs }: Tune): Tune {
  return {
    step,
    ...(people ? { people: [...new Set(people)].sort() } : {}),
    ...(entitlement ? { entitlement: { system: entitlement.system, role: entitlement.role } } : {}),
    ...(byMs === undefined ? {} : { byMs }),
  };
}

export const sameTune = (one: Tune, other: Tune): boolean => JSON.stringify(tuneOf(one)) === JSON.stringify(tuneOf(other));

/** 'narrow: ann, ben', 'tighten: erp/reader', 'reconcile'. */
export function tuneText({ step, people, entitlement }: Tune): string {
  const about = people ? people.join(', ') : entitlement ? `${entitlement.system}/${entitlement.role}` : '';
  return about === '' ? step : `${step}: ${about}`;
}
