/** Rules about entitlements that nobody may hold together: which of them concern a package, and what is read for them. Who holds both is in domain/access/incompatible.ts. */
import type { Entitlement, IncompatibleRule, Plan, RolePackage } from './schema.ts';

type At = Pick<Entitlement, 'system' | 'role'>;
const keyOf = ({ system, role }: At): string => JSON.stringify([system, role]);

/** The rules that a release of the package can break or resolve: those of which it grants or retires an entitlement. */
export function rulesOf(
  { incompatible = [] }: Pick<Plan, 'incompatible'>,
  { entitlements, legacy }: Pick<RolePackage, 'entitlements' | 'legacy'>,
): IncompatibleRule[] {
  if (incompatible.length === 0) return [];
  const own = new Set([...entitlements, ...legacy].map(keyOf));
  return incompatible.filter((rule) => rule.entitlements.some((one) => own.has(keyOf(one))));
}

/** Roles of these rules in one system, sorted: who holds them is read for the preview. */
export const rolesIn = (rules: IncompatibleRule[], system: string): string[] =>
  [...new Set(rules.flatMap(({ entitlements }) => entitlements.flatMap((one) => (one.system === system ? [one.role] : []))))].sort();

/** Its entitlements are in two systems. */
export const isAcross = ({ entitlements: [one, other] }: IncompatibleRule): boolean => one?.system !== other?.system;

/** Systems that are read only because of these rules, sorted. */
export const alsoRead = (rules: IncompatibleRule[], systems: readonly string[]): string[] =>
  [...new Set(rules.flatMap(({ entitlements }) => entitlements.map(({ system }) => system)).filter((system) => !systems.includes(system)))].sort();

/** One entitlement of a rule replaces the other in a package, in one system: people who hold the old one are switched, one by one. */
export interface Replacement {
  rule: IncompatibleRule;
  old: string;
  new: string;
}

export const replacedIn = (
  rules: readonly IncompatibleRule[],
  { entitlements, legacy }: { entitlements: readonly At[]; legacy: readonly At[] },
  system: string,
): Replacement[] => {
  const [granted, retired] = [entitlements, legacy].map((all) => new Set(all.map(keyOf)));
  return rules.flatMap((rule) => {
    const [one, other] = rule.entitlements;
    if (!one || !other || one.system !== system || other.system !== system) return [];
    if (granted?.has(keyOf(one)) && retired?.has(keyOf(other))) return [{ rule, old: other.role, new: one.role }];
    return granted?.has(keyOf(other)) && retired?.has(keyOf(one)) ? [{ rule, old: one.role, new: other.role }] : [];
  });
};

const switchWithinMs = 300_000;
export const longestSwitchMs = 3_600_000;

/** How long a person who is switched may hold neither; real time. */
export const withinOf = ({ switchWithin = switchWithinMs }: Pick<IncompatibleRule, 'switchWithin'>): number => switchWithin;

/** In plan time: an exception that holds lets the person hold both. */
export const isExcepted = ({ exceptions = [] }: IncompatibleRule, person: string, nowMs: number): boolean =>
  exceptions.some((exception) => exception.person === person && nowMs < exception.until);

type Exception = NonNullable<IncompatibleRule['exceptions']>[number];
/** Of each list of exceptions, by person. One list may be that of many rules. */
const known = new WeakMap<Exception[], Map<string, Exception[]>>();

/** Exceptions of these people from the rule. */
export function exceptionsOf({ exceptions }: IncompatibleRule, people: ReadonlySet<string>): Exception[] {
  if (!exceptions) return [];
  const byPerson = known.get(exceptions) ?? Map.groupBy(exceptions, ({ person }) => person);
  known.set(exceptions, byPerson);
  if (people.size > byPerson.size) return exceptions.filter(({ person }) => people.has(person));
  return [...people].flatMap((person) => byPerson.get(person) ?? []);
}

/**
 * How many lines about incompatible entitlements are in what people sign: each package of each wave has one for each rule that concerns it, and one for each
 * exception of its people. A short plan may have millions, and every worker and endpoint digests them.
 */
export function signedLines(plan: Pick<Plan, 'incompatible' | 'packages' | 'waves'>): number {
  if (!plan.incompatible) return 0;
  const waves = new Map<string, number>();
  for (const { packages } of plan.waves) for (const entry of packages) waves.set(entry.package, (waves.get(entry.package) ?? 0) + 1);
  let lines = 0;
  for (const each of plan.packages) {
    const people = new Set(each.cohort);
    const own = rulesOf(plan, each).reduce((sum, rule) => sum + 1 + exceptionsOf(rule, people).length, 0);
    lines += own * (waves.get(each.id) ?? 0);
  }
  return lines;
}
