/** Rules that look across the plan, where the schema sees one value at a time. Each is a pure function from a plan to findings; none knows of another. */
import type { DraftPlan, Finding } from './places.ts';
import { repeatedNames, unknownNames } from './rules/names.ts';
import { packageRules } from './rules/packages.ts';
import { thresholdRules } from './rules/thresholds.ts';
import { waveRules } from './rules/waves.ts';

export interface RuleContext {
  /** Now, in the plan's time. */
  planNowMs: number;
  startedWaves: ReadonlySet<string>;
}

export type Rule = (plan: DraftPlan, context: RuleContext) => Iterable<Finding>;

const rules: Rule[] = [repeatedNames, unknownNames, ...packageRules, ...thresholdRules, ...waveRules];

export const ruleFindings = (plan: DraftPlan, context: RuleContext): Finding[] => rules.flatMap((rule) => [...rule(plan, context)]);
