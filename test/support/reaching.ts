/** For properties of rules with many outcomes. Generated cases must reach each outcome, or the assertions about it never run. */
import * as fc from 'fast-check';
import { expect } from 'vitest';

/** Runs `judge` on generated cases. It asserts, and returns the outcome of the case. Fails if no case reaches one of `outcomes`. */
export function assertReaching<T>(cases: fc.Arbitrary<T>, outcomes: readonly string[], judge: (drawn: T) => string, numRuns = 2_000): void {
  const reached = new Set<string>();
  fc.assert(
    fc.property(cases, (drawn) => {
      reached.add(judge(drawn));
    }),
    { numRuns },
  );
  expect(
    outcomes.filter((outcome) => !reached.has(outcome)),
    'outcomes that no case reached',
  ).toEqual([]);
}
