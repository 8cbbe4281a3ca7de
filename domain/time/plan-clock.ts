/**
 * Plan time and real time. In production they are the same; a demonstration's plan runs faster, and may settle at the pace of real time when its stories have
 * been told. One pure map, recorded in each workflow's input, so that a window computed from an anchor never drifts. All values are milliseconds since 1970.
 */
import { z } from 'zod';

export const planClock = z.strictObject({
  epochMs: z.number().describe('plan time at the anchor'),
  anchorMs: z.number().describe('real time at the anchor: when the plan was first applied'),
  dayMs: z.number().describe('real milliseconds that one plan day takes'),
  untilMs: z.number().exactOptional().describe('plan time from which a plan day takes a real day'),
});
export type PlanClock = z.output<typeof planClock>;

const realDayMs = 86_400_000;

/** `clock` undefined means that plan time is real time. */
export function toPlan(realMs: number, clock: PlanClock | undefined): number {
  if (!clock) return realMs;
  const { epochMs, anchorMs, dayMs, untilMs } = clock;
  const fast = epochMs + ((realMs - anchorMs) * realDayMs) / dayMs;
  return untilMs === undefined || fast <= untilMs ? fast : untilMs + (realMs - settlesAt(clock, untilMs));
}

/** Real time, with fractions. */
const settlesAt = ({ epochMs, anchorMs, dayMs }: PlanClock, untilMs: number): number => anchorMs + ((untilMs - epochMs) * dayMs) / realDayMs;

/** A double represents current instants to about a quarter of a microsecond; no plan needs finer times. */
const grainMs = 0.002;

/**
 * The first whole millisecond at which plan time reaches the instant: a timer for it fires neither early nor twice, and ranges that touch in
 * plan time touch in real time.
 */
export function toReal(planMs: number, clock: PlanClock | undefined): number {
  if (!clock) return planMs;
  const { epochMs, anchorMs, dayMs, untilMs } = clock;
  if (untilMs !== undefined && planMs > untilMs) return Math.ceil(settlesAt(clock, untilMs) + (planMs - untilMs) - grainMs);
  return anchorMs + Math.ceil(((planMs - epochMs - grainMs) * dayMs) / realDayMs);
}

/** Real milliseconds that a plan day takes at this instant of real time. */
export const paceAt = (realMs: number, clock: PlanClock | undefined): number =>
  clock === undefined || (clock.untilMs !== undefined && toPlan(realMs, clock) >= clock.untilMs) ? realDayMs : clock.dayMs;
