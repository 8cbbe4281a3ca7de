/** Limits of the blast radius: each says how much, and each system has one. */
import { entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding } from '../places.ts';
import type { Rule } from './rule.ts';

/** A limit without a number limits nothing, and its author believes that it does. */
function* numbers(plan: DraftPlan): Generator<Finding> {
  for (const [index, limit] of entriesOf(plan.blastRadius)) {
    if (limit.maxPeople !== undefined || limit.maxPercent !== undefined) continue;
    yield {
      path: ['blastRadius', index],
      absent: ['blastRadius', index, 'maxPeople'],
      say: () => `the limit for ${quote(limit.system)} has no number: give maxPeople, maxPercent or both`,
    };
  }
}

function* oneEach(plan: DraftPlan): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, { system }] of entriesOf(plan.blastRadius)) {
    if (system === undefined) continue;
    if (seen.has(system))
      yield { path: ['blastRadius', index, 'system'], say: () => `${quote(system)} has a limit already: write maxPeople and maxPercent into one entry` };
    seen.add(system);
  }
}

export const blastRadiusRules: Rule[] = [numbers, oneEach];
