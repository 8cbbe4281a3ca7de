/**
 * Who is connected, as a sign of who uses what. pg_stat_activity shows the login and its last activity, but no roles. Sessions
 * that have ended are not listed, so an empty list does not mean that nobody used the role.
 */
import type { PoolClient } from 'pg';
import type { NotPermitted, Use } from '../connector.ts';

export const hiddenSessions: NotPermitted = {
  notPermitted:
    "PostgreSQL does not show Rolewave's login what others do: grant it pg_monitor, whose rights it has to inherit (if it is NOINHERIT, ALTER ROLE … INHERIT, or from PostgreSQL 16 on GRANT … WITH INHERIT TRUE)",
};

/** The last activity of each account with an open session. */
export async function openSessions(client: PoolClient, accounts: string[], sinceMs: number): Promise<Use[] | NotPermitted> {
  // A running statement or an open transaction is use until now, whenever it began.
  const { rows } = await client.query<{ account: string; at: string | null; hidden: boolean }>(
    `select usename::text as account,
       extract(epoch from max(case when state = 'active' or xact_start is not null then clock_timestamp() else greatest(state_change, query_start, backend_start) end)) * 1000 as at,
       bool_or(state is null) and not pg_has_role(current_user, 'pg_read_all_stats', 'usage') as hidden
     from pg_stat_activity
     where usename = any($1::name[]) and coalesce(backend_type, 'client backend') = 'client backend' and pid <> pg_backend_pid()
     group by usename order by usename`,
    [accounts],
  );
  if (rows.some(({ hidden }) => hidden)) return hiddenSessions;
  return rows.flatMap(({ account, at }) => (at === null || Number(at) < sinceMs ? [] : [{ account, atMs: Math.floor(Number(at)) }]));
}
