/** Properties of rules with many outcomes: drawn cases must come to each of the outcomes, or what is asserted of them is never asserted. */
import * as fc from 'fast-check';
import { expect } from 'vitest';

/** Runs `judge` on drawn cases; it asserts, and answers which outcome the case had. Fails when one of `outcomes` never came about. */
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
    'outcomes that no case came to',
  ).toEqual([]);
}
