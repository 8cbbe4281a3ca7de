/** The store's connections, and what every subject shares: rows to and from PostgreSQL. */
import { arrayLiteral } from '../domain/array-literal.ts';
import type { Address } from '../domain/address.ts';
import { Pool } from 'pg';
import type { PoolClient, QueryResultRow } from 'pg';
import { CaughtClient } from './caught-client.ts';
import { shares } from './shares.ts';
import { connected } from './unreachable.ts';

export const schema = 'rolewave';

export interface Session {
  /** Rows of one parameterized statement. */
  rows<R extends QueryResultRow>(sql: string, values?: unknown[]): Promise<R[]>;
  /** Several statements in one transaction. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A statement that takes longer ends, here and on the server. */
const withinMs = 60_000;

/**
 * `connections`: the maximum at a time; people whose requests use them (shares.ts) have a third of them each at most, and leave one in all. Opens none before
 * the first statement.
 */
export function openSession(url: string, connections = 12): Session {
  const inTurn = shares({ inAll: Math.max(1, connections - 1), perPerson: Math.max(1, Math.floor(connections / 3)) });
  const pool = new Pool({
    Client: CaughtClient,
    connectionString: url,
    application_name: 'rolewave store',
    max: connections,
    connectionTimeoutMillis: 10_000,
    query_timeout: withinMs,
    // Not as a parameter of the connection, which poolers such as PgBouncer refuse. It is waited for.
    onConnect: (client) => client.query(`set statement_timeout = ${withinMs}`) as unknown as void,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // A connection that dies while idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  // One that is in use may die at any time, also between the pool and its user; the next statement then reports it.
  pool.on('connect', (client) => void client.on('error', () => undefined));

  return {
    rows: async (sql, values = []) => (await inTurn(() => connected(() => pool.query(sql, values.map(inText))))).rows,
    transaction: (work) => inTurn(() => connected(async () => inTransaction(await pool.connect(), work))),
    close: () => pool.end(),
  };
}

async function inTransaction<T>(client: PoolClient, work: (session: Session) => Promise<T>): Promise<T> {
  const session: Session = {
    rows: async (sql, values = []) => (await client.query(sql, values.map(inText))).rows,
    transaction: (nested) => nested(session),
    close: async () => undefined,
  };
  let broken: Error | undefined;
  const died = (error: Error) => {
    broken = error;
  };
  client.on('error', died);
  try {
    await client.query('begin');
    const result = await work(session);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(died);
    throw error;
  } finally {
    client.off('error', died);
    client.release(broken);
  }
}

const inText = (value: unknown): unknown => (Array.isArray(value) ? arrayLiteral(value) : value);

/** Milliseconds since 1970, by the database's clock: one clock for all processes. */
export const databaseNow = '(extract(epoch from clock_timestamp()) * 1000)::bigint';

/** PostgreSQL's text holds no NUL; a message must not become unrecordable because a person pasted one. */
export const storable = (text: string): string => text.replaceAll('\0', '\uFFFD');

/** A bigint column in milliseconds or a count, as a number (exact up to 2^53). */
export const asNumber = (column: string): string => `${column}::float8`;

/** An instant from which rows are asked for, as the bigint that an index holds; null: from the first. */
export const wholeMs = (ms: number | undefined): number | null => (ms === undefined ? null : Math.ceil(ms));

/** An address from columns that hold '' where it names no wave or no package. */
export const addressOfRow = ({ plan, wave, package: rolePackage }: { plan: string; wave: string; package: string }): Address => ({
  plan,
  ...(wave === '' ? {} : { wave }),
  ...(rolePackage === '' ? {} : { package: rolePackage }),
});
