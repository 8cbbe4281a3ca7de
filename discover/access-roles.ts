/** Which of a database's roles look like access that people are given, and what stands beside one of them. Pure. */
import type { Database } from './read-database.ts';

export interface AccessRole {
  name: string;
  comment?: string;
  /** Accounts that hold it themselves and may log in, sorted. */
  people: string[];
  /** Group roles that hold it, and pass it on to their members, sorted. */
  groups: string[];
  /** Of the people, those who may give it to others. */
  administrators: string[];
}

/** Group roles that somebody holds, the most held first. */
export const accessRoles = (database: Database): AccessRole[] =>
  groupRoles(database)
    .filter(({ people, groups }) => people.length + groups.length > 0)
    .toSorted((a, b) => b.people.length - a.people.length);

/** A role that can be given, by its name; undefined when it is an account, a superuser's, or not there. */
export const accessRole = (database: Database, name: string): AccessRole | undefined => groupRoles(database).find((role) => role.name === name);

export interface OldAccess {
  role: AccessRole;
  /** Of the people asked for, those who hold it. */
  shared: string[];
}

/** What these people hold beside the role, the most shared first: the new role may be meant to take its place. */
export function oldAccess(database: Database, role: string, people: string[]): OldAccess[] {
  const asked = new Set(people);
  return accessRoles(database)
    .filter(({ name }) => name !== role)
    .map((other) => ({ role: other, shared: other.people.filter((account) => asked.has(account)) }))
    .filter(({ shared }) => shared.length > 0)
    .toSorted((a, b) => b.shared.length - a.shared.length);
}

/** Logins that may be people: no superusers, and not the one that was used to look. */
export const accounts = ({ roles, login }: Database): string[] =>
  roles.filter((role) => role.login && !role.superuser && role.name !== login).map(({ name }) => name);

function groupRoles({ roles, grants }: Database): AccessRole[] {
  const logins = new Set(roles.filter(({ login }) => login).map(({ name }) => name));
  const held = Map.groupBy(grants, ({ role }) => role);
  return roles
    .filter(({ login, superuser }) => !login && !superuser)
    .map(({ name, comment }) => {
      const all = held.get(name) ?? [];
      // A login that may only administer the role (from PostgreSQL 16 on) does not have its access.
      const holders = all.filter(({ options }) => options['inherit'] !== false || options['set'] !== false);
      const named = (grants: typeof all, isLogin: boolean) =>
        [...new Set(grants.map(({ account }) => account))].filter((account) => logins.has(account) === isLogin).sort();
      return {
        name,
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
