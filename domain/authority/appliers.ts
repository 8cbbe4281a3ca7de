/** Who may apply a plan: the site says who may at all, and once there is a revision, its operators say what comes next. */
import { isAdministrator, mayApply } from '../site/rights.ts';
import type { Caller } from '../site/caller.ts';
import type { Site } from '../site/schema.ts';
import type { Plan } from '../plan/schema.ts';

/** What they would apply. `before`: the document of the latest revision; undefined for a plan that was never applied. */
export interface Applying {
  plan: string;
  operators: string[];
  before: Plan | undefined;
}

/**
 * `right`: the site does not let them. `operator`: they are no operator of the revision before, or would not be one of this. `reason`: the same, but a
 * site administrator may with a reason.
 */
export type Applier = { as: 'operator' | 'administrator' } | { lacks: 'right' | 'operator' | 'reason' };

export function applierOf(site: Site, { plan, operators, before }: Applying, caller: Caller, reason: string | undefined): Applier {
  if (!mayApply(site, plan, caller)) return { lacks: 'right' };
  // Those who apply a revision send it to its waves, which take it from an operator.
  if ((before?.operators ?? operators).includes(caller.id) && operators.includes(caller.id)) return { as: 'operator' };
  if (!isAdministrator(site, caller)) return { lacks: 'operator' };
  return reason === undefined ? { lacks: 'reason' } : { as: 'administrator' };
}
