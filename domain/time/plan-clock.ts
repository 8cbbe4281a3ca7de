/**
 * Plan time and real time. In production they are the same; a demonstration's plan runs faster. One pure map, recorded in each
 * workflow's input, so that a window computed from an anchor never drifts. All values are milliseconds since 1970.
 */
import { z } from 'zod';

export const planClock = z.strictObject({
  epochMs: z.number().describe('plan time at the anchor'),
  anchorMs: z.number().describe('real time at the anchor: when the plan was first applied'),
  dayMs: z.number().describe('real milliseconds that one plan day takes'),
});
export type PlanClock = z.output<typeof planClock>;

const dayMs = 86_400_000;

/** `clock` undefined means that plan time is real time. */
export const toPlan = (realMs: number, clock: PlanClock | undefined): number =>
  clock ? clock.epochMs + ((realMs - clock.anchorMs) * dayMs) / clock.dayMs : realMs;

/** A double represents current instants to about a quarter of a microsecond; no plan needs finer times. */
const grainMs = 0.002;

/**
 * The first whole millisecond at which plan time reaches the instant: a timer for it fires neither early nor twice, and ranges that touch in
 * plan time touch in real time.
 */
export const toReal = (planMs: number, clock: PlanClock | undefined): number =>
  clock ? clock.anchorMs + Math.ceil(((planMs - clock.epochMs - grainMs) * clock.dayMs) / dayMs) : planMs;
