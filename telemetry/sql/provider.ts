/** Queries a system in SQL, in read-only transactions: a metric's query returns one row with `value` and optionally `n`. */
import { types } from 'pg';
import type { QueryResult } from 'pg';
import { openWith, type Environment } from '../../clients/connection-string.ts';
import { numberedQuery, runPlanQuery } from '../../clients/postgres/plan-query.ts';
import { exampleString, openPgSession, type PgSession, type PgSessionOptions } from '../../clients/postgres/session.ts';
import { metricForm } from '../../domain/plan/query.ts';
import type { System } from '../../domain/plan/system-kinds.ts';
import { NoData, type Provider, type Reading } from '../provider.ts';

/** One small pool for each system, opened at the first metric that queries it. */
export function sqlProvider(env: Environment, limits: Pick<PgSessionOptions, 'statementTimeoutMs'> = {}): Provider<{ query: string }> {
  const sessions = new Map<string, PgSession>();

  function sessionOf(system: System): PgSession {
    // Two plans may use the same id for different databases.
    const key = JSON.stringify([system.id, system.kind, system.connection, system.readOnly]);
    const session =
      sessions.get(key) ??
      openWith(system, env, exampleString, (connectionString) =>
        openPgSession({ connectionString, readOnly: system.readOnly, connections: 2, applicationName: 'rolewave evaluations', ...limits }),
      );
    sessions.set(key, session);
    return session;
  }

  return {
    read: async ({ metric, provider, system, fromMs, toMs, startMs, people, rolePackage }, signal) => {
      if (!system) throw new Error(`metric '${metric}' names no system to ask in SQL: fix the plan`);
      const { sql, values } = numberedQuery(provider.query, metricForm, { from: fromMs, to: toMs, start: startMs, people, package: rolePackage });
      // Two rows are enough to know that there are too many.
      const text = `select * from (\n${sql}\n) as measured limit 2`;
      return sessionOf(system).transaction('read only', async (client) => reading(await runPlanQuery<Row>(client, text, values, advice)), signal);
    },
    close: async () => {
      const all = [...sessions.values()];
      sessions.clear();
      await Promise.all(all.map((session) => session.close()));
    },
  };
}

type Row = Record<string, unknown>;

const advice = {
  '22012': 'write nullif(…, 0) for a divisor, so that nothing to measure is no data',
  '25006': 'a metric only reads',
  '42601': 'a metric is one SELECT',
};

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
      throw new Error(`\`${name}\` is not a number in the query's result: cast it; for an interval, write extract(epoch from …)`);
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

/** pg returns bigint and numeric as text, because they may be too large for a number. */
function finite(name: string, value: unknown): number {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`\`${name}\` is ${String(value)}, which is not a finite number`);
  return number;
}
