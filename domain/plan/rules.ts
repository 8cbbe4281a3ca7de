/** Rules look across the plan; the schema sees one value at a time. Each is a pure function from a plan to findings, independent of the others. */
import type { Site } from '../site/schema.ts';
import type { DraftPlan, Finding } from './places.ts';
import { blackoutRules } from './rules/blackouts.ts';
import { rightOf } from '../site/rights.ts';
import { cohortQueryRules, cohortsOfOtherSystems } from './rules/cohort-queries.ts';
import { changeRules } from './rules/changes.ts';
import { blastRadiusRules } from './rules/blast-radius.ts';
import { incompatibleRules } from './rules/incompatible.ts';
import { metricRules } from './rules/metrics.ts';
import { deciderRules } from './rules/deciders.ts';
import { namesInSystems } from './rules/names-in-systems.ts';
import { repeatedNames, unknownNames } from './rules/names.ts';
import { noticeRules } from './rules/notices.ts';
import { grantedWhereReadOnly } from './rules/observing.ts';
import { packageRules } from './rules/packages.ts';
import { queriesOfSystemsWithoutSql, queryRules } from './rules/queries.ts';
import type { Rule, RuleContext, SiteRule } from './rules/rule.ts';
import { rightRules } from './rules/rights.ts';
import { separationRules } from './rules/separation.ts';
import { thresholdRules } from './rules/thresholds.ts';
import { waveRules } from './rules/waves.ts';

const rules: Rule[] = [
  repeatedNames,
  unknownNames,
  ...packageRules,
  ...deciderRules,
  ...queryRules,
  ...cohortQueryRules,
  ...metricRules,
  ...thresholdRules,
  ...waveRules,
  ...changeRules,
  ...noticeRules,
  ...blackoutRules,
  ...blastRadiusRules,
  ...incompatibleRules,
];

/** What a plan may say depends on its site, too. */
const siteRules: SiteRule[] = [...rightRules, ...separationRules, namesInSystems, queriesOfSystemsWithoutSql, cohortsOfOtherSystems, grantedWhereReadOnly];

export function siteFindings(plan: DraftPlan, site: Site, most: number): Finding[] {
  const shown = ofPlan(plan, site);
  return siteRules.flatMap((rule) => first(most, rule(plan, shown)));
}

/** With the systems of its right alone: no refusal tells of others that they exist, of which kind they are, or how they are set. */
function ofPlan({ plan }: DraftPlan, site: Site): Site {
  const its = new Set(plan === undefined ? [] : rightOf(site, plan)?.systems.map(({ system }) => system));
  return { ...site, systems: site.systems.filter(({ id }) => its.has(id)) };
}

/** At most `most` findings of each rule: nobody reads more, and a file can have a hundred thousand. */
export const ruleFindings = (plan: DraftPlan, context: RuleContext, most: number): Finding[] => rules.flatMap((rule) => first(most, rule(plan, context)));

function first<T>(most: number, items: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length >= most) break;
  }
  return taken;
}
