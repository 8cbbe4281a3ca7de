import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paceAt, toPlan, toReal } from './plan-clock.ts';

const demo = { epochMs: Date.parse('2026-04-06T00:00:00Z'), anchorMs: Date.parse('2026-11-02T09:30:00Z'), dayMs: 2_000 };
const instants = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2060-01-01') });
const running = fc.record({ epochMs: instants, anchorMs: instants, dayMs: fc.integer({ min: 1_000, max: 86_400_000 }) });
/** Half of them settle, within two years. */
const settling = fc
  .tuple(running, fc.option(fc.integer({ min: 1, max: 730 * 86_400_000 }), { nil: undefined }))
  .map(([clock, after]) => (after === undefined ? clock : { ...clock, untilMs: clock.epochMs + after }));
/** Clocks that a plan may have: a day takes at least a second. */
const clocks = fc.option(settling, { nil: undefined });
/** Plan times within ten years of a clock's epoch. */
const nearby = clocks.chain((clock) =>
  fc.tuple(
    fc.constant(clock),
    fc.integer({ min: -3_660 * 86_400_000, max: 3_660 * 86_400_000 }).map((away) => (clock?.epochMs ?? demo.epochMs) + away),
  ),
);

describe('plan time', () => {
  it('is real time without a clock', () => {
    fc.assert(
      fc.property(instants, (ms) => {
        expect([toPlan(ms, undefined), toReal(ms, undefined)]).toEqual([ms, ms]);
      }),
    );
  });

  it('starts at the epoch when the plan was first applied and takes two seconds a day in the demo', () => {
    expect(toPlan(demo.anchorMs, demo)).toBe(demo.epochMs);
    expect(toPlan(demo.anchorMs + 2_000, demo)).toBe(Date.parse('2026-04-07T00:00:00Z'));
    expect(toReal(Date.parse('2026-04-08T12:00:00Z'), demo)).toBe(demo.anchorMs + 5_000);
  });

  it('passes as real time does from the date until which it ran faster', () => {
    const untilMs = Date.parse('2026-04-16T00:00:00Z');
    const resting = { ...demo, untilMs };
    const settled = demo.anchorMs + 20_000;
    expect([toPlan(settled, resting), toPlan(settled + 3_600_000, resting)]).toEqual([untilMs, untilMs + 3_600_000]);
    expect(toReal(untilMs + 60_000, resting)).toBe(settled + 60_000);
    expect([settled - 1, settled, settled + 1].map((ms) => paceAt(ms, resting))).toEqual([2_000, 86_400_000, 86_400_000]);
    expect([paceAt(settled, demo), paceAt(settled, undefined)]).toEqual([2_000, 86_400_000]);
  });

  it('of a real instant maps back to that instant', () => {
    fc.assert(
      fc.property(nearby, ([clock, planMs]) => {
        const realMs = toReal(planMs, clock);
        expect(toReal(toPlan(realMs, clock), clock)).toBe(realMs);
      }),
    );
  });

  it('has been reached when a timer for it fires, and not one real millisecond before', () => {
    fc.assert(
      fc.property(nearby, ([clock, planMs]) => {
        const realMs = toReal(planMs, clock);
        expect(Number.isInteger(realMs)).toBe(true);
        expect(Math.round(toPlan(realMs, clock))).toBeGreaterThanOrEqual(planMs);
        expect(toPlan(realMs - 1, clock)).toBeLessThan(planMs + 0.01);
      }),
    );
  });

  it('never runs backwards, in either direction', () => {
    fc.assert(
      fc.property(nearby, fc.nat(1_000_000), ([clock, ms], later) => {
        expect(toReal(ms, clock)).toBeLessThanOrEqual(toReal(ms + later, clock));
      }),
    );
    fc.assert(
      fc.property(clocks, instants, fc.nat(1_000_000), (clock, ms, later) => {
        expect(toPlan(ms, clock)).toBeLessThanOrEqual(toPlan(ms + later, clock));
      }),
    );
  });
});
