/** Reads who holds which role, with grantor, options and identities, from pg_auth_members. */
import type { ClientBase } from 'pg';
import type { ActualGrant } from '../connector.ts';

/**
 * One row of pg_auth_members. `id` exists from PostgreSQL 16 on, as do `inherit` and `set`; going through JSON, one statement serves every version.
 */
const membershipSql = `
  select r.rolname::text as role, m.rolname::text as account, g.rolname::text as grantor, j.row ->> 'oid' as id,
    am.roleid::text as "roleId", am.member::text as "accountId", am.grantor::text as "grantorId",
    am.admin_option as admin, (j.row ->> 'inherit_option')::boolean as inherit, (j.row ->> 'set_option')::boolean as "set"
  from pg_catalog.pg_auth_members am
  cross join lateral (select pg_catalog.to_jsonb(am) as row offset 0) j
  join pg_catalog.pg_roles r on r.oid = am.roleid
  join pg_catalog.pg_roles m on m.oid = am.member
  left join pg_catalog.pg_roles g on g.oid = am.grantor`;

interface MembershipRow {
  role: string;
  account: string;
  grantor: string | null;
  id: string | null;
  roleId: string;
  accountId: string;
  grantorId: string;
  admin: boolean;
  inherit: boolean | null;
  set: boolean | null;
}

/** A grant as the server holds it now: all of its identities are known. */
export type Held = ActualGrant & { roleId: string; accountId: string; grantorId: string };

/** A role and an account, by oid. */
export interface Pair {
  roleId: string;
  accountId: string;
}

export const pairKey = ({ roleId, accountId }: Pair): string => `${roleId} ${accountId}`;

/** The server locks each role until the transaction ends: in one order, so that two transactions do not wait for each other. */
export const inOrderOfRoles = <T>(items: T[], roleOf: (item: T) => string): T[] => items.toSorted((a, b) => Number(roleOf(a)) - Number(roleOf(b)));

/**
 * Everyone's grants of the roles, sorted. Our own login's administration of a role is left out: it is how Rolewave does its work, and
 * would otherwise be reported as access that nobody reviewed.
 */
export async function grantsOf(client: ClientBase, roles: string[]): Promise<Held[]> {
  return read(client, `${membershipSql} where r.rolname = any($1::text[]) and not (m.rolname = current_user and am.admin_option)`, [roles]);
}

/** All grants of these pairs, by pair; several of one pair from PostgreSQL 16 on, which keeps grantors apart. */
export async function holdings(client: ClientBase, pairs: Pair[]): Promise<Map<string, Held[]>> {
  if (pairs.length === 0) return new Map();
  return Map.groupBy(
    await read(
      client,
      `${membershipSql} where (am.roleid, am.member) in (select w.role, w.account from unnest($1::oid[], $2::oid[]) as w(role, account))`,
      arraysOf(pairs),
    ),
    pairKey,
  );
}

/** The grants with these oids, by oid. From PostgreSQL 16 on. */
export async function grantsWithIds(client: ClientBase, ids: string[]): Promise<Map<string, Held>> {
  const found = await read(client, `${membershipSql} where am.oid = any($1::oid[])`, [ids]);
  return new Map(found.map((grant) => [String(grant.id), grant]));
}

/** Of these pairs, the grants that this transaction has written. */
export async function writtenHere(client: ClientBase, pairs: Pair[]): Promise<Held[]> {
  // A row that can be seen was written by a transaction that is committed, or by this one (or a savepoint of it), which still runs. The xid of a row
  // has 32 bits: the others are those of the current transaction, which is close. Rows older than the transaction are not asked about.
  return read(
    client,
    `with now as materialized (select pg_catalog.pg_current_xact_id()::text::bigint as xid)
     ${membershipSql} cross join now cross join lateral (select (am.xmin::text::bigint - now.xid % 4294967296 + 6442450944) % 4294967296 - 2147483648 as ahead) as x
     where (am.roleid, am.member) in (select w.role, w.account from unnest($1::oid[], $2::oid[]) as w(role, account))
       and case when x.ahead < 0 then false else pg_catalog.pg_xact_status((now.xid + x.ahead)::text::xid8) = 'in progress' end`,
    arraysOf(pairs),
  );
}

/** Accounts to which this account has passed the role on by its admin option: grants that hang on its own. */
export async function passedOnTo(client: ClientBase, { roleId, accountId }: Pair): Promise<string[]> {
  const grants = await read(client, `${membershipSql} where am.roleid = $1::oid and am.grantor = $2::oid`, [roleId, accountId]);
  return grants.map(({ account }) => account);
}

async function read(client: ClientBase, statement: string, values: unknown[]): Promise<Held[]> {
  const { rows } = await client.query<MembershipRow>(statement, values);
  return rows.map(held).sort(byRoleAccountGrantor);
}

const arraysOf = (pairs: Pair[]): [string[], string[]] => [pairs.map(({ roleId }) => roleId), pairs.map(({ accountId }) => accountId)];

const held = ({ role, account, grantor, id, roleId, accountId, grantorId, admin, inherit, set }: MembershipRow): Held => ({
  role,
  account,
  ...(grantor === null ? {} : { grantor }),
  options: { admin, ...(inherit === null ? {} : { inherit }), ...(set === null ? {} : { set }) },
  ...(id === null ? {} : { id }),
  roleId,
  accountId,
  grantorId,
});

/** By code unit, so that the order is the same under every collation. */
const sortKey = ({ role, account, grantor = '' }: ActualGrant) => [role, account, grantor].join('\0');
const byRoleAccountGrantor = (a: ActualGrant, b: ActualGrant) => (sortKey(a) < sortKey(b) ? -1 : 1);
