/** One person's approval or rejection of a package, and whether it still counts (R3). */
import { z } from 'zod';
import { planMs } from './instants.ts';

export const signOffView = z.strictObject({
  by: z.string(),
  decision: z.enum(['approve', 'reject', 'withdraw']).describe('withdraw: the earlier decision of this person counts no longer'),
  atMs: planMs,
  counts: z.boolean().describe('false: the plan or the preview changed afterwards'),
  planDigest: z.string().exactOptional().describe('what the person was shown'),
  previewDigest: z.string().exactOptional().describe('what the person was shown'),
  reason: z.string().exactOptional(),
});
export type SignOffView = z.output<typeof signOffView>;

/** What the person did, in a word: 'olga approved'. */
export const decisionWords: Record<SignOffView['decision'], string> = { approve: 'approved', reject: 'rejected', withdraw: 'withdrew the earlier decision' };
