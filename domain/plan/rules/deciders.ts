/** Every decision that the plan asks for has enough people: otherwise a request would go to nobody, when it matters most. */
import { instantText } from '../../time/instant.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding, Path } from '../places.ts';
import type { RolePackage } from '../schema.ts';
import { waysThroughWaves } from './changes.ts';
import type { Rule, RuleContext } from './rule.ts';

/** A rollback that two people must approve: the owner or a delegate, and one more of them or an operator. */
function* secondPerson(plan: DraftPlan, { planNowMs }: RuleContext): Generator<Finding> {
  const ways = waysThroughWaves(plan);
  const operators = new Set((plan.operators ?? []).filter((person) => person !== undefined));
  // What the schema refused may be the second person.
  if (plan.operators?.includes(undefined)) return;
  const delegatesOf = delegatesByOwner(plan);
  for (const [index, found] of entriesOf(plan.packages)) {
    const { id, owner, risk, rollback } = found;
    if (owner === undefined || !needsTwo(found) || onlyObserved(ways.get(id ?? ''))) continue;
    if (operators.size > 1 || (operators.size === 1 && !operators.has(owner))) continue;
    const delegates = delegatesOf(owner, id);
    if (delegates.some(({ to, until }) => until > planNowMs && to !== owner)) continue;
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

/** A claim is a second person's word, and nobody keeps their own access (R8). */
function* claimants(plan: DraftPlan): Generator<Finding> {
  const operators = new Set(plan.operators);
  for (const [index, { id, owner, cohort, rollback }] of entriesOf(plan.packages)) {
    const { by = [], atMost } = rollback?.claims ?? {};
    const path: Path = ['packages', index, 'rollback', 'claims'];
    if (atMost !== undefined && atMost > longestClaimMs)
      yield { path: [...path, 'atMost'], say: () => `package ${quote(id)}: a claim may last at most 90d; write atMost: 90d or less` };
    if (by.length === 0) continue;
    const people = new Set(cohort);
    for (const [place, person] of by.entries()) {
      if (person === undefined) continue;
      const why =
        person === owner
          ? 'owns it and decides on its rollback'
          : people.has(person)
            ? 'receives its access'
            : operators.has(person)
              ? 'operates the plan'
              : undefined;
      if (why !== undefined)
        yield {
          path: [...path, 'by', place],
          say: () =>
            `${quote(person)} may not claim access of package ${quote(id)}, because ${quote(person)} ${why}: name another owner who needs what it grants`,
        };
    }
  }
}

const longestClaimMs = 90 * 86_400_000;

const needsTwo = ({ risk, rollback }: Draft<RolePackage>): boolean => rollback?.secondPerson ?? risk === 'high';

/** Rolewave changes nothing of it, so nothing is ever rolled back. */
const onlyObserved = (way: { change: string | undefined }[] = []): boolean => way.length > 0 && way.every(({ change }) => change === 'observe');

interface Delegated {
  to: string;
  until: number;
}

/** Who stands in for an owner, for one package: found once, because each owner may have many delegates and many packages. */
function delegatesByOwner(plan: DraftPlan): (owner: string, id: string | undefined) => Delegated[] {
  const found = new Map<string, Map<string | undefined, Delegated[]>>();
  // No package has this id.
  const forAll = '*';
  for (const [, { of, to, until, packages }] of entriesOf(plan.delegates)) {
    if (of === undefined || to === undefined || until === undefined) continue;
    const ofOwner = found.get(of) ?? new Map<string | undefined, Delegated[]>();
    found.set(of, ofOwner);
    for (const name of packages ?? [forAll]) {
      const others = ofOwner.get(name);
      if (others) others.push({ to, until });
      else ofOwner.set(name, [{ to, until }]);
    }
  }
  return (owner, id) => [...(found.get(owner)?.get(forAll) ?? []), ...(found.get(owner)?.get(id) ?? [])];
}

export const deciderRules: Rule[] = [secondPerson, claimants];
