/** Reads who holds which privilege, from the access lists of tables and schemas. An owner's own privileges, which need no entry there, are no grants. */
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../../domain/array-literal.ts';
import { privilegeName } from '../../../domain/site/postgres-privileges.ts';
import type { ActualGrant, GrantOption } from '../../connector.ts';
import { grantsAccess } from '../statements.ts';
import type { PrivilegeOn } from './objects.ts';

/** A grant as the server holds it now: all of its identities are known. It has no id of its own: what tells it from others is who granted it. */
export type Held = ActualGrant & { roleId: string; accountId: string; grantorId: string };

/** The options of a privilege, by their names in ActualGrant.options. */
export const privilegeOptions = { grantable: { plain: false, otherwise: 'with the GRANT OPTION' } } satisfies Record<string, GrantOption>;

export const pairKey = ({ roleId, accountId }: { roleId: string; accountId: string }): string => `${roleId} ${accountId}`;
/** Of one object, privilege, account and grantor there is one entry at most. */
export const itemKey = (held: Held): string => `${pairKey(held)} ${held.grantorId}`;

interface Row {
  kind: string;
  oid: string;
  privilege: string;
  accountId: string;
  account: string;
  grantorId: string;
  grantor: string | null;
  grantable: boolean;
}

/**
 * Those whom a list of holders names: not our own login's right to grant, which is how Rolewave does its work, and no group, through which the privilege
 * reaches people indirectly. A login that was locked is no group: nobody has been made a member of it.
 */
const namedInLists = `and not (m.rolname = current_user and a.is_grantable)
  and (m.rolcanlogin or not exists (select from pg_catalog.pg_auth_members a where a.roleid = m.oid and ${grantsAccess}))`;

/** All grants of these privileges, by privilege, account and grantor. PUBLIC is nobody. `asList`: of the holders. */
export async function holdings(client: ClientBase, on: PrivilegeOn[], asList: 'asList' | 'all' = 'all'): Promise<Held[]> {
  if (on.length === 0) return [];
  const asked = new Map(on.map((each) => [`${each.object.kind} ${each.object.oid} ${each.privilege}`, each]));
  const oids = (kind: string) => [...new Set(on.filter(({ object }) => object.kind === kind).map(({ object }) => object.oid))];
  const { rows } = await client.query<Row>(
    `select o.kind, o.oid::text as oid, pg_catalog.lower(a.privilege_type) as privilege, m.oid::text as "accountId", m.rolname::text as account,
       a.grantor::text as "grantorId", g.rolname::text as grantor, a.is_grantable as grantable
     from (
       select 'table' as kind, c.oid, c.relowner as owner, c.relacl as acl from pg_catalog.pg_class c where c.oid = any($1::oid[])
       union all
       select 'schema', n.oid, n.nspowner, n.nspacl from pg_catalog.pg_namespace n where n.oid = any($2::oid[])) o
     cross join lateral pg_catalog.aclexplode(o.acl) a join pg_catalog.pg_roles m on m.oid = a.grantee left join pg_catalog.pg_roles g on g.oid = a.grantor
     where not (a.grantee = o.owner and a.grantor = o.owner) ${asList === 'asList' ? namedInLists : ''}`,
    [oids('table'), oids('schema')].map(arrayLiteral),
  );
  const held = rows.flatMap(({ kind, oid, privilege, account, accountId, grantor, grantorId, grantable }): Held[] => {
    const of = asked.get(`${kind} ${oid} ${privilege}`);
    return of ? [{ role: of.role, account, options: { grantable }, roleId: of.id, accountId, grantorId, ...(grantor === null ? {} : { grantor }) }] : [];
  });
  return held.sort((a, b) => before(a.role, b.role) || before(a.account, b.account) || before(a.grantor ?? '', b.grantor ?? ''));
}

/**
 * Privileges of the database that logins other than superusers, owners and the session's own were given themselves, without PostgreSQL's own objects. For
 * people who look for old access: at most `mostFound`.
 */
export async function privilegesOfPeople(client: ClientBase): Promise<Pick<ActualGrant, 'role' | 'account' | 'options'>[]> {
  const { rows } = await client.query<{ kind: 'table' | 'schema'; schema: string; name: string; privilege: string; account: string; grantable: boolean }>(
    `select o.kind, n.nspname::text as schema, o.name, pg_catalog.lower(a.privilege_type) as privilege, m.rolname::text as account, bool_or(a.is_grantable) as grantable
     from (
       select 'table' as kind, c.relnamespace as namespace, c.relname::text as name, c.relowner as owner, c.relacl as acl from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'f')
       union all
       select 'schema', n.oid, '', n.nspowner, n.nspacl from pg_catalog.pg_namespace n) o
     join pg_catalog.pg_namespace n on n.oid = o.namespace cross join lateral pg_catalog.aclexplode(o.acl) a join pg_catalog.pg_roles m on m.oid = a.grantee
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and m.rolcanlogin and not m.rolsuper and m.rolname <> current_user and a.grantee <> o.owner
     group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5 limit $1`,
    [mostFound],
  );
  return rows.map(({ kind, schema, name, privilege, account, grantable }) => ({
    role: privilegeName(kind === 'table' ? { kind, schema, name, privilege } : { kind, schema, privilege }),
    account,
    options: { grantable },
  }));
}

/** A hundred thousand lines are more than anybody reads, and fewer would leave out people of a role that somebody writes a plan for. */
const mostFound = 200_000;

/** By code unit, so that the order is the same under every collation. */
const before = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
