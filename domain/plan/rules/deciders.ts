/** Every decision that the plan asks for has enough people: otherwise a request would go to nobody, when it matters most. */
import { instantText } from '../../time/instant.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding, Path } from '../places.ts';
import type { RolePackage } from '../schema.ts';
import { delegatesFor } from '../section.ts';
import { waysThroughWaves } from './changes.ts';
import type { Rule, RuleContext } from './rule.ts';

/** A rollback that two people must approve: the owner or a delegate, and one more of them or an operator. */
function* secondPerson(plan: DraftPlan, { planNowMs }: RuleContext): Generator<Finding> {
  const ways = waysThroughWaves(plan);
  for (const [index, found] of entriesOf(plan.packages)) {
    const { id, owner, risk, rollback } = found;
    if (owner === undefined || !needsTwo(found) || onlyObserved(ways.get(id ?? ''))) continue;
    const operators = (plan.operators ?? []).filter((person) => person !== undefined);
    // What the schema refused may be the second person.
    if (operators.length < (plan.operators?.length ?? 0)) continue;
    const delegates = delegatesOf(plan, owner, id);
    const standing = delegates.filter(({ until }) => until > planNowMs);
    if (new Set([owner, ...operators, ...standing.map(({ to }) => to)]).size > 1) continue;
    const ended = delegates.find(({ until }) => until <= planNowMs);
    const path: Path = ['packages', index, ...(rollback?.secondPerson === undefined ? ['risk'] : ['rollback', 'secondPerson'])];
    const why = rollback?.secondPerson === undefined ? `has ${risk} risk, so two people must approve its rollback` : 'needs two people to approve its rollback';
    yield {
      path,
      say: () =>
        `package ${quote(id)} ${why}, and only ${quote(owner)} can${ended ? ` (the delegation to ${quote(ended.to)} ended on ${instantText(ended.until)})` : ''}; add an operator or a delegate, or write rollback: { secondPerson: false }`,
    };
  }
}

const needsTwo = ({ risk, rollback }: Draft<RolePackage>): boolean => rollback?.secondPerson ?? risk === 'high';

/** Rolewave changes nothing of it, so nothing is ever rolled back. */
const onlyObserved = (way: { change: string | undefined }[] = []): boolean => way.length > 0 && way.every(({ change }) => change === 'observe');

/** What the schema refused of a delegation makes it no delegation. */
const delegatesOf = (plan: DraftPlan, owner: string, id: string | undefined): { to: string; until: number }[] => {
  const whole = [...entriesOf(plan.delegates)].flatMap(([, { of, to, until, packages }]) =>
    of === undefined || to === undefined || until === undefined
      ? []
      : [{ of, to, until, ...(packages === undefined ? {} : { packages: packages.filter((each) => each !== undefined) }) }],
  );
  return delegatesFor(whole, owner, id ?? '');
};

export const deciderRules: Rule[] = [secondPerson];
