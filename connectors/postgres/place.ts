/** Which server this is, whether it follows another, and what it remembers of a transaction. */
import { Client, DatabaseError } from 'pg';
import type { ClientBase, PoolClient } from 'pg';
import { addressDigest } from '../address.ts';
import type { PgSession } from '../../clients/postgres/session.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';

/** server_version_num. */
export async function serverNumber(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ number: number }>(`select current_setting('server_version_num')::int as number`);
  return rows[0]?.number ?? 0;
}

/** It replays what another server does, and may lag behind. */
export async function isStandby(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>('select pg_catalog.pg_is_in_recovery() as standby');
  return rows[0]?.standby === true;
}

/**
 * Roles and who holds them belong to the whole cluster, whichever of its databases is connected to, so the place is the cluster: by the identifier
 * that it was given when it was created, and which a standby that takes over shares. Some providers do not show it; then the place is a digest
 * of host and port of the connection string, and two names of one host are two places.
 */
export async function placeOf(client: PoolClient, connectionString: string): Promise<string> {
  await client.query('savepoint place');
  try {
    const { rows } = await client.query<{ id: string }>('select system_identifier::text as id from pg_catalog.pg_control_system()');
    if (rows[0]?.id) return `postgres:${rows[0].id}`;
  } catch (error) {
    if (!(error instanceof DatabaseError && (error.code === '42501' || error.code === '42883'))) throw error;
    await client.query('rollback to savepoint place');
  }
  return `postgres:${addressOf(connectionString)}`;
}

/** Of host and port. */
export function addressOf(connectionString: string): string {
  const { host, port } = new Client({ connectionString });
  return addressDigest(`${host}:${port}`);
}

/** `unknown`: the server has forgotten a transaction that long ago, or has never had it (a copy of the server that the transaction ran in). */
export async function statusOf(session: PgSession, transaction: string): Promise<'committed' | 'aborted' | 'running' | 'unknown'> {
  if (!/^\d{1,20}$/.test(transaction)) return 'unknown';
  try {
    const status = await session.transaction('read only', async (client) => {
      if (await isStandby(client))
        throw new SystemUnavailable('this server is a standby, and does not know yet what its primary has committed. Connect to the primary');
      const { rows } = await client.query<{ status: string | null }>('select pg_catalog.pg_xact_status($1::text::xid8) as status', [transaction]);
      return rows[0]?.status;
    });
    if (status === 'in progress') return 'running';
    return status === 'committed' || status === 'aborted' ? status : 'unknown';
  } catch (error) {
    // In the future, or no number that a transaction can have.
    if (error instanceof DatabaseError && (error.code === '22023' || error.code === '22003')) return 'unknown';
    throw error;
  }
}
