/** Privileges on single columns, which a REVOKE on the table takes along: it never says so, and nobody had them in view. */
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../../domain/array-literal.ts';
import { itemKey, type Held } from './holdings.ts';
import type { Objects, PrivilegeOn } from './objects.ts';

interface Row {
  oid: string;
  privilege: string;
  accountId: string;
  grantorId: string;
  columns: string[];
}

/** By `itemKey` of those grants that come with grants of the same privilege, account and grantor on columns: the names of the columns. */
export async function columnsHeld(client: ClientBase, held: Held[], objects: Objects): Promise<Map<string, string[]>> {
  const tables = new Map(
    held.flatMap(({ roleId }) => objects.ofId(roleId) ?? []).flatMap(({ object }) => (object.kind === 'table' ? [[object.oid, object] as const] : [])),
  );
  if (tables.size === 0) return new Map();
  const { rows } = await client.query<Row>(
    `select t.attrelid::text as oid, pg_catalog.lower(a.privilege_type) as privilege, a.grantee::text as "accountId", a.grantor::text as "grantorId",
       json_agg(t.attname::text order by t.attnum) as columns
     from pg_catalog.pg_attribute t cross join lateral pg_catalog.aclexplode(t.attacl) a
     where t.attrelid = any($1::oid[]) and t.attacl is not null and a.grantee = any($2::oid[]) group by 1, 2, 3, 4`,
    [[...tables.keys()], [...new Set(held.map(({ accountId }) => accountId))]].map(arrayLiteral),
  );
  const ofColumns = new Map(rows.map(({ oid, privilege, accountId, grantorId, columns }) => [`${oid} ${privilege} ${accountId} ${grantorId}`, columns]));
  return new Map(
    held.flatMap((each) => {
      const on = objects.ofId(each.roleId);
      const columns = on?.object.kind === 'table' ? ofColumns.get(`${on.object.oid} ${on.privilege} ${each.accountId} ${each.grantorId}`) : undefined;
      return columns === undefined ? [] : [[itemKey(each), columns] as const];
    }),
  );
}

/**
 * Before the REVOKE of these grants, which are of one grantor: columns are not locked with the table, and so this fails by a division by zero where one was
 * granted in between.
 */
export function noColumns({ object, privilege }: PrivilegeOn, held: Held[]): string {
  const [one] = held;
  if (object.kind !== 'table' || !one) return '';
  return (
    `select 1 / (count(*) = 0)::int from pg_catalog.pg_attribute t cross join lateral pg_catalog.aclexplode(t.attacl) a where t.attrelid = ${object.oid} and t.attacl is not null ` +
    `and a.grantor = ${one.grantorId} and a.grantee in (${held.map(({ accountId }) => accountId).join(', ')}) and pg_catalog.lower(a.privilege_type) = '${privilege}'; `
  );
}
