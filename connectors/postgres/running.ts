/** Running jobs: sessions with an open transaction, as pg_stat_activity shows them to this login. */
import type { PoolClient } from 'pg';
import type { NotPermitted } from '../connector.ts';
import { hiddenSessions } from './sessions.ts';

export async function runningJobs(client: PoolClient, accounts: string[]): Promise<string[] | NotPermitted> {
  const { rows } = await client.query<{ account: string; state: string | null; since: string | null; allowed: boolean }>(
    `select usename as account, state, to_char(xact_start at time zone 'utc', 'YYYY-MM-DD HH24:MI') as since,
       pg_has_role(current_user, 'pg_read_all_stats', 'usage') as allowed
     from pg_stat_activity
     where usename = any($1::name[]) and coalesce(backend_type, 'client backend') = 'client backend' and pid <> pg_backend_pid() order by usename, xact_start`,
    [accounts],
  );
  if (rows.some(({ state, allowed }) => state === null && !allowed)) return hiddenSessions;
  return rows.filter(({ since }) => since !== null).map(({ account, state, since }) => `${account} has a transaction open since ${since} UTC (${state})`);
}
