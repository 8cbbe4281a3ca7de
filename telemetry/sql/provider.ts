/** Queries a system in SQL, in read-only transactions: a metric's query returns one row with exactly the columns of its kind. */
import { types } from 'pg';
import type { QueryResult } from 'pg';
import { connectionStringOf, openWith, type Environment } from '../../clients/connection-string.ts';
import { reopening } from '../../clients/reopening.ts';
import { numberedQuery, runPlanQuery } from '../../clients/postgres/plan-query.ts';
import { exampleString, openPgSession, type PgSession, type PgSessionOptions } from '../../clients/postgres/session.ts';
import { metricForm } from '../../domain/plan/query.ts';
import type { Metric } from '../../domain/plan/schema.ts';
import type { System } from '../../domain/site/schema.ts';
import { timeZoneOf } from '../../domain/site/system-kinds.ts';
import { columnsOf, columnsText } from '../../domain/watch/time-base.ts';
import { NoData, type Provider, type Reading } from '../provider.ts';

/** One small pool for each system, opened at the first metric that queries it. */
export function sqlProvider(env: Environment, limits: Pick<PgSessionOptions, 'statementTimeoutMs'> = {}): Provider<{ query: string }> {
  const sessions = reopening<PgSession>();

  async function sessionOf(system: System): Promise<PgSession> {
    // The login that only reads, where the site has one.
    const secret = ('measure' in system ? system.measure : undefined) ?? system.connection;
    if (!secret) throw new Error(`system '${system.id}' has no connection to ask in SQL`);
    const connectionString = await connectionStringOf(system.id, secret, env, exampleString);
    const timeZone = timeZoneOf(system);
    const statementTimeoutMs = 'limits' in system ? system.limits.statementSeconds * 1_000 : undefined;
    return sessions.get(system.id, JSON.stringify([connectionString, system.readOnly, timeZone, statementTimeoutMs]), () =>
      openWith(system.id, secret, connectionString, exampleString, (text) =>
        openPgSession({
          connectionString: text,
          readOnly: system.readOnly,
          timeZone,
          connections: 2,
          applicationName: 'rolewave evaluations',
          ...(statementTimeoutMs === undefined ? {} : { statementTimeoutMs }),
          ...limits,
        }),
      ),
    );
  }

  return {
    read: async ({ metric, kind, provider, system, fromMs, toMs, people, rolePackage }, signal) => {
      if (!system) throw new Error(`metric '${metric}' names no system to ask in SQL: fix the plan`);
      const { sql, values } = numberedQuery(provider.query, metricForm, { from: fromMs, to: toMs, people, package: rolePackage });
      // Two rows are enough to know that there are too many.
      const text = `select * from (\n${sql}\n) as measured limit 2`;
      return (await sessionOf(system)).transaction('read only', async (client) => reading(kind, await runPlanQuery<Row>(client, text, values, advice)), signal);
    },
    close: async () => {
      await sessions.closeAll();
    },
  };
}

type Row = Record<string, unknown>;

const advice = {
  '22012': 'write nullif(…, 0) for a divisor, so that nothing to measure is no data',
  '25006': 'a metric only reads',
  '42601': 'a metric is one SELECT',
};

const { INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC } = types.builtins;
const numeric: number[] = [INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC];
const countable: number[] = [INT2, INT4, INT8, NUMERIC];

function reading(kind: Metric['kind'], { fields, rows: [row, more] }: QueryResult<Row>): Reading {
  const names = columnsOf[kind];
  const returned = fields.map(({ name }) => name);
  if (returned.toSorted().join() !== names.toSorted().join())
    throw new Error(
      `the query of a ${kind} returns ${columnsText(kind)} and nothing else, and this one returns ${returned.map((name) => `'${name}'`).join(', ') || 'no column'}`,
    );
  for (const { name, dataTypeID } of fields) {
    if (!numeric.includes(dataTypeID))
      throw new Error(`\`${name}\` is not a number in the query's result: cast it; for an interval, write extract(epoch from …)`);
    if (kind !== 'gauge' && !countable.includes(dataTypeID))
      throw new Error(`\`${name}\` is a floating-point number: return what was counted without a cast, and Rolewave divides`);
  }
  if (more) throw new Error('the query answers more than one row: a metric is one row, use an aggregate');
  if (!row || names.some((name) => row[name] === null)) throw new NoData('the query answered nothing to measure');
  switch (kind) {
    case 'rate':
      return { count: counted('count', row) };
    case 'ratio':
      return { count: counted('count', row), of: counted('of', row) };
    case 'gauge':
      return { value: finite('value', row) };
  }
}

/** A numeric with decimals was divided or multiplied, even where they are zeros: 25.00 is a percentage as often as a count. */
function counted(name: string, row: Row): number {
  const written = String(row[name]);
  if (written.includes('.')) throw new Error(`\`${name}\` is ${written}, which is not a whole number: return what was counted, and Rolewave divides`);
  const number = finite(name, row);
  if (number < 0) throw new Error(`\`${name}\` is ${written}: nothing is counted below 0`);
  return number;
}

/** pg returns bigint and numeric as text, because they may be too large for a number. */
function finite(name: string, row: Row): number {
  const number = Number(row[name]);
  if (!Number.isFinite(number)) throw new Error(`\`${name}\` is ${String(row[name])}, which is not a finite number`);
  return number;
}
