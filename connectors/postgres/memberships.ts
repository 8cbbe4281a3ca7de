/** Reads who holds which role, with grantor and options, from pg_auth_members. */
import type { ClientBase } from 'pg';
import type { ActualGrant } from '../connector.ts';

/** `inherit` and `set` exist from PostgreSQL 16 on; going through JSON, one statement serves every version. */
const membershipSql = `
  select r.rolname::text as role, m.rolname::text as account, g.rolname::text as grantor,
    am.admin_option as admin, (to_jsonb(am) ->> 'inherit_option')::boolean as inherit, (to_jsonb(am) ->> 'set_option')::boolean as "set"
  from pg_catalog.pg_auth_members am
  join pg_catalog.pg_roles r on r.oid = am.roleid
  join pg_catalog.pg_roles m on m.oid = am.member
  left join pg_catalog.pg_roles g on g.oid = am.grantor`;

interface MembershipRow {
  role: string;
  account: string;
  grantor: string | null;
  admin: boolean;
  inherit: boolean | null;
  set: boolean | null;
}

/**
 * Everybody's grants of the roles, sorted. Our own login's administration of a role is left out: it is how Rolewave does its work, and
 * would otherwise be reported as access that nobody reviewed.
 */
export async function grantsOf(client: ClientBase, roles: string[]): Promise<ActualGrant[]> {
  const { rows } = await client.query<MembershipRow>(
    `${membershipSql} where r.rolname = any($1::text[]) and not (m.rolname = current_user and am.admin_option)`,
    [roles],
  );
  return rows.map(grant).sort(byRoleAccountGrantor);
}

/** All holdings of one role by one account; more than one from PostgreSQL 16 on, which keeps grantors apart. */
export async function holdings(client: ClientBase, role: string, account: string): Promise<ActualGrant[]> {
  const { rows } = await client.query<MembershipRow>(`${membershipSql} where r.rolname = $1::text and m.rolname = $2::text`, [role, account]);
  return rows.map(grant).sort(byRoleAccountGrantor);
}

/** Accounts to which `account` has passed the role on by its admin option: grants that hang on its own. */
export async function passedOnTo(client: ClientBase, role: string, account: string): Promise<string[]> {
  const { rows } = await client.query<{ account: string }>(`select m.account from (${membershipSql}) m where m.role = $1::text and m.grantor = $2::text`, [
    role,
    account,
  ]);
  return rows.map((row) => row.account).sort();
}

const grant = ({ role, account, grantor, admin, inherit, set }: MembershipRow): ActualGrant => ({
  role,
  account,
  ...(grantor === null ? {} : { grantor }),
  options: { admin, ...(inherit === null ? {} : { inherit }), ...(set === null ? {} : { set }) },
});

/** By code unit, so that the order is the same under every collation. */
const sortKey = ({ role, account, grantor = '' }: ActualGrant) => [role, account, grantor].join('\0');
const byRoleAccountGrantor = (a: ActualGrant, b: ActualGrant) => (sortKey(a) < sortKey(b) ? -1 : 1);
