/** What a rule is. */
import type { Site } from '../../site/schema.ts';
import type { DraftPlan, Finding } from '../places.ts';

export interface RuleContext {
  /** Now, in the plan's time. */
  planNowMs: number;
  startedWaves: ReadonlySet<string>;
}

/** Finds what the site does not let the plan do, or what its systems cannot have. */
export type SiteRule = (plan: DraftPlan, site: Site) => Iterable<Finding>;

export type Rule = (plan: DraftPlan, context: RuleContext) => Iterable<Finding>;
