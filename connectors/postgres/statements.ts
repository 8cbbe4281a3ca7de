/** The GRANT and REVOKE statements; pg quotes every identifier, because PostgreSQL takes no parameters in them. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { GrantOption } from '../connector.ts';

/** PostgreSQL 16 separates grants of one (role, account) by grantor, and has the inherit and set options. */
export const keepsGrantorsApart = (version: number): boolean => version >= 160_000;

export const optionNames = ['admin', 'inherit', 'set'] as const;

/** Of a plain membership, the account inherits what the role may do, may act as the role, and may not pass it on. */
const grantOptions: Record<(typeof optionNames)[number], GrantOption> = {
  inherit: { plain: true, otherwise: 'without INHERIT' },
  set: { plain: true, otherwise: 'without SET' },
  admin: { plain: false, otherwise: 'with the ADMIN OPTION' },
};

/**
 * What people sign for is a plain membership. Left to itself, PostgreSQL 16 and later takes INHERIT from the account's own attribute, so that an account with NOINHERIT
 * would hold the role and have none of its privileges.
 */
export const plainMembership: Record<string, boolean> = { inherit: true, set: true };

/** Of a server. Before 16, INHERIT is the account's alone, and no grant can say otherwise. */
export const grantOptionsOf = (version: number): typeof grantOptions =>
  keepsGrantorsApart(version)
    ? grantOptions
    : { ...grantOptions, inherit: { plain: true, otherwise: 'without INHERIT (the account is NOINHERIT: ALTER ROLE … INHERIT changes it)' } };

/** Why these options cannot be granted on this server, or undefined. */
export function optionMistake(options: Record<string, boolean>, version: number): string | undefined {
  const unknown = Object.keys(options).find((name) => !(optionNames as readonly string[]).includes(name));
  if (unknown !== undefined) return `PostgreSQL has no grant option '${unknown}': it has admin, inherit and set`;
  if (!keepsGrantorsApart(version) && options['set'] === false) return 'this server is older than PostgreSQL 16 and cannot keep the set option of a grant';
  return undefined;
}

/** `grantor`: in whose name; absent, the server decides. */
export interface Grant {
  role: string;
  grantor?: string;
  options?: Record<string, boolean>;
}

export function grantStatement({ role, grantor, options = {} }: Grant, accounts: string[], version: number): string {
  const withOptions = keepsGrantorsApart(version)
    ? optionNames.flatMap((name) => (options[name] === undefined ? [] : [`${name} ${options[name]}`])).join(', ')
    : options['admin'] === true
      ? 'admin option'
      : '';
  return `grant ${escapeIdentifier(role)} to ${listed(accounts)}${withOptions === '' ? '' : ` with ${withOptions}`}${inTheNameOf(grantor)}`;
}

/** `restrict`: grants that others made by this one's admin option stop the revoke instead of vanishing with it. */
export const revokeStatement = ({ role, grantor }: Grant, accounts: string[]): string =>
  `revoke ${escapeIdentifier(role)} from ${listed(accounts)}${inTheNameOf(grantor)} restrict`;

const listed = (accounts: string[]) => accounts.map((account) => escapeIdentifier(account)).join(', ');
const inTheNameOf = (grantor: string | undefined) => (grantor === undefined ? '' : ` granted by ${escapeIdentifier(grantor)}`);

/** Not the right to administer a role alone. Servers before 16 have no such options, and understand this too. */
export const grantsAccess = "(coalesce((to_jsonb(a) ->> 'inherit_option')::boolean, true) or coalesce((to_jsonb(a) ->> 'set_option')::boolean, true))";

/** For a person to paste into psql: who holds the roles, and who granted them. */
export function membersStatement(roles: string[]): string {
  if (roles.length === 0) return 'select null as role, null as account, null as granted_by where false;';
  return (
    'select r.rolname as role, m.rolname as account, g.rolname as granted_by from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member ' +
    `left join pg_roles g on g.oid = a.grantor where r.rolname in (${roles
      .toSorted()
      .map((role) => escapeLiteral(role).trim())
      .join(', ')}) and ${grantsAccess} order by 1, 2, 3;`
  );
}
