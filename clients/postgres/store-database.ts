/**
 * The database of Rolewave's store is never a system: what a plan's statement or connection reached there would be the sign-offs, the ledger and the messages
 * of every plan. Databases are compared by what their servers say, because one has many names.
 */
import { Client, DatabaseError } from 'pg';
import type { ClientBase } from 'pg';
import { connectionFailure } from '../../domain/connection-failure.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { RefuseDatabase } from './session.ts';

interface Database {
  /** The identifier that the server's cluster was given when it was created, and which its standbys share; undefined where the login may not see it. */
  cluster: string | undefined;
  oid: string;
  /** Host, port and name, as the connection string has them. */
  address: string;
}

/**
 * Roles of the server, by oid, that reach the store: its login, the owners of its database, schema and tables, and those with a right on its tables. None where the
 * store is on another server. `connectionString`: of the system. Asked anew after a minute.
 */
export function storeRoles(store: string, connectionString: string): (client: ClientBase) => Promise<ReadonlySet<string>> {
  let known: { atMs: number; reach: Promise<Reach> } | undefined;
  return async (client) => {
    if (!known || Date.now() - known.atMs > 60_000) known = { atMs: Date.now(), reach: atStore(store, reachOf) };
    const [{ database, roles }, found] = await Promise.all([
      known.reach.catch((error: unknown) => {
        known = undefined;
        throw error;
      }),
      databaseOf(client, connectionString),
    ]);
    return isSameServer(database, found) ? roles : new Set();
  };
}

interface Reach {
  database: Database;
  roles: ReadonlySet<string>;
}

async function reachOf(client: Client, connectionString: string): Promise<Reach> {
  const { rows } = await client.query<{ oid: string }>(`
    with tables as (select relowner, relacl from pg_catalog.pg_class where relnamespace = (select oid from pg_catalog.pg_namespace where nspname = 'rolewave'))
    select oid::text as oid from (
      select oid from pg_catalog.pg_roles where rolname = current_user
      union select datdba from pg_catalog.pg_database where datname = pg_catalog.current_database()
      union select nspowner from pg_catalog.pg_namespace where nspname = 'rolewave'
      union select relowner from tables
      union select a.grantee from tables, pg_catalog.aclexplode(relacl) a where a.grantee <> 0) reaching`);
  return { database: await databaseOf(client, connectionString), roles: new Set(rows.map(({ oid }) => oid)) };
}

/** A check of new connections. `store`: the store's connection string; it is asked once, when the first check needs it. */
export function refuseStore(store: string): RefuseDatabase {
  let known: Promise<Database> | undefined;
  return async (client, connectionString) => {
    known ??= databaseAt(store);
    const [ours, found] = await Promise.all([
      known.catch((error: unknown) => {
        known = undefined;
        throw error;
      }),
      databaseOf(client, connectionString),
    ]);
    if (isSame(ours, found)) throw new Error("this is the database of Rolewave's own store, and the store is never a system: connect to another database");
  };
}

const isSame = (one: Database, other: Database): boolean =>
  one.cluster === undefined || other.cluster === undefined ? one.address === other.address : one.cluster === other.cluster && one.oid === other.oid;

const isSameServer = (one: Database, other: Database): boolean =>
  one.cluster === undefined || other.cluster === undefined ? serverIn(one.address) === serverIn(other.address) : one.cluster === other.cluster;
const serverIn = (address: string) => address.slice(0, address.indexOf('/'));

const databaseAt = (store: string) => atStore(store, databaseOf);

async function atStore<T>(connectionString: string, ask: (client: Client, connectionString: string) => Promise<T>): Promise<T> {
  let client: Client | undefined;
  try {
    client = new Client({ connectionString, application_name: 'rolewave store', connectionTimeoutMillis: 10_000, query_timeout: 10_000 });
    client.on('error', () => undefined);
    await client.connect();
    return await ask(client, connectionString);
  } catch (error) {
    const { words } = connectionFailure(error, true) ?? { words: 'it did not answer' };
    throw new SystemUnavailable(`the store could not be asked which database it is, and before that no system is opened: ${words}`);
  } finally {
    await client?.end().catch(() => undefined);
  }
}

async function databaseOf(client: ClientBase, connectionString: string): Promise<Database> {
  const { rows } = await client.query<{ oid: string }>(
    'select oid::pg_catalog.text as oid from pg_catalog.pg_database where datname operator(pg_catalog.=) pg_catalog.current_database()',
  );
  const { host, port, database } = new Client({ connectionString });
  return { cluster: await clusterOf(client), oid: rows[0]?.oid ?? '', address: `${host}:${port}/${database ?? ''}` };
}

async function clusterOf(client: ClientBase): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ id: string }>('select system_identifier::pg_catalog.text as id from pg_catalog.pg_control_system()');
    return rows[0]?.id;
  } catch (error) {
    if (error instanceof DatabaseError && (error.code === '42501' || error.code === '42883')) return undefined;
    throw error;
  }
}
