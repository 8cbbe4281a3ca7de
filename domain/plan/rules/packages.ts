/** What must hold within a package, among packages, and between people and their accounts. */
import { entryOf } from '../../entry-of.ts';
import { durationText } from '../../time/duration.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding } from '../places.ts';
import type { Person } from '../schema.ts';
import { circles } from './circles.ts';
import type { Rule } from './rule.ts';

const grant = (entry: { system?: string | undefined; role?: string | undefined }) => (entry.system && entry.role ? `${entry.system} ${entry.role}` : undefined);

function* access(plan: DraftPlan): Generator<Finding> {
  for (const [index, { id, entitlements, legacy }] of entriesOf(plan.packages)) {
    const given = new Set<string>();
    for (const [at, entry] of entriesOf(entitlements)) {
      const key = grant(entry);
      if (key === undefined) continue;
      if (given.has(key))
        yield { path: ['packages', index, 'entitlements', at], say: () => `package ${quote(id)} grants ${quote(entry.role)} in ${quote(entry.system)} twice` };
      given.add(key);
    }
    const retired = new Set<string>();
    for (const [at, entry] of entriesOf(legacy)) {
      const key = grant(entry);
      if (key === undefined) continue;
      const path = ['packages', index, 'legacy', at];
      if (retired.has(key)) yield { path, say: () => `package ${quote(id)} retires ${quote(entry.role)} in ${quote(entry.system)} twice` };
      if (given.has(key))
        yield { path, say: () => `package ${quote(id)} both grants and retires ${quote(entry.role)} in ${quote(entry.system)}; keep one of the two` };
      retired.add(key);
    }
  }
}

function* risk(plan: DraftPlan): Generator<Finding> {
  for (const [index, { id, risk: level, rollback, requires }] of entriesOf(plan.packages)) {
    if (level === 'high' && rollback?.approval === 'automatic') {
      yield {
        path: ['packages', index, 'rollback', 'approval'],
        say: () => `package ${quote(id)} has high risk, so a person must approve its rollback; write approval: owner`,
      };
    }
    const drill = requires?.drill;
    if (drill?.timebox !== undefined && drill.validFor !== undefined && drill.timebox >= drill.validFor) {
      const { timebox, validFor } = drill;
      yield {
        path: ['packages', index, 'requires', 'drill', 'timebox'],
        say: () => `package ${quote(id)}: a drill of ${durationText(timebox)} would expire (after ${durationText(validFor)}) before it ends`,
      };
    }
  }
}

function* builtOnItself(plan: DraftPlan): Generator<Finding> {
  const index = new Map([...entriesOf(plan.packages)].flatMap(([at, { id }]) => (id === undefined ? [] : [[id, at] as const])));
  const on = new Map(
    [...entriesOf(plan.packages)].flatMap(([, { id, buildsOn }]) =>
      id === undefined ? [] : [[id, (buildsOn ?? []).filter((name) => name !== undefined)] as const],
    ),
  );
  for (const circle of circles(on)) {
    const first = circle[0] ?? '';
    const path = ['packages', index.get(first) ?? 0, 'buildsOn'];
    yield {
      path,
      say: () =>
        circle.length === 1
          ? `package ${quote(first)} builds on itself`
          : `package ${quote(first)} builds on itself in a cycle: ${[...circle, first].join(' → ')}`,
    };
  }
}

/** Two people with one account in a system: nobody could tell whose grant it is (R1). */
function* sharedAccounts(plan: DraftPlan): Generator<Finding> {
  const byId = new Map([...entriesOf(plan.people)].flatMap(([, person]) => (person.id === undefined ? [] : [[person.id, person] as const])));
  const taken = new Map<string, string>();
  for (const [index, { id, accounts }] of entriesOf(plan.people)) {
    if (id === undefined) continue;
    for (const [system, account] of Object.entries(accounts ?? {})) {
      if (account === undefined) continue;
      const key = JSON.stringify([system, account]);
      const namesake: Draft<Person> | undefined = account === id ? undefined : byId.get(account);
      const other: string | undefined = taken.get(key) ?? (entryOf(namesake?.accounts ?? {}, system) === undefined ? namesake?.id : undefined);
      if (other !== undefined && other !== id)
        yield {
          path: ['people', index, 'accounts', system],
          say: () => `${quote(id)} and ${quote(other)} have the same account ${quote(account)} in ${quote(system)}`,
        };
      taken.set(key, id);
    }
  }
}

/** Of one owner: everybody who may answer is worked out for each package, and a delegation can name all packages that it is for. */
const mostOfOne = 200;

function* delegates(plan: DraftPlan): Generator<Finding> {
  const count = new Map<string, number>();
  for (const [index, { of, to }] of entriesOf(plan.delegates)) {
    const before = of === undefined ? 0 : (count.get(of) ?? 0);
    if (of !== undefined) count.set(of, before + 1);
    if (before === mostOfOne)
      yield {
        path: ['delegates', index, 'of'],
        say: () => `${quote(of)} has more than ${mostOfOne} delegations; a delegation may name several packages, or none for all of them`,
      };
    if (of !== undefined && of === to) yield { path: ['delegates', index, 'to'], say: () => `${quote(of)} cannot be their own delegate; name someone else` };
  }
}

export const packageRules: Rule[] = [access, risk, builtOnItself, sharedAccounts, delegates];
