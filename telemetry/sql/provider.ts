/** Queries a system in SQL, in read-only transactions: a metric's query returns one row with exactly the columns of its kind. */
import { types } from 'pg';
import type { FieldDef } from 'pg';
import { connectionStringOf, openWith, type Environment } from '../../clients/connection-string.ts';
import { reopening } from '../../clients/reopening.ts';
import { numberedQuery, type NumberedQuery } from '../../clients/postgres/plan-query.ts';
import { exampleString, type PgSessionOptions } from '../../clients/postgres/session.ts';
import { openStatements, type Statements } from '../../clients/postgres/statements.ts';
import { metricForm } from '../../domain/plan/query.ts';
import type { Metric } from '../../domain/plan/schema.ts';
import type { System } from '../../domain/site/schema.ts';
import { timeZoneOf } from '../../domain/site/system-kinds.ts';
import { columnsOf, columnsText } from '../../domain/watch/time-base.ts';
import { NoData, type MetricQuery, type Provider, type Reading } from '../provider.ts';

export type SqlProviderOptions = Pick<PgSessionOptions, 'statementTimeoutMs' | 'refuse'>;

/** Of one system. */
export type SystemReader = Pick<Provider<{ query: string }>, 'read' | 'close'> & Pick<Statements, 'login'>;
export type OpenReader = (system: System, connectionString: string) => SystemReader;

/** Reads in this process. Connects for each reading; the statements of one system share its turns. */
export const readerHere =
  (options: SqlProviderOptions = {}): OpenReader =>
  (system, connectionString) => {
    const statements = openStatements({
      connectionString,
      readOnly: system.readOnly,
      applicationName: 'rolewave evaluations',
      ...('limits' in system ? { statementTimeoutMs: system.limits.statementSeconds * 1_000 } : {}),
      ...options,
    });
    return {
      // Its time zone is as it is now, and not as it was when this was opened.
      read: (query, signal) => measured(statements, query.system ?? system, query, signal),
      login: () => statements.login(),
      close: () => statements.close(),
    };
  };

/** `openReader`: opens nothing yet, and throws where the connection string cannot be read. */
export function sqlProvider(env: Environment, openReader: OpenReader = readerHere()): Provider<{ query: string }> {
  const open = reopening<SystemReader>();

  async function readerOf(system: System): Promise<SystemReader> {
    // The login that only reads, where the site has one.
    const secret = ('measure' in system ? system.measure : undefined) ?? system.connection;
    if (!secret) throw new Error(`system '${system.id}' has no connection to ask in SQL`);
    const connectionString = await connectionStringOf(system.id, secret, env, exampleString);
    const seconds = 'limits' in system ? system.limits.statementSeconds : undefined;
    return open.get(system.id, JSON.stringify([connectionString, system.readOnly, seconds]), () =>
      openWith(system.id, secret, connectionString, exampleString, (text) => openReader(system, text)),
    );
  }

  return {
    read: async (query, signal) => {
      const { system, metric } = query;
      if (!system) throw new Error(`metric '${metric}' names no system to ask in SQL: fix the plan`);
      return (await readerOf(system)).read(query, signal);
    },
    check: async (system) => ({ ...(await (await readerOf(system)).login()), grants: !system.readOnly && !('measure' in system && system.measure) }),
    close: () => open.closeAll(),
  };
}

function measured(
  statements: Statements,
  system: System,
  { plan, right, kind, provider, fromMs, toMs, people, rolePackage }: MetricQuery<{ query: string }>,
  signal: AbortSignal | undefined,
): Promise<Reading> {
  const query = numberedQuery(provider.query, metricForm, { from: fromMs, to: toMs, people, package: rolePackage });
  return statements.run(
    { plan, right, timeZone: timeZoneOf(system) },
    async ({ ask }) => {
      // What it would return is looked at before anything is fetched.
      const { fields } = await ask<Row>({ before: 'select * from (\n', query, after: '\n) as measured limit 0', advice });
      refuseColumns(kind, fields, query);
      // Two rows are enough to know that there are too many.
      const { rows } = await ask<Row>({
        before: `select ${columnsOf[kind].map(fetched).join(', ')} from (\n`,
        query,
        after: '\n) as measured limit 2',
        advice,
      });
      return reading(kind, rows);
    },
    signal,
  );
}

/** A numeric may have a hundred thousand digits. */
const longest = 64;
const fetched = (name: string) => `pg_catalog.left(measured."${name}"::pg_catalog.text, ${longest}) as "${name}"`;

type Row = Record<string, string | null>;

const advice = {
  '22012': 'write nullif(…, 0) for a divisor, so that nothing to measure is no data',
  '0A000': 'a metric only reads: no INSERT, UPDATE or DELETE, nor anything else that PostgreSQL allows only elsewhere',
  '25006': 'a metric only reads',
  '42601': 'a metric is one SELECT',
};

const { INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC } = types.builtins;
const numeric: number[] = [INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC];
const countable: number[] = [INT2, INT4, INT8, NUMERIC];

function refuseColumns(kind: Metric['kind'], fields: FieldDef[], query: NumberedQuery): void {
  const returned = fields.map(({ name }) => name);
  if (returned.toSorted().join() !== columnsOf[kind].toSorted().join())
    throw new Error(`the query of a ${kind} returns ${columnsText(kind)} and nothing else, and this one returns ${namesText(returned, query)}`);
  for (const { name, dataTypeID } of fields) {
    if (!numeric.includes(dataTypeID))
      throw new Error(`\`${name}\` is not a number in the query's result: cast it; for an interval, write extract(epoch from …)`);
    if (kind !== 'gauge' && !countable.includes(dataTypeID))
      throw new Error(`\`${name}\` is a floating-point number: return what was counted without a cast, and Rolewave divides`);
  }
}

const namesShown = 10;

/** Names that the query itself has; with `*` they are the table's, which its readers may not know. */
function namesText(returned: string[], { written }: NumberedQuery): string {
  const own = returned.filter((name) => written.toLowerCase().includes(name.toLowerCase())).slice(0, namesShown);
  const others = returned.length - own.length;
  const parts = [...own.map((name) => `'${name}'`), ...(others === 0 ? [] : [others === 1 ? 'one other column' : `${others} other columns`])];
  return parts.join(', ') || 'no column';
}

function reading(kind: Metric['kind'], [row, more]: Row[]): Reading {
  const names = columnsOf[kind];
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
  const written = writtenIn(name, row);
  if (written.includes('.')) throw new Error(`\`${name}\` is ${written}, which is not a whole number: return what was counted, and Rolewave divides`);
  const number = finite(name, row);
  if (number < 0) throw new Error(`\`${name}\` is ${written}: nothing is counted below 0`);
  return number;
}

function finite(name: string, row: Row): number {
  const written = writtenIn(name, row);
  const number = Number(written);
  if (!Number.isFinite(number)) throw new Error(`\`${name}\` is ${written}, which is not a finite number`);
  return number;
}

function writtenIn(name: string, row: Row): string {
  const written = row[name] ?? '';
  if (written.length >= longest) throw new Error(`\`${name}\` has ${longest} digits or more: round it`);
  return written;
}
