/** What was learned from a wave; the review closes it. */
import { z } from 'zod';
import { planMs } from './instants.ts';

export const reviewView = z.strictObject({
  by: z.string(),
  atMs: planMs,
  successes: z.string(),
  challenges: z.string(),
  improvements: z.string(),
  actions: z.array(z.strictObject({ what: z.string(), owner: z.string() })),
});
export type ReviewView = z.output<typeof reviewView>;
