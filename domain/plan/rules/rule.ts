/** What a rule is. */
import type { DraftPlan, Finding } from '../places.ts';

export interface RuleContext {
  /** Now, in the plan's time. */
  planNowMs: number;
  startedWaves: ReadonlySet<string>;
}

export type Rule = (plan: DraftPlan, context: RuleContext) => Iterable<Finding>;
