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

/** Of these logins and groups, by oid, those in whose name the login may revoke. From PostgreSQL 16 on. */
export async function actsFor(client: ClientBase, oids: Iterable<string>): Promise<Set<string>> {
  const { rows } = await client.query<{ oid: string }>(
    `select g.oid::text as oid from pg_catalog.pg_roles g where g.oid = any($1::oid[]) and pg_catalog.pg_has_role(current_user, g.oid, 'USAGE')`,
    [[...new Set(oids)]],
  );
  return new Set(rows.map(({ oid }) => oid));
}

/**
 * Of these roles and grantors, those where the login may grant the role in the grantor's name: to act for the grantor is not enough, who has to have the
 * ADMIN OPTION itself (or be the bootstrap superuser, whose oid is 10). Before 16, only a superuser may use another name.
 */
export async function grantsInNameOf(client: ClientBase, pairs: { roleId: string; grantorId: string }[], version: number): Promise<Set<string>> {
  const may = keepsGrantorsApart(version)
    ? `pg_catalog.pg_has_role(me.oid, w.grantor, 'USAGE') and (w.grantor = 10 or exists (
         select from pg_catalog.pg_auth_members a where a.roleid = w.role and a.member = w.grantor and a.admin_option))`
    : 'me.rolsuper or me.oid = w.grantor';
  const { rows } = await client.query<{ role: string; grantor: string }>(
    `select w.role::text as role, w.grantor::text as grantor from (select distinct * from unnest($1::oid[], $2::oid[])) as w(role, grantor)
     join pg_catalog.pg_roles me on me.rolname = current_user where ${may}`,
    [pairs.map(({ roleId }) => roleId), pairs.map(({ grantorId }) => grantorId)],
  );
  return new Set(rows.map(({ role, grantor }) => `${role} ${grantor}`));
}
