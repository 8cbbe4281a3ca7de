/** How much of everything comes in at most. One object, which the site file may change; what it leaves out keeps these values. */
import { z } from 'zod';

const most = (usual: number, max: number) => z.int().min(1).max(max).default(usual);

/** Requests of one identity, or of one address before it is authenticated, per minute. */
export const rateSchema = z.strictObject({
  reads: most(600, 1_000_000).describe('GET requests'),
  writes: most(120, 1_000_000).describe('messages, applied plans and other POST requests'),
  plans: most(20, 1_000_000).describe('plans that are validated or simulated, and metrics that are tried'),
  unauthenticated: most(120, 1_000_000).describe('requests without a valid token, by address'),
});

export const limitsSchema = z.strictObject({
  plan: z
    .strictObject({ people: most(20_000, 100_000), systems: most(100, 250), packages: most(1_000, 10_000), waves: most(500, 5_000) })
    .prefault({})
    .describe('entries of one plan'),
  perMinute: rateSchema.prefault({}),
  /** A dev server refuses pollers somewhere above 300 task queues. */
  polledSystems: most(100, 250).describe('systems whose task queue one worker polls'),
});

export type Limits = z.output<typeof limitsSchema>;
export type PlanLimits = Limits['plan'];
export type Rates = Limits['perMinute'];

export const usualLimits: Limits = limitsSchema.parse({});
