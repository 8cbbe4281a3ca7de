/** What a person consented to. */
import { z } from 'zod';

export const lossView = z.strictObject({
  person: z.string(),
  what: z.string().describe("follows the person's name"),
  where: z.string().describe('in the plan'),
});

export const consentView = z
  .strictObject({
    plan: z.string(),
    revision: z.int().describe('the revision that the document may become'),
    digest: z.string().describe('of the document'),
    losses: z.array(lossView),
  })
  .meta({ id: 'Consent' });
export type ConsentView = z.output<typeof consentView>;
