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
