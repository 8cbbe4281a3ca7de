/** Entitlements that nobody may hold together: each rule has two of them, and the plan itself gives nobody both. */
import { durationText } from '../../time/duration.ts';
import { instantText } from '../../time/instant.ts';
import { longestSwitchMs } from '../incompatible-rules.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding } from '../places.ts';
import type { IncompatibleRule, RolePackage } from '../schema.ts';
import { waysThroughWaves } from './changes.ts';
import type { Rule, RuleContext } from './rule.ts';

interface At {
  system: string;
  role: string;
}

function* pairs(plan: DraftPlan): Generator<Finding> {
  const ids = new Set<string>();
  for (const [index, { id, entitlements, exceptions }] of entriesOf(plan.incompatible)) {
    const path = ['incompatible', index];
    if (id !== undefined && ids.has(id))
      yield { path: [...path, 'id'], say: () => `there is already a rule ${quote(id)} under incompatible; give this one its own id` };
    if (id !== undefined) ids.add(id);
    const [one, other] = entitlements ?? [];
    if (one && other && one.system !== undefined && one.role !== undefined && one.system === other.system && one.role === other.role)
      yield {
        path: [...path, 'entitlements', 1],
        say: () => `both entitlements of ${quote(id)} are ${quote(one.role)} in ${quote(one.system)}, which would say that nobody may hold it; name two`,
      };
    const named = new Set<string>();
    for (const [at, { person }] of entriesOf(exceptions)) {
      if (person !== undefined && named.has(person))
        yield { path: [...path, 'exceptions', at, 'person'], say: () => `${quote(person)} has an exception from ${quote(id)} already; keep one` };
      if (person !== undefined) named.add(person);
    }
  }
}

/**
 * Two packages that go live at the same moment do not see each other's grants in their previews. So a plan that would give a person both is refused as a whole,
 * and not only the release that would come second.
 */
function* givenByThePlan(plan: DraftPlan, { planNowMs }: RuleContext): Generator<Finding> {
  const rules = [...entriesOf(plan.incompatible)].flatMap(([index, rule]) => {
    const [one, other] = (rule.entitlements ?? []).flatMap((each) => whole(each) ?? []);
    return one && other ? [{ index, rule, one, other }] : [];
  });
  if (rules.length === 0) return;
  const receivers = receiversOf(plan);
  for (const { index, rule, one, other } of rules) {
    const [first, second] = [receivers.get(keyOf(one)), receivers.get(keyOf(other))];
    if (!first || !second) continue;
    for (const [person, by] of first) {
      const also = second.get(person);
      if (also === undefined) continue;
      const exception = exceptionOf(rule, person);
      if (exception !== undefined && planNowMs < exception) continue;
      yield {
        path: ['incompatible', index],
        say: () =>
          `${quote(person)} is in the cohort of ${by === also ? quote(by) : `${quote(by)} and of ${quote(also)}`}, and so would hold ${quote(one.role)} in ${quote(one.system)} and ${quote(other.role)} in ${quote(other.system)}, which ${quote(rule.id)} forbids${exception === undefined ? '' : `; the exception ended on ${instantText(exception)}`}: take the person out of one, or name an exception with its reason and end`,
      };
    }
  }
}

/** A deadline that says nothing, or that nobody could wait for. */
function* switchDeadlines(plan: DraftPlan): Generator<Finding> {
  for (const [index, { id, entitlements = [], switchWithin }] of entriesOf(plan.incompatible)) {
    if (switchWithin === undefined) continue;
    const path = ['incompatible', index, 'switchWithin'];
    if (switchWithin > longestSwitchMs)
      yield {
        path,
        say: () =>
          `${quote(durationText(switchWithin))} is how long a person may hold neither entitlement while they are switched: at most ${durationText(longestSwitchMs)}`,
      };
    const [one, other] = entitlements.flatMap((each) => whole(each) ?? []);
    if (!one || !other) continue;
    const replaces = [...entriesOf(plan.packages)].some(([, each]) => {
      const [granted, retired] = [each.entitlements, each.legacy].map(
        (all) => new Set([...entriesOf(all)].flatMap(([, at]) => (whole(at) ? [keyOf(whole(at) as At)] : []))),
      );
      return (granted?.has(keyOf(one)) && retired?.has(keyOf(other))) || (granted?.has(keyOf(other)) && retired?.has(keyOf(one)));
    });
    if (!replaces) yield { path, say: () => `no package retires one entitlement of ${quote(id)} and grants the other, so nobody is switched: remove it` };
    else if (one.system !== other.system)
      yield {
        path,
        say: () =>
          `the entitlements of ${quote(id)} are in two systems, ${quote(one.system)} and ${quote(other.system)}, and people are switched within one: remove it, and retire the old access by a wave before the one that grants the new`,
      };
  }
}

const exceptionOf = ({ exceptions }: Draft<IncompatibleRule>, person: string): number | undefined =>
  [...entriesOf(exceptions)].find(([, each]) => each.person === person)?.[1].until;

/** By entitlement, the people whom the plan gives it, each with the first package that does. What is retired in the end, or only observed, gives nothing. */
function receiversOf(plan: DraftPlan): Map<string, Map<string, string>> {
  const ways = waysThroughWaves(plan);
  const gives = ({ id }: Draft<RolePackage>): boolean => {
    const changes = (ways.get(id ?? '') ?? []).map(({ change }) => change);
    return changes.some((change) => change === 'release' || change === 'revise') && !changes.includes('retire');
  };
  const receivers = new Map<string, Map<string, string>>();
  for (const [, each] of entriesOf(plan.packages)) {
    if (each.id === undefined || !gives(each)) continue;
    for (const [, entitlement] of entriesOf(each.entitlements)) {
      const at = whole(entitlement);
      if (!at) continue;
      const people = receivers.get(keyOf(at)) ?? new Map<string, string>();
      receivers.set(keyOf(at), people);
      for (const [, person] of entriesOf(each.cohort)) if (!people.has(person)) people.set(person, each.id);
    }
  }
  return receivers;
}

const whole = ({ system, role }: { system?: string | undefined; role?: string | undefined } = {}): At | undefined =>
  system === undefined || role === undefined ? undefined : { system, role };
const keyOf = ({ system, role }: At): string => JSON.stringify([system, role]);

export const incompatibleRules: Rule[] = [pairs, givenByThePlan, switchDeadlines];
