/** Who gave a role last, and when: by the commit timestamp of the row in pg_auth_members. Of what was revoked, and of privileges, PostgreSQL keeps nothing. */
import type { PoolClient } from 'pg';
import type { AccessChange, NotPermitted, PairAsked } from '../connector.ts';
import { isName, isOid } from './names.ts';
import { isPrivilege } from './privileges/objects.ts';

const notKept: NotPermitted = {
  notPermitted: 'set track_commit_timestamp = on in the configuration of PostgreSQL and restart it, and it tells when access was granted from then on',
};

interface Row {
  role: string;
  roleId: string;
  account: string;
  accountId: string;
  by: string | null;
  at: string | null;
}

export async function lastChanges(client: PoolClient, pairs: PairAsked[]): Promise<(AccessChange | undefined)[] | NotPermitted> {
  await client.query('set local search_path = pg_catalog, pg_temp');
  const { rows: settings } = await client.query<{ kept: boolean }>(`select current_setting('track_commit_timestamp')::boolean as kept`);
  if (settings[0]?.kept !== true) return notKept;
  const { rows } = await client.query<Row>(
    `select r.rolname::text as role, r.oid::text as "roleId", m.rolname::text as account, m.oid::text as "accountId", g.rolname::text as by,
       (extract(epoch from pg_xact_commit_timestamp(am.xmin)) * 1000)::text as at
     from pg_auth_members am join pg_roles r on r.oid = am.roleid join pg_roles m on m.oid = am.member left join pg_roles g on g.oid = am.grantor
     where (r.rolname = any($1::text[]::name[]) or r.oid = any($2::oid[])) and (m.rolname = any($3::text[]::name[]) or m.oid = any($4::oid[]))`,
    [
      pairs.map(({ role }) => role).filter(isName),
      pairs.flatMap(({ roleId }) => (roleId !== undefined && isOid(roleId) ? [roleId] : [])),
      pairs.map(({ account }) => account).filter(isName),
      pairs.flatMap(({ accountId }) => (accountId !== undefined && isOid(accountId) ? [accountId] : [])),
    ],
  );
  return pairs.map((pair) => {
    // Its row is that of the whole table or schema, and the last change of that says nothing of this entry.
    if (isPrivilege(pair)) return undefined;
    const own = rows.filter((row) => isOf(row, pair) && row.at !== null);
    const latest = own.toSorted((one, other) => Number(other.at) - Number(one.at))[0];
    return latest && { did: 'granted', atMs: Math.floor(Number(latest.at)), ...(latest.by === null ? {} : { by: latest.by }) };
  });
}

const isOf = (row: Row, { role, roleId, account, accountId }: PairAsked): boolean =>
  (roleId === undefined ? row.role === role : row.roleId === roleId) && (accountId === undefined ? row.account === account : row.accountId === accountId);
