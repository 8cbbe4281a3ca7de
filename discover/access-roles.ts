/** Which of a system's roles look like access for people, and what else the holders of one of them hold. Pure. */
import type { FoundSystem } from './found-system.ts';

export interface AccessRole {
  name: string;
  isPrivilege?: true;
  comment?: string;
  /** Accounts that hold it directly and may log in, sorted. */
  people: string[];
  /** Who holds it and is no account: group roles or groups, which pass it on to their members; sorted. */
  groups: string[];
  /** The people who may grant it to others. */
  administrators: string[];
}

/** Group roles with holders, those with the most first. */
export const accessRoles = (system: FoundSystem): AccessRole[] =>
  groupRoles(system)
    .filter(({ people, groups }) => people.length + groups.length > 0)
    .toSorted((a, b) => b.people.length - a.people.length);

/** Names of all roles that can be granted, those that look like access first. */
export const grantableNames = (system: FoundSystem): string[] => [...new Set([...accessRoles(system), ...groupRoles(system)].map(({ name }) => name))];

/** A role that can be granted, by its name; undefined when it is an account, a superuser or missing. */
export const accessRole = (system: FoundSystem, name: string): AccessRole | undefined => groupRoles(system).find((role) => role.name === name);

export interface OldAccess {
  role: AccessRole;
  /** The requested people who hold it. */
  shared: string[];
}

/** Other roles of these people, the most shared first: the new role may be meant to replace them. */
export function oldAccess(system: FoundSystem, role: string, people: string[]): OldAccess[] {
  const asked = new Set(people);
  return accessRoles(system)
    .filter(({ name }) => name !== role)
    .map((other) => ({ role: other, shared: other.people.filter((account) => asked.has(account)) }))
    .filter(({ shared }) => shared.length > 0)
    .toSorted((a, b) => b.shared.length - a.shared.length);
}

/** Logins that may be people: without superusers and the login of this session. */
export const accounts = ({ roles, login }: FoundSystem): string[] =>
  roles.filter((role) => role.login && !role.superuser && role.name !== login).map(({ name }) => name);

function groupRoles({ roles, grants }: FoundSystem): AccessRole[] {
  const logins = new Set(roles.filter(({ login }) => login).map(({ name }) => name));
  const held = Map.groupBy(grants, ({ role }) => role);
  return roles
    .filter(({ login, superuser }) => !login && !superuser)
    .map(({ name, isPrivilege, comment }) => {
      const all = held.get(name) ?? [];
      // A login that may only administer the role (from PostgreSQL 16 on) does not have its access.
      const holders = all.filter(({ options }) => options['inherit'] !== false || options['set'] !== false);
      const named = (grants: typeof all, isLogin: boolean) =>
        [...new Set(grants.map(({ account }) => account))].filter((account) => logins.has(account) === isLogin).sort();
      return {
        name,
        ...(isPrivilege ? { isPrivilege } : {}),
        ...(comment === undefined ? {} : { comment }),
        people: named(holders, true),
        groups: named(holders, false),
        administrators: named(
          all.filter(({ options }) => options['admin']),
          true,
        ),
      };
    });
}
