/**
 * Roles that are never granted, whatever plan and site say: they give power over the server, over Rolewave, or over everybody's access.
 * docs/decisions/0142-roles-that-are-never-granted.md has the reasons.
 */
import type { ClientBase } from 'pg';
import { matches } from '../../domain/site/patterns.ts';
import { byIndex } from './by-index.ts';

/** What the site and the store add to the roles that no site may let a plan grant. */
export interface Protection {
  /** Patterns of roles and accounts that nothing is granted of or to. */
  breakGlass: readonly string[];
  /** Logins with which Rolewave works here: what they can read, every plan that measures something could read. */
  ownLogins?: ReadonlySet<string>;
  /** Roles of this server, by oid, that reach Rolewave's own store; absent where the store is not known. */
  storeRoles?: ((client: ClientBase) => Promise<ReadonlySet<string>>) | undefined;
}

interface Power {
  oid: string;
  /** Of the role that has the power. */
  powerOid: string;
  /** The role itself, or one that it is a member of. */
  name: string;
  itself: boolean;
  superuser: boolean;
  createRole: boolean;
  replication: boolean;
  bypassRls: boolean;
  own: boolean;
  login: boolean;
  grants: boolean;
}

/** With these, a login runs programs on the server or reads its files, and so becomes what it likes. */
const serverRoles = new Set(['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files']);

/** Of these roles, by oid, those that are never granted, each with the reason. */
export async function protectedRoles(client: ClientBase, roleIds: Iterable<string>, { breakGlass, storeRoles }: Protection): Promise<Map<string, string>> {
  const ofStore = (await storeRoles?.(client)) ?? new Set<string>();
  const { rows } = await byIndex(client, () =>
    client.query<Power>(
      // Looked up one by one (offset 0): the server expects many, and would read all of its roles and memberships.
      `with recursive above(start, oid) as (
       select r.oid, r.oid from pg_catalog.pg_roles r where r.oid = any($1::oid[])
       union
       select above.start, a.roleid from above cross join lateral (select a.roleid from pg_catalog.pg_auth_members a where a.member = above.oid offset 0) a)
     select above.start::text as oid, r.oid::text as "powerOid", r.rolname::text as name, above.start = above.oid as itself, r.rolsuper as superuser, r.rolcreaterole as "createRole",
       r.rolreplication as replication, r.rolbypassrls as "bypassRls", r.rolname = current_user as own, r.rolcanlogin as login,
       pg_catalog.pg_has_role(current_user, r.oid, 'MEMBER') and exists (
         select from pg_catalog.pg_auth_members a where a.member = r.oid and a.admin_option) as grants
     from above cross join lateral (select * from pg_catalog.pg_roles r where r.oid = above.oid offset 0) r order by 1, 3 desc, 2`,
      [[...new Set(roleIds)]],
    ),
  );
  const found = new Map<string, string>();
  for (const power of rows) {
    const why = reason(power, breakGlass, ofStore);
    if (why !== undefined && !found.has(power.oid)) found.set(power.oid, `${power.itself ? 'it' : `it is a member of '${power.name}', which`} ${why}`);
  }
  return found;
}

function reason(power: Power, breakGlass: readonly string[], ofStore: ReadonlySet<string>): string | undefined {
  const { name, itself } = power;
  if (power.superuser) return 'is a superuser';
  if ((itself && name.startsWith('pg_')) || serverRoles.has(name)) return "is one of PostgreSQL's own roles";
  if (power.own) return "is Rolewave's own login";
  if (breakGlass.some((pattern) => matches(pattern, name))) return 'is for emergencies, by the site';
  if (power.createRole) return 'may create and change roles (CREATEROLE)';
  if (power.replication) return 'may copy the whole server (REPLICATION)';
  if (power.bypassRls) return 'ignores row security (BYPASSRLS)';
  if (ofStore.has(power.powerOid)) return "reaches Rolewave's own store";
  if (power.login) return 'is a login: a member could act as the person or program whose login it is';
  if (power.grants) return "is one from which Rolewave's login has its right to grant";
  return undefined;
}

/** Why nothing is ever granted to this account; undefined: something may be. */
export function neverGrantedTo(account: string, { breakGlass, ownLogins }: Protection): string | undefined {
  if (breakGlass.some((pattern) => matches(pattern, account))) return `'${account}' is for emergencies, by the site`;
  return ownLogins?.has(account) ? `${ownLogin(account)}: name the person's own in the plan` : undefined;
}

/** Nothing is taken from it either: what it may read, all plans measure by. */
export const ownLogin = (account: string): string => `'${account}' is Rolewave's own login`;

export const neverGranted = (role: string, why: string): string => `role '${role}' is never granted: ${why}`;
