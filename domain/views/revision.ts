/** A plan that was applied, and one of its revisions. */
import { z } from 'zod';
import { planSchema } from '../plan/schema.ts';
import { planClock } from '../time/plan-clock.ts';
import { lossView } from './consent.ts';
import { realMs } from './instants.ts';

export const planRow = z.strictObject({ plan: z.string(), revision: z.int(), appliedAtMs: realMs }).meta({ id: 'PlanRow' });
export type PlanRow = z.output<typeof planRow>;

const changer = z.strictObject({ by: z.string(), revision: z.int() });

/** What is recorded with a revision, besides its document. */
export const revisionRecord = z.strictObject({
  changedBy: z
    .record(z.string(), z.array(changer))
    .describe('by package: who applied revisions that changed what is signed, or had written what it names since a revision, each with the last such revision'),
  parts: z
    .strictObject({
      first: z.array(changer).describe('who wrote what no change names; empty where it is not known'),
      changes: z.array(changer.extend({ of: z.array(z.string()).describe("names of parts, such as 'account ann erp'; '*': any") })),
    })
    .exactOptional()
    .describe('who wrote the parts of the plan that packages name: accounts of people, metrics, limits, rules, exceptions and terms of waves'),
  consentedBy: z.array(z.string()).describe('who lost the right to decide by this revision and agreed to it'),
  heldSince: z
    .record(z.string(), z.int())
    .exactOptional()
    .describe('by wave on hold: the revision since which it has this hold and no further packages; a lift for an earlier one counts no longer'),
  administrator: z
    .strictObject({ reason: z.string(), without: z.array(lossView) })
    .exactOptional()
    .describe('applied as a site administrator: why, and without whose consent'),
});
export type RevisionRecord = z.output<typeof revisionRecord>;

/** `document` is a plan as `planSchema` writes it: normalized, durations and dates in milliseconds. */
export const revisionView = z
  .strictObject({
    plan: z.string(),
    number: z.int(),
    digest: z.string(),
    document: planSchema,
    appliedBy: z.string(),
    appliedAtMs: realMs,
    record: revisionRecord,
    seal: z.string().describe('compact JWS of the endpoint over this revision; without it a revision decides nothing'),
    clock: planClock.exactOptional().describe('set by the first revision that has one; later revisions keep it, so that no open window jumps'),
  })
  .meta({ id: 'Revision' });
export type RevisionView = z.output<typeof revisionView>;
