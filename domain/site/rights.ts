/** What the site lets a plan and a person do. The same rules at the door, when a plan is applied, and before every effect (R8). */
import { isAmong, type Caller } from './caller.ts';
import { matches } from './patterns.ts';
import { isPrivilegeName } from './postgres-privileges.ts';
import type { PlanRight, Site, System } from './schema.ts';

export const isAdministrator = (site: Site, caller: Caller): boolean => isAmong(site.administrators, caller);

/** The right of a plan: of all that match its id, the longest. Undefined: the site knows no such plan. */
export function rightOf(site: Pick<Site, 'plans'>, plan: string): PlanRight | undefined {
  const matching = site.plans.filter((right) => right.plan === plan || (right.plan.endsWith('*') && plan.startsWith(right.plan.slice(0, -1))));
  // An id that is written out is longer than any beginning of it.
  return matching.toSorted((a, b) => specificity(b, plan) - specificity(a, plan))[0];
}

/** By which plans under one right share turns, limits and caches: the right's name; the plan's own where the site knows no such plan. */
export const rightNameOf = (site: Pick<Site, 'plans'>, plan: string): string => rightOf(site, plan)?.plan ?? plan;

/**
 * Temporal's priority of every workflow of a plan, which its activities and children take over: where the server has fairness, one right of the site has one turn,
 * however much work it has. A key has at most 64 bytes, and ids and rights have 63.
 */
export const priorityOf = (site: Pick<Site, 'plans'>, plan: string): { fairnessKey: string } => ({ fairnessKey: rightNameOf(site, plan) });

const specificity = (right: PlanRight, plan: string): number => (right.plan === plan ? Infinity : right.plan.length);

/** Whether the site lets them apply this plan; that they are an operator of the revision before is decided elsewhere. */
export function mayApply(site: Site, plan: string, caller: Caller): boolean {
  const right = rightOf(site, plan);
  return right !== undefined && (isAmong(right.apply, caller) || isAdministrator(site, caller));
}

/** Whether there is any plan that the site lets them apply. */
export const mayApplyAny = (site: Site, caller: Caller): boolean => isAdministrator(site, caller) || site.plans.some(({ apply }) => isAmong(apply, caller));

/** The right of the site under which this person applies plans: with those of the same right they share what the endpoint does for them. The first of several. */
export const appliesUnder = (site: Site, caller: Caller): string =>
  site.plans.find(({ apply }) => isAmong(apply, caller))?.plan ?? (isAdministrator(site, caller) ? 'administrators' : 'nobody');

/** Whether the site lets them read the whole plan, whether it names them or not. */
export function mayRead(site: Site, plan: string, caller: Caller): boolean {
  const right = rightOf(site, plan);
  return isAdministrator(site, caller) || (right !== undefined && (isAmong(right.read, caller) || isAmong(right.apply, caller)));
}

export const systemOf = (site: Pick<Site, 'systems'>, system: string): System | undefined => site.systems.find(({ id }) => id === system);

/** Those of the plans that the site lets them read or apply, whatever each plan itself says; all for administrators. Sorted. */
export function systemsSeenBy(site: Site, caller: Caller): System[] {
  const seen = new Set(
    site.plans.filter(({ read, apply }) => isAmong(read, caller) || isAmong(apply, caller)).flatMap(({ systems }) => systems.map(({ system }) => system)),
  );
  const all = isAdministrator(site, caller) ? site.systems : site.systems.filter(({ id }) => seen.has(id));
  return all.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Why the site lets this plan do nothing in this system, as a sentence; undefined: it may use it. */
export function systemRefusal(site: Site, plan: string, system: string): string | undefined {
  const right = rightOf(site, plan);
  if (!right) return `the site lets nobody have a plan '${plan}'`;
  // The same words for a system that the site does not have: nobody learns from a refusal what there is.
  if (!systemOf(site, system) || !right.systems.some((each) => each.system === system)) return `the site does not let plan '${plan}' use a system '${system}'`;
  return undefined;
}

/** Why the site lets this plan neither grant nor retire this role, as a sentence; undefined: it may. */
export function roleRefusal(site: Site, plan: string, system: string, role: string): string | undefined {
  const refusal = systemRefusal(site, plan, system);
  if (refusal !== undefined) return refusal;
  const denied = deniedRole(site, system, role);
  if (denied !== undefined) return denied;
  const patterns = rightOf(site, plan)?.systems.flatMap((each) => (each.system === system ? each.roles : [])) ?? [];
  const isPrivilege = systemOf(site, system)?.kind === 'postgres' && isPrivilegeName(role);
  // A right to every role was not written with tables in mind.
  if (patterns.some((pattern) => matches(pattern, role) && (!isPrivilege || isPrivilegeName(pattern)))) return undefined;
  return isPrivilege
    ? `the site does not let plan '${plan}' use the privilege '${role}' of the system '${system}': patterns for privileges begin with table: or schema:`
    : `the site does not let plan '${plan}' use the role '${role}' of the system '${system}'`;
}

/** Why the site lets no plan use this role, as a sentence; undefined: some may. Also asked when a rollback would give a role back. */
export function deniedRole(site: Pick<Site, 'systems'>, system: string, role: string): string | undefined {
  const found = systemOf(site, system);
  if (!found) return `the site has no system '${system}'`;
  const { roles, breakGlass } = found;
  const isDenied = [...roles.deny, ...breakGlass].some((pattern) => matches(pattern, role));
  if (isDenied || !roles.allow.some((pattern) => matches(pattern, role))) return `the site lets no plan use the role '${role}' of the system '${system}'`;
  return undefined;
}

/** Why no plan may name this account, as a sentence; undefined: it may. */
export const accountRefusal = (site: Pick<Site, 'systems'>, system: string, account: string): string | undefined =>
  systemOf(site, system)?.breakGlass.some((pattern) => matches(pattern, account))
    ? `the site lets no plan name the account '${account}' of the system '${system}': it is for emergencies`
    : undefined;

/** Whether the site has any such role in this system, so that most need not look. */
export const hasNeverEmpty = (site: Site, system: string): boolean => (systemOf(site, system)?.roles.neverEmpty.length ?? 0) > 0;

/** Of the roles of a system, those that always keep a holder. */
export const neverEmpty = (site: Site, system: string): ((role: string) => boolean) => {
  const patterns = systemOf(site, system)?.roles.neverEmpty ?? [];
  return (role) => patterns.some((pattern) => matches(pattern, role));
};

/** Why a rollback gives back no such access, as a sentence; undefined: it may. */
export const deniedRestore =
  (site: Pick<Site, 'systems'>, system: string) =>
  ({ role, account }: { role: string; account: string }): string | undefined =>
    deniedRole(site, system, role) ?? accountRefusal(site, system, account);
