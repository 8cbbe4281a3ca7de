/** A claim of a person on access of a released package: what it keeps through a rollback, until when, and who answers for it. */
import { z } from 'zod';
import { planMs } from './instants.ts';

export const accessClaimView = z.strictObject({
  id: z.string().describe('of the message that made it; ending it names this id'),
  by: z.string().describe('who answers for the access until the claim has ended'),
  grants: z.array(z.strictObject({ system: z.string(), role: z.string(), person: z.string() })),
  atMs: planMs,
  untilMs: planMs.describe('its end: its claimant is asked then; nothing is revoked or kept on by itself'),
  reason: z.string(),
  keeps: z.literal(true).exactOptional().describe('the package was rolled back, and this claim still keeps access'),
  overdue: z.literal(true).exactOptional().describe('its end has passed, and nobody has decided'),
});
export type AccessClaimView = z.output<typeof accessClaimView>;
