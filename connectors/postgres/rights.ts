/** Which roles this login may grant, and in whose name it may revoke. */
import type { ClientBase } from 'pg';
import { keepsGrantorsApart } from './statements.ts';

/**
 * For `r` a role and `me` the login's own row in pg_roles. Before 16, CREATEROLE alone lets one grant any role that is not a superuser's, and the
 * ADMIN OPTION of any role that the login is a member of counts only where its rights are inherited, as it does later.
 */
export const mayGrantSql = (version: number): string => `
  (me.rolsuper or (not r.rolsuper and (${keepsGrantorsApart(version) ? 'false' : 'me.rolcreaterole'} or exists (
    select from pg_catalog.pg_auth_members a where a.roleid = r.oid and a.admin_option and pg_catalog.pg_has_role(me.oid, a.member, 'USAGE')))))`;

/** Of these roles, by oid, those that the login may grant. */
export async function grantable(client: ClientBase, roleIds: Iterable<string>, version: number): Promise<Set<string>> {
  const { rows } = await client.query<{ oid: string }>(
    `select r.oid::text as oid from pg_catalog.pg_roles r join pg_catalog.pg_roles me on me.rolname = current_user
     where r.oid = any($1::oid[]) and ${mayGrantSql(version)}`,
    [[...new Set(roleIds)]],
  );
  return new Set(rows.map(({ oid }) => oid));
}

/** Of these logins and groups, by oid, those in whose name the login may act. */
export async function actsFor(client: ClientBase, oids: Iterable<string>): Promise<Set<string>> {
  const { rows } = await client.query<{ oid: string }>(
    `select g.oid::text as oid from pg_catalog.pg_roles g where g.oid = any($1::oid[]) and pg_catalog.pg_has_role(current_user, g.oid, 'USAGE')`,
    [[...new Set(oids)]],
  );
  return new Set(rows.map(({ oid }) => oid));
}
