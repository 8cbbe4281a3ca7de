/** The store's checks for `rolewave doctor`. Reads only; works before the tables exist. */
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { ServerRecord } from '../domain/access/server-behaviour.ts';
import type { SystemAtPlace } from '../domain/site/same-place.ts';
import { atPlace, placeRows, recordsIn, smallRecord, type PlaceRow } from './servers.ts';
import { schema } from './session.ts';
import type { WaitingNotices } from './contract.ts';
import { waiting } from './sends.ts';
import { connected } from './unreachable.ts';

export interface StoreState {
  /** `18.1`, and as a number (180001). */
  version: string;
  number: number;
  database: string;
  login: string;
  /** Migrations of this version that the database has not run; all of them where there are no tables yet. */
  pending: string[];
  /** Migrations in the database that this version does not know: a newer Rolewave ran them. */
  newer: string[];
  /** Rights that the login needs and lacks, as text. */
  lacking: string[];
}

const connectedWithin = (url: string, withinMs: number): Promise<Client> =>
  connected(async () => {
    const connecting = new Client({ connectionString: url, application_name: 'rolewave doctor', connectionTimeoutMillis: withinMs, query_timeout: withinMs });
    connecting.on('error', () => undefined);
    await connecting.connect();
    return connecting;
  });

/** Rejects with StoreUnreachable, or with the error of the database. */
export async function storeState(url: string, withinMs: number): Promise<StoreState> {
  const client = await connectedWithin(url, withinMs);
  try {
    await client.query('begin transaction read only');
    const [server] = (
      await client.query<
        Pick<StoreState, 'version' | 'number' | 'database' | 'login'> & {
          mayCreate: boolean;
          schema: boolean;
          usage: boolean;
          mayChange: boolean;
          migrations: boolean;
        }
      >(
        `select split_part(current_setting('server_version'), ' ', 1) as version, current_setting('server_version_num')::int as number, current_database()::text as database,
           current_user::text as login, has_database_privilege(current_database(), 'create') as "mayCreate", n.oid is not null as schema,
           coalesce(has_schema_privilege(n.oid, 'usage'), false) as usage, coalesce(has_schema_privilege(n.oid, 'create'), false) as "mayChange",
           exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = 'migrations' and has_table_privilege(c.oid, 'select')) as migrations
         from (select 1) one left join pg_catalog.pg_namespace n on n.nspname = $1`,
        [schema],
      )
    ).rows;
    if (!server) throw new Error('PostgreSQL does not show the login that was used');
    const known = await knownMigrations();
    const done =
      server.usage && server.migrations ? (await client.query<{ name: string }>(`select name from ${schema}.migrations`)).rows.map(({ name }) => name) : [];
    const pending = known.filter((name) => !done.includes(name));
    const unwritable = server.usage
      ? (
          await client.query<{ name: string }>(
            `select c.relname::text as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where n.nspname = $1 and c.relkind in ('r', 'p') and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')) order by 1`,
            [schema],
          )
        ).rows.map(({ name }) => name)
      : [];
    const { version, number, database, login } = server;
    return {
      version,
      number,
      database,
      login,
      pending,
      newer: done.filter((name) => !known.includes(name)),
      lacking: [
        ...(server.schema && !server.usage ? [`use schema ${schema}`] : []),
        ...(!server.schema && !server.mayCreate ? [`create schema ${schema}`] : []),
        ...(server.schema && server.usage && pending.length > 0 && !server.mayChange ? [`change schema ${schema}`] : []),
        ...(unwritable.length > 0 ? [`read and write ${unwritable.join(', ')}`] : []),
      ],
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Where the releases of a plan that stand need their grants: of each system, the places of the claims (Connector.identity). Rejects as storeState does. */
export async function claimedPlaces(url: string, plan: string, withinMs: number): Promise<Map<string, string[]>> {
  const client = await connectedWithin(url, withinMs);
  try {
    const { rows } = await client.query<{ system: string; place: string }>(
      `select distinct p.system, c.place from ${schema}.claims c join ${schema}.parts p on p.id = c.part where p.plan = $1 order by p.system, c.place`,
      [plan],
    );
    return new Map([...Map.groupBy(rows, ({ system }) => system)].map(([system, found]) => [system, found.map(({ place }) => place)]));
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A store of an earlier version has fewer tables. */
async function isThere(client: Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [`${schema}.${table}`]);
  return rows[0]?.there === true;
}

/** What is on record of the server of a place; undefined: nothing, or nothing in a form that this version knows. Rejects as storeState does. */
export async function serverRecordAt(url: string, place: string, withinMs: number): Promise<ServerRecord | undefined> {
  const client = await connectedWithin(url, withinMs);
  try {
    if (!(await isThere(client, 'servers'))) return undefined;
    const { rows } = await client.query(`select record from ${schema}.servers where place = $1 and ${smallRecord}`, [place]);
    return recordsIn(rows)[0];
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The systems that have answered as this place, in the order in which they first did. Empty before the table exists. Rejects as storeState does. */
export async function systemsAtPlace(url: string, place: string, withinMs: number): Promise<SystemAtPlace[]> {
  const client = await connectedWithin(url, withinMs);
  try {
    return (await isThere(client, 'system_places'))
      ? atPlace((await client.query<PlaceRow>(`${placeRows} where place = $1 order by position`, [place])).rows)
      : [];
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** As the store's reader has it. Empty before the table exists. Rejects as storeState does. */
export async function waitingNotices(url: string, withinMs: number): Promise<WaitingNotices[]> {
  const client = new Client({ connectionString: url, application_name: 'rolewave doctor', connectionTimeoutMillis: withinMs, query_timeout: withinMs });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await isThere(client, 'sends')) ? (await client.query<WaitingNotices>(waiting, [null])).rows : [];
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function knownMigrations(): Promise<string[]> {
  const files = await readdir(fileURLToPath(new URL('migrations', import.meta.url)));
  return files
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
}
