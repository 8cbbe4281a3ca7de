/** Reads who holds which role, with grantor and options, from pg_auth_members. */
import type { ClientBase } from 'pg';
import type { ActualGrant } from '../connector.ts';

/** `inherit` and `set` exist from PostgreSQL 16 on; through JSON, one statement works on every version. */
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
 * Everyone's grants of the roles, sorted. Without our own login's administration of a role, which Rolewave needs for its work and which
 * would otherwise be reported as unreviewed access.
 */
export async function grantsOf(client: ClientBase, roles: string[]): Promise<ActualGrant[]> {
  const { rows } = await client.query<MembershipRow>(
    `${membershipSql} where r.rolname = any($1::text[]) and not (m.rolname = current_user and am.admin_option)`,
    [roles],
  );
  return rows.map(grant).sort(byRoleAccountGrantor);
}

/** All grants of one role to one account; more than one is possible from PostgreSQL 16 on, which separates them by grantor. */
export async function holdings(client: ClientBase, role: string, account: string): Promise<ActualGrant[]> {
  const { rows } = await client.query<MembershipRow>(`${membershipSql} where r.rolname = $1::text and m.rolname = $2::text`, [role, account]);
  return rows.map(grant).sort(byRoleAccountGrantor);
}

/** Accounts to which `account` has granted the role through its admin option: these grants depend on its own. */
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
