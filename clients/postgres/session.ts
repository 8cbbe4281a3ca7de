/**
 * One small pool to one PostgreSQL server, for the connector, for metrics and for discovery. Every piece of work is one transaction with its
 * own time limits, and every failure is classified as 'try again' (SystemUnavailable) or 'someone must fix something' (the server's error).
 */
import { Client, DatabaseError, escapeLiteral, Pool } from 'pg';
import type { ClientBase, PoolClient } from 'pg';
import { connectionFailure, NotConnected } from '../../domain/connection-failure.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { GuardedClient } from './guarded-client.ts';
import { fixOf, meaningOf, serverWords } from './sqlstates.ts';

/** Variables of the environment that pg goes by where a connection string leaves something out. */
export const leftOutOfStrings = /^(PG[A-Z_]+|USER|USERNAME|LOGNAME)$/;

/** An example of a connection string. */
export const exampleString = 'postgres://login:password@host:5432/database';

export interface PgSessionOptions {
  /** Connection string of the system: postgres://user:password@host:port/database. */
  connectionString: string;
  /** The application name that operators see in pg_stat_activity. */
  applicationName?: string;
  /** Maximum number of connections. */
  connections?: number;
  /** The session itself is read-only, and work in 'read write' is refused before anything is sent. */
  readOnly?: boolean;
  /** The time zone in which local times are read; by default the database's own setting. */
  timeZone?: string | undefined;
  /** Milliseconds; a longer wait means 'try again'. */
  connectTimeoutMs?: number;
  statementTimeoutMs?: number;
  lockTimeoutMs?: number;
  /** Asked on each new connection before its first use; throws what is wrong with the database that it leads to. */
  refuse?: RefuseDatabase | undefined;
}

export type RefuseDatabase = (client: ClientBase, connectionString: string) => Promise<void>;

export interface PgSession {
  /** Runs `work` in one transaction begun with `mode`; commits when it returns, rolls back when it throws. An aborted signal cuts the connection. */
  transaction<T>(mode: TransactionMode, work: (client: PoolClient) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): Promise<void>;
}

export type TransactionMode = 'read only' | 'read write';

/** Not `read write`: that would override an administrator's default_transaction_read_only, and a standby would answer it with an SQLSTATE of its own. */
const isolation: Record<TransactionMode, string> = {
  'read only': 'isolation level repeatable read read only',
  'read write': 'isolation level read committed',
};

/** Of one transaction. The grants of 100,000 people take some 20. */
const mostBytes = 32 * 2 ** 20;
const sentTooMuch = () => new SystemUnavailable(`PostgreSQL sent more than ${mostBytes / 2 ** 20} MiB in one transaction, which is more than Rolewave reads`);

/** Throws when the connection string cannot be read, without repeating it (it contains a password). */
export function openPgSession(options: PgSessionOptions): PgSession {
  const {
    applicationName = 'rolewave',
    connections = 4,
    readOnly = false,
    timeZone,
    connectTimeoutMs = 10_000,
    statementTimeoutMs = 30_000,
    lockTimeoutMs = 10_000,
    refuse,
  } = options;
  const connectionString = readOnly ? readingOnly(checkedString(options.connectionString)) : checkedString(options.connectionString);
  const pool = new Pool({
    Client: GuardedClient,
    connectionString,
    application_name: applicationName,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    allowExitOnIdle: true,
    // The server's own limit applies first; this one is for a network that loses the answer.
    query_timeout: statementTimeoutMs + 5_000,
  });
  // A connection that dies while idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);

  const checked = new WeakSet<PoolClient>();
  const check = async (client: PoolClient) => {
    if (!refuse || checked.has(client)) return;
    await refuse(client, options.connectionString);
    checked.add(client);
  };

  // The database's own settings count, as they do in psql, and not what an earlier statement left in this connection.
  const begin = (mode: TransactionMode) =>
    `begin transaction ${isolation[mode]}; reset all; set local statement_timeout = ${statementTimeoutMs}; set local lock_timeout = ${lockTimeoutMs}; ` +
    `set local idle_in_transaction_session_timeout = ${statementTimeoutMs * 2}; set local standard_conforming_strings = on${
      timeZone === undefined ? '' : `; set local timezone = ${escapeLiteral(timeZone)}`
    }`;

  // A pool may also throw before it returns its promise, when a file that the connection string names has gone.
  const connected = async (): Promise<PoolClient & GuardedClient> => {
    try {
      return (await pool.connect()) as PoolClient & GuardedClient;
    } catch (error) {
      throw notConnected(error);
    }
  };

  async function transaction<T>(mode: TransactionMode, work: (client: PoolClient) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (readOnly && mode === 'read write') throw new Error('this connection was opened for reading only: nothing was sent');
    const client = await connected();
    let broken = false;
    const cut = () => {
      if (broken) return;
      broken = true;
      client.release(true);
    };
    signal?.addEventListener('abort', cut, { once: true });
    try {
      signal?.throwIfAborted();
      client.allow(mostBytes);
      await check(client);
      await client.query(begin(mode));
      const result = await work(client);
      const { command } = await client.query('commit');
      // Of a transaction that has failed, the server makes a rollback, and says nothing else of it.
      if (command !== 'COMMIT') throw new Error('the transaction had failed before it was committed: nothing was changed');
      return result;
    } catch (error) {
      const cause = client.hasSentMore() ? sentTooMuch() : sorted(error);
      if (cause instanceof SystemUnavailable) cut();
      else if (!broken) await client.query('rollback').catch(cut);
      signal?.throwIfAborted();
      throw cause;
    } finally {
      signal?.removeEventListener('abort', cut);
      if (!broken) client.release();
    }
  }

  return { transaction, close: () => pool.end() };
}

/** The same string. Throws when it cannot be read: a pool or client parses it only at its first connection. */
export function checkedString(connectionString: string): string {
  if (!/^(postgres|postgresql|socket):|^\//.test(connectionString)) throw new Error('a connection string begins with postgres://');
  void new Client({ connectionString });
  return connectionString;
}

/** Of a string that can be read, as whom it connects. */
export const loginOf = (connectionString: string): string | undefined => new Client({ connectionString }).user;

/**
 * The same connection string with an option that makes every transaction of the session read-only from the start. The option comes
 * last, so that it overrides an existing one.
 */
export function readingOnly(connectionString: string): string {
  const setting = '-c%20default_transaction_read_only=on';
  const [, before = '', query = '', fragment = ''] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(asUrl(connectionString)) ?? [];
  const existing = /([?&]options=)([^&]*)(?![^#]*[?&]options=)/;
  const withSetting = existing.test(query) ? query.replace(existing, `$1$2%20${setting}`) : `${query === '' ? '?' : `${query}&`}options=${setting}`;
  return `${before}${withSetting}${fragment}`;
}

/** pg also accepts `/folder/of/the/socket database`, to which no option can be added. */
function asUrl(connectionString: string): string {
  if (!connectionString.startsWith('/')) return connectionString;
  const [folder = '', database] = connectionString.split(' ');
  return `socket:${folder}${database === undefined ? '' : `?db=${encodeURIComponent(database)}`}`;
}

/** The same error, or SystemUnavailable instead when a retry makes sense. */
export function sorted(error: unknown): unknown {
  if (error instanceof SystemUnavailable) return error;
  if (error instanceof DatabaseError) {
    const meaning = meaningOf(error);
    return meaning === 'again' || meaning === 'race' ? new SystemUnavailable(serverWords(error), { cause: error }) : error;
  }
  const lost = connectionFailure(error);
  return lost ? new SystemUnavailable(`PostgreSQL could not be reached: ${lost.words}`, { cause: new NotConnected(lost) }) : error;
}

/** Whatever the server says to a login that it does not let in (a password that is being rotated, a lock, a limit), it may let it in later. */
export function notConnected(error: unknown): SystemUnavailable {
  if (error instanceof SystemUnavailable) return error;
  const failure = connectionFailure(error, true) ?? { code: '', words: 'the connection could not be made' };
  const answered = error instanceof DatabaseError;
  const fix = answered ? fixOf(error, true) : undefined;
  return new SystemUnavailable(
    `${answered ? 'PostgreSQL did not let Rolewave in' : 'PostgreSQL could not be reached'}: ${failure.words}${answered ? ` (SQLSTATE ${failure.code || 'unknown'})` : ''}${fix === undefined ? '' : `. ${fix}`}`,
    { cause: new NotConnected(failure) },
  );
}
