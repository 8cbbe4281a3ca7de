/** A plan that was applied, and one of its revisions. */
import { z } from 'zod';
import { planSchema } from '../plan/schema.ts';
import { planClock } from '../time/plan-clock.ts';
import { realMs } from './instants.ts';

export const planRow = z.strictObject({ plan: z.string(), revision: z.int(), appliedAtMs: realMs }).meta({ id: 'PlanRow' });
export type PlanRow = z.output<typeof planRow>;

/** `document` is a plan as `planSchema` writes it: normalized, durations and dates in milliseconds. */
export const revisionView = z
  .strictObject({
    plan: z.string(),
    number: z.int(),
    digest: z.string(),
    document: planSchema,
    appliedBy: z.string(),
    appliedAtMs: realMs,
    clock: planClock.exactOptional().describe('set by the first revision that has one; later revisions keep it, so that no open window jumps'),
  })
  .meta({ id: 'Revision' });
export type RevisionView = z.output<typeof revisionView>;
