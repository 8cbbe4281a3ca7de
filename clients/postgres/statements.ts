/**
 * Runs the statements of plans, which are hostile: each on a connection of its own, which is closed afterwards and never used for anything else, so that nothing
 * that a statement leaves in its session (settings, locks, temporary tables, prepared statements, what a procedural language remembers) reaches
 * another statement or Rolewave's own sessions. Read-only, never committed, with limits for time and bytes.
 */
import { escapeLiteral } from 'pg';
import type { Client, ClientBase, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { StatementRefused } from '../../domain/statement-refused.ts';
import { turns } from '../../domain/turns.ts';
import { GuardedClient } from './guarded-client.ts';
import type { NumberedQuery } from './plan-query.ts';
import { checkedString, notConnected, readingOnly, sorted, type PgSessionOptions } from './session.ts';
import { statementError } from './statement-errors.ts';
import { statementLogin, type StatementLogin } from './statement-login.ts';

export type StatementOptions = Omit<PgSessionOptions, 'connections' | 'timeZone'> & {
  /** Statements at a time, of one plan, of all plans under one right of the site, and in all. */
  perPlan?: number;
  perRight?: number;
  inAll?: number;
};

/** A statement of Rolewave's around a query of the plan. */
export interface Wrapped {
  before: string;
  query: NumberedQuery;
  after: string;
  /** For parameters of `before` and `after`, which follow those of the query. */
  values?: unknown[];
  /** By SQLSTATE: what to do about a refusal. */
  advice: Record<string, string>;
}

export interface StatementSession {
  /** In the extended protocol, in which the server, too, refuses more than one statement. */
  ask<R extends QueryResultRow>(wrapped: Wrapped): Promise<QueryResult<R>>;
}

export interface Asking {
  /** Whose statement it is. */
  plan: string;
  /** The entry of the site file that the plan is under; by default the plan is the only one. */
  right?: string | undefined;
  /** The time zone in which local times are read; by default the database's own setting. */
  timeZone?: string | undefined;
  /** How many bytes the server may send; a megabyte by default. */
  maxBytes?: number;
}

export interface Statements {
  /** Runs `work` in one transaction on a new connection. Throws SystemUnavailable where a retry makes sense, and StatementRefused with a message for people. */
  run<T>(asking: Asking, work: (session: StatementSession) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** What the login can do that it should not. */
  login(): Promise<StatementLogin>;
  close(): Promise<void>;
}

const megabyte = 2 ** 20;

/** Throws when the connection string cannot be read, without repeating it. */
export function openStatements(options: StatementOptions): Statements {
  const {
    applicationName = 'rolewave statements',
    readOnly = false,
    connectTimeoutMs = 10_000,
    statementTimeoutMs = 30_000,
    lockTimeoutMs = 5_000,
    perPlan = 2,
    perRight = 6,
    inAll = 8,
    refuse,
  } = options;
  const connectionString = readOnly ? readingOnly(checkedString(options.connectionString)) : checkedString(options.connectionString);
  const turnsOfPlans = turns({ perPlan, perRight, inAll });
  const open = new Set<GuardedClient>();

  async function connected(maxBytes: number): Promise<GuardedClient> {
    let client: GuardedClient | undefined;
    try {
      client = new GuardedClient({
        connectionString,
        application_name: applicationName,
        connectionTimeoutMillis: connectTimeoutMs,
        keepAlive: true,
        // The server's own limit applies first; this one is for a network that loses the answer, and for a function that catches the server's.
        query_timeout: statementTimeoutMs + 2_000,
      });
      open.add(client);
      await client.connect();
      client.allow(maxBytes);
      return client;
    } catch (error) {
      if (client) cut(client);
      throw notConnected(error);
    }
  }

  const begin = (timeZone: string | undefined) =>
    `begin transaction isolation level repeatable read read only; set local statement_timeout = ${statementTimeoutMs}; set local lock_timeout = ${lockTimeoutMs}; ` +
    `set local idle_in_transaction_session_timeout = ${statementTimeoutMs * 2}; set local standard_conforming_strings = on; set local client_min_messages = error` +
    // From PostgreSQL 14 on, a server notices that nobody waits for a statement any more.
    `; select pg_catalog.set_config(name, '2s', true) from pg_catalog.pg_settings where name = 'client_connection_check_interval'${
      timeZone === undefined ? '' : `; set local timezone = ${escapeLiteral(timeZone)}`
    }`;

  const cut = (client: GuardedClient) => {
    open.delete(client);
    client.cut();
  };

  async function withClient<T>(
    { plan, right = plan, timeZone, maxBytes = megabyte }: Asking,
    work: (client: Client) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const endTurn = await turnsOfPlans.take({ plan, right }, signal);
    let client: GuardedClient | undefined;
    const abort = () => client && cut(client);
    try {
      client = await connected(maxBytes);
      signal?.throwIfAborted();
      signal?.addEventListener('abort', abort, { once: true });
      await refuse?.(client, options.connectionString);
      await client.query(begin(timeZone));
      const result = await work(client);
      // Never committed: a notification is not sent, and a large object is not kept. The server ends the transaction with the connection.
      void client.end().catch(() => undefined);
      open.delete(client);
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      if (client?.hasSentMore()) throw new StatementRefused(`the statement makes the server send more than ${sizeText(maxBytes)}: return less`);
      throw sorted(error);
    } finally {
      signal?.removeEventListener('abort', abort);
      if (client && open.has(client)) cut(client);
      endTurn();
    }
  }

  return {
    run: (asking, work, signal) => withClient(asking, (client) => work(sessionOf(client)), signal),
    login: () => withClient({ plan: '' }, statementLogin),
    close: async () => {
      for (const client of open) cut(client);
    },
  };
}

/** pg's types do not know `queryMode` yet. */
type ExtendedQuery = QueryConfig & { queryMode: 'extended' };

const sessionOf = (client: ClientBase): StatementSession => ({
  ask: async <R extends QueryResultRow>({ before, query, after, values = [], advice }: Wrapped) => {
    const statement: ExtendedQuery = { text: `${before}${query.sql}${after}`, values: [...query.values, ...values], queryMode: 'extended' };
    try {
      return await client.query<R>(statement);
    } catch (error) {
      throw statementError(error, { query, before: before.length }, { ...commonAdvice, ...advice });
    }
  },
});

const commonAdvice = {
  '42501': 'let an administrator grant the login that runs statements SELECT on it, and USAGE on its schema',
  '42P01': 'check its name and schema',
  '42703': 'check its name',
};

const sizeText = (bytes: number) => (bytes >= megabyte ? `${Math.round(bytes / megabyte)} MB` : `${Math.round(bytes / 1024)} kB`);
