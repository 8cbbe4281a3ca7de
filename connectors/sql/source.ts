/**
 * Asks by SQL, in read-only transactions of a PostgreSQL system: a metric's query answers one row with `value` and perhaps `n`; a usage statement
 * answers rows of `account`, `role` and `at`.
 */
import { DatabaseError, types } from 'pg';
import type { ClientBase, QueryConfig, QueryResult } from 'pg';
import { openPgSession } from '../pg-session.ts';
import type { PgSessionOptions } from '../pg-session.ts';
import { NoData } from '../telemetry-source.ts';
import type { Reading, TelemetrySource, UsageQuery } from '../telemetry-source.ts';
import type { Use } from '../connector.ts';
import { numberedQuery, numberedUsage } from './named-parameters.ts';

/** Throws when the connection string cannot be read; connects at the first use. */
export function sqlSource(options: PgSessionOptions): TelemetrySource {
  const session = openPgSession({ connections: 2, ...options });
  return {
    read: async (query, signal) => {
      const { sql, values } = numberedQuery(query);
      // Two rows are enough to see that there are too many. In the extended protocol the server, too, refuses more than one statement.
      const statement: ExtendedQuery = { text: `select * from (\n${sql}\n) as measured limit 2`, values, queryMode: 'extended' };
      const ask = async (client: ClientBase) => {
        try {
          return reading(await client.query<Record<string, unknown>>(statement));
        } catch (error) {
          throw explained(error);
        }
      };
      return session.transaction('read only', ask, signal);
    },
    uses: (query, signal) =>
      session.transaction(
        'read only',
        async (client) => {
          try {
            return used(await client.query<UsageRow>(usageStatement(query)));
          } catch (error) {
            throw explained(error, usageAdvice);
          }
        },
        signal,
      ),
    close: () => session.close(),
  };
}

interface UsageRow {
  account: string;
  role: string | null;
  at: string;
}

/** The server keeps the last use of each pair, so that a log of millions of rows stays where it is. */
function usageStatement(query: UsageQuery): ExtendedQuery {
  const { sql, values } = numberedUsage(query);
  const extra = [query.accounts, query.roles, new Date(query.fromMs).toISOString()];
  const [people, roles, from] = extra.map((_, index) => `$${values.length + index + 1}`);
  return {
    text: `select account::text as account, role::text as role, extract(epoch from max(at::timestamptz)) * 1000 as at from (\n${sql}\n) as used
      where account::text = any(${people}::text[]) and (role is null or role::text = any(${roles}::text[])) and at::timestamptz >= ${from}::timestamptz
      group by 1, 2`,
    values: [...values, ...extra],
    queryMode: 'extended',
  };
}

const used = ({ rows }: QueryResult<UsageRow>): Use[] =>
  rows.map(({ account, role, at }) => ({ account, ...(role === null ? {} : { role }), atMs: Math.floor(Number(at)) }));

const usageAdvice = {
  '25006': 'a usage statement only reads',
  '42601': 'a usage statement is one SELECT',
  '42703': 'check its names; it answers the columns `account`, `role` and `at`',
  '42702': 'it answers `account`, `role` and `at`, each once',
  '42846': '`at` is a time: cast it to timestamptz',
};

/** pg's types do not know `queryMode` yet. */
type ExtendedQuery = QueryConfig & { queryMode: 'extended' };

const numeric: number[] = [types.builtins.INT2, types.builtins.INT4, types.builtins.INT8, types.builtins.FLOAT4, types.builtins.FLOAT8, types.builtins.NUMERIC];

function reading(result: QueryResult<Record<string, unknown>>): Reading {
  const [row, more] = result.rows;
  const field = (name: string) => result.fields.find((each) => each.name === name);
  if (!field('value'))
    throw new Error(`the query answers ${result.fields.map(({ name }) => `'${name}'`).join(', ') || 'no column'}: name one column \`value\``);
  if (result.fields.filter(({ name }) => name === 'value' || name === 'n').length > (field('n') ? 2 : 1))
    throw new Error('the query answers `value` or `n` twice: each may be there once');
  for (const name of ['value', 'n']) {
    const type = field(name)?.dataTypeID;
    if (type !== undefined && !numeric.includes(type))
      throw new Error(`\`${name}\` is no number in the query's answer: cast it, for an interval write extract(epoch from …)`);
  }
  if (more) throw new Error('the query answers more than one row: a metric is one row, use an aggregate');
  if (!row || row['value'] === null) throw new NoData('the query answered nothing to measure');
  const value = finite('value', row['value']);
  if (!field('n')) return { value };
  // A sum over no rows is null: no sample.
  const n = row['n'] === null ? 0 : finite('n', row['n']);
  if (n < 0) throw new Error('`n` is negative: it counts the samples');
  return { value, n };
}

/** pg hands over bigint and numeric as text, because they may be too large for a number. */
function finite(name: string, value: unknown): number {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`\`${name}\` is ${String(value)}, which is not a finite number`);
  return number;
}

/** The server's words, and what to do about the most frequent ones; still an Error or, for what passes by itself, what the session makes of it. */
function explained(error: unknown, more: Record<string, string> = {}): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const advice: Record<string, string> = {
    '22012': 'write nullif(…, 0) for a divisor, so that nothing to measure is no data',
    '25006': 'a metric only reads',
    '42501': "let an administrator grant Rolewave's login SELECT on it",
    '42601': 'a metric is one SELECT',
    '42P01': 'check its name and schema',
    '42703': 'check its name',
    ...more,
  };
  // A standby or a switch-over is not at fault here: the transaction is read only because we asked for it.
  const what = error.code === undefined ? undefined : advice[error.code];
  return what === undefined ? error : new Error(`PostgreSQL answered: ${error.message}; ${what}`, { cause: error });
}
