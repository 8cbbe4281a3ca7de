/** Reads who holds which role, with grantor, options and identities, from pg_auth_members. */
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../domain/array-literal.ts';
import type { ActualGrant } from '../connector.ts';
import type { Turn } from './effect.ts';
import { namesOf, type Names } from './names.ts';
import { keepsGrantorsApart } from './statements.ts';

/**
 * Grants for which `condition` holds, with their names; all that were made alike (one role, grantor and form) in one row, because the driver takes far longer
 * for a row of each. They have oids, and the options inherit and set, from PostgreSQL 16 on. `version`: server_version_num. The rows are found before their
 * names (offset 0): what the server knows of the table is from before thousands were granted, and it would look for each pair among all members of its role.
 */
const membershipSql = (version: number, condition: string, ofMembers = ''): string => `
  select r.rolname::text as role, g.rolname::text as grantor, am.*
  from (
    select ${alikeSql(version)}, json_agg(m.rolname::text) as accounts
    from (select * from pg_catalog.pg_auth_members am where ${condition} offset 0) am
    join pg_catalog.pg_roles m on m.oid = am.member ${ofMembers}
    group by ${alike(version)}) am
  join pg_catalog.pg_roles r on r.oid = am."roleId"::oid
  left join pg_catalog.pg_roles g on g.oid = am."grantorId"::oid`;

/** What grants that were made alike share, and the lists of what each has of its own. Before 16, whether it is inherited is up to the account (m). */
const alikeSql = (version: number): string =>
  `am.roleid::text as "roleId", am.grantor::text as "grantorId", am.admin_option as admin, string_agg(am.member::text, ',') as "accountIds", ${
    keepsGrantorsApart(version)
      ? `am.inherit_option as inherit, am.set_option as "set", string_agg(am.oid::text, ',') as ids`
      : 'case when not m.rolinherit then false end as inherit, null as "set", null as ids'
  }`;

const alike = (version: number): string =>
  `am.roleid, am.grantor, am.admin_option${keepsGrantorsApart(version) ? ', am.inherit_option, am.set_option' : ', m.rolinherit'}`;

/** Rows of these pairs. */
const ofPairs = '(am.roleid, am.member) in (select w.role, w.account from unnest($1::oid[], $2::oid[]) as w(role, account))';

/** Of the lists, the same place is the same grant. Oids are separated by commas. */
interface AlikeRow {
  roleId: string;
  grantorId: string;
  admin: boolean;
  inherit: boolean | null;
  set: boolean | null;
  accountIds: string;
  ids: string | null;
}

type NamedRow = AlikeRow & { role: string; grantor: string | null; accounts: string[] };

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
export async function grantsOf(client: ClientBase, roles: { names: string[]; oids: string[] }, version: number): Promise<Held[]> {
  const ofRoles = 'am.roleid in (select r.oid from pg_catalog.pg_roles r where r.rolname = any($1::text[]::name[]) or r.oid = any($2::oid[]))';
  return sorted(await read(client, membershipSql(version, ofRoles, 'where not (m.rolname = current_user and am.admin_option)'), [roles.names, roles.oids]));
}

/** All grants of these pairs, by pair; several of one pair from PostgreSQL 16 on, which keeps grantors apart. */
export async function holdings({ client, version }: Turn, pairs: Pair[]): Promise<Map<string, Held[]>> {
  if (pairs.length === 0) return new Map();
  const found = Map.groupBy(await read(client, membershipSql(version, ofPairs), arraysOf(pairs)), pairKey);
  for (const [key, grants] of found) if (grants.length > 1) found.set(key, sorted(grants));
  return found;
}

/** The grants with these oids, by oid. From PostgreSQL 16 on. */
export async function grantsWithIds({ client, version }: Turn, ids: string[]): Promise<Map<string, Held>> {
  if (ids.length === 0) return new Map();
  const found = await read(client, membershipSql(version, 'am.oid = any($1::oid[])'), [arrayLiteral(ids)]);
  return new Map(found.map((grant) => [String(grant.id), grant]));
}

/** Of these oids of grants, those that are held. From PostgreSQL 16 on. */
export async function idsHeld(client: ClientBase, ids: string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>('select oid::text as id from pg_catalog.pg_auth_members where oid = any($1::oid[])', [arrayLiteral(ids)]);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Of these pairs, the grants that this transaction has written. A row that can be seen was written by a transaction that is committed, or by this one
 * (or a savepoint of it), which still runs. The xid of a row has 32 bits; the rest of it are those of this transaction, which is close. `known`: names that
 * need not be read again.
 */
export async function writtenHere({ client, version }: Turn, pairs: Pair[], known: Names): Promise<Held[]> {
  if (pairs.length === 0) return [];
  const { rows } = await client.query<AlikeRow>(
    `select ${alikeSql(version)}
     from (select row.*, now.xid, (row.xmin::text::bigint - now.xid % 4294967296 + 6442450944) % 4294967296 - 2147483648 as ahead
        from pg_catalog.pg_auth_members row cross join (select pg_catalog.pg_current_xact_id()::text::bigint as xid offset 0) now) am
     ${keepsGrantorsApart(version) ? '' : 'join pg_catalog.pg_roles m on m.oid = am.member'}
     where ${ofPairs} and case when am.ahead < 0 then false else pg_catalog.pg_xact_status((am.xid + am.ahead)::text::xid8) = 'in progress' end
     group by ${alike(version)}`,
    arraysOf(pairs),
  );
  const unknown = new Set(rows.flatMap(({ roleId, accountIds, grantorId }) => [roleId, grantorId, ...accountIds.split(',')]).filter((oid) => !known.ofId(oid)));
  const others = await namesOf(client, { names: [], oids: [...unknown] });
  const nameOf = (oid: string) => (known.ofId(oid) ?? others.ofId(oid))?.name;
  return rows.flatMap((row) => {
    const [role, grantor = null] = [nameOf(row.roleId), nameOf(row.grantorId)];
    return role === undefined ? [] : grantsIn(row, role, grantor, row.accountIds.split(',').map(nameOf));
  });
}

/** Accounts to which this account has passed the role on by its admin option: grants that hang on its own. */
export async function passedOnTo({ client, version }: Turn, { roleId, accountId }: Pair): Promise<string[]> {
  const grants = await read(client, membershipSql(version, 'am.roleid = $1::oid and am.grantor = $2::oid'), [roleId, accountId]);
  return sorted(grants).map(({ account }) => account);
}

async function read(client: ClientBase, statement: string, values: unknown[]): Promise<Held[]> {
  const { rows } = await client.query<NamedRow>(statement, values);
  return rows.flatMap((row) => grantsIn(row, row.role, row.grantor, row.accounts));
}

/** By role, account and grantor, by code unit, so that the order is the same under every collation. */
const sorted = (grants: Held[]): Held[] =>
  grants.sort((a, b) => {
    if (a.role !== b.role) return a.role < b.role ? -1 : 1;
    if (a.account !== b.account) return a.account < b.account ? -1 : 1;
    return (a.grantor ?? '') < (b.grantor ?? '') ? -1 : 1;
  });

const arraysOf = (pairs: Pair[]): unknown[] => [pairs.map(({ roleId }) => roleId), pairs.map(({ accountId }) => accountId)].map(arrayLiteral);

/** One grant of each account that has a name. */
function grantsIn(
  { roleId, grantorId, admin, inherit, set, ids, accountIds }: AlikeRow,
  role: string,
  grantor: string | null,
  accounts: (string | undefined)[],
): Held[] {
  const options = { admin, ...(inherit === null ? {} : { inherit }), ...(set === null ? {} : { set }) };
  const grants: Held[] = [];
  const ownIds = ids?.split(',');
  accountIds.split(',').forEach((accountId, at) => {
    const [account, id] = [accounts[at], ownIds?.[at]];
    if (account === undefined) return;
    // With all of its properties at once: what is added later takes a quarter more memory, and there are thousands of grants.
    if (grantor !== null && id !== undefined) grants.push({ role, account, grantor, options, id, roleId, accountId, grantorId });
    else grants.push({ role, account, options, roleId, accountId, grantorId, ...(grantor === null ? {} : { grantor }), ...(id === undefined ? {} : { id }) });
  });
  return grants;
}
