/**
 * Temporal as in production, without containers: the real server with its four services on its own PostgreSQL, set up by the same SQL, scripts
 * and configuration as in docker-compose.yml (`containers/`). See docs/decisions/0062-containers-checked-without-an-engine.md.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { runCommand } from './command.ts';
import { mayBeFair } from './fair-tasks.ts';
import { findDevServer } from './find-dev-server.ts';
import { findTemporalServer } from './find-temporal-server.ts';
import { freePort } from './free-port.ts';
import { startPostgres, type Postgres } from './postgres.ts';
import type { Progress } from './progress.ts';
import type { Place } from './rolewave.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { endLeftover, startServerProcess } from './server-process.ts';

const containers = fileURLToPath(new URL('../containers', import.meta.url));
const NAME = "Temporal's server";

export interface Cluster {
  /** host:port of the gRPC frontend, for TEMPORAL_ADDRESS. */
  address: string;
  namespace: string;
}

/**
 * Resolves when the namespace accepts workflows, keeps closed ones for 90 days and has Rolewave's search attributes. All data is in `place.home`
 * and is used again at the next start. `port`: the preferred port of the frontend; another free one when that is taken.
 */
export async function startTemporalCluster(place: Place, { namespace, port }: { namespace: string; port: number }): Promise<Cluster> {
  const { home, progress, onStart } = place;
  const recordFile = join(home, 'temporal-server.json');
  const { folder, server } = await findTemporalServer(progress);
  const cli = await findDevServer(progress);
  mkdirSync(home, { recursive: true });
  await endLeftover(NAME, recordFile, 'SIGTERM');

  const postgres = await startPostgres({ dir: join(home, 'postgres'), progress });
  onStart('PostgreSQL', postgres);
  const password = await makeLogins(postgres);
  const database = { SQL_HOST: postgres.host, SQL_PORT: String(postgres.port), SQL_USER: 'temporal', SQL_PASSWORD: password };
  const env = { PATH: [folder, dirname(cli), process.env['PATH']].join(delimiter), HOME: home };

  await withStep(progress, "Temporal's tables", () => runScript('setup-schema.sh', { ...env, ...database }));
  const dynamic: Record<string, string> = (await mayTakeTurns(postgres)) ? { DYNAMIC_CONFIG_FILE_PATH: join(containers, 'temporal', 'fair-tasks.yaml') } : {};
  const ports = await freePorts(port);
  const address = `127.0.0.1:${ports.FRONTEND_GRPC_PORT}`;
  await withStep(progress, `Starting ${NAME}`, async () => {
    const started = await startServerProcess({
      name: NAME,
      command: server,
      args: ['--root', join(containers, 'temporal'), '--env', 'rolewave', '--allow-no-auth', 'start'],
      env: { ...env, ...database, ...ports, ...dynamic, LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn' },
      cwd: home,
      logFile: join(home, 'temporal-server.log'),
      recordFile,
      stopSignal: 'SIGTERM',
      isReady: () => serves(address),
    });
    onStart(NAME, started);
  });
  await withStep(progress, `Namespace ${namespace}`, () => prepareNamespace(address, namespace, env));
  return { address, namespace };
}

/** The SQL of containers/postgres/logins.sql without psql: one statement each, with the values of its variables. */
export function statementsOf(sql: string, env: Record<string, string>): string[] {
  const values = new Map([...sql.matchAll(/^\\getenv (\w+) (\w+)$/gm)].map(([, name = '', variable = '']) => [name, env[variable]]));
  const valueOf = (name: string): string => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`containers/postgres/logins.sql uses :'${name}', which no \\getenv line of it has read`);
    return pg.escapeLiteral(value);
  };
  return sql
    .replaceAll(/^(--|\\getenv).*$/gm, '')
    .replaceAll(/:'(\w+)'/g, (_, name: string) => valueOf(name))
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** Returns the password of Temporal's login, which is new at every start and never stored. */
async function makeLogins(postgres: Postgres): Promise<string> {
  const [temporal, rolewave] = [0, 1].map(() => randomBytes(24).toString('hex')) as [string, string];
  const client = new pg.Client({ connectionString: postgres.url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = 'rolewave'");
    if (rowCount === 0) {
      const sql = await readFile(join(containers, 'postgres', 'logins.sql'), 'utf8');
      for (const statement of statementsOf(sql, { TEMPORAL_DB_PASSWORD: temporal, ROLEWAVE_DB_PASSWORD: rolewave })) await client.query(statement);
    } else {
      await client.query(`alter role temporal password ${client.escapeLiteral(temporal)}`);
    }
  } finally {
    await client.end();
  }
  return temporal;
}

/** A new database, and one in which no task waits. */
async function mayTakeTurns(postgres: Postgres): Promise<boolean> {
  const client = new pg.Client({ connectionString: postgres.urlOf('temporal') });
  client.on('error', () => {});
  try {
    await client.connect();
    return await mayBeFair(async (table) => {
      const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
      return rows[0]?.there ? Number((await client.query<{ rows: string }>(`select count(*) as rows from ${table}`)).rows[0]?.rows) : undefined;
    });
  } finally {
    await client.end();
  }
}

async function freePorts(frontend: number) {
  const services = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'] as const;
  const names = services.flatMap((service) => [`${service}_GRPC_PORT`, `${service}_MEMBERSHIP_PORT`] as const);
  const usual = { FRONTEND_GRPC_PORT: frontend, HISTORY_GRPC_PORT: 7234, MATCHING_GRPC_PORT: 7235, WORKER_GRPC_PORT: 7239 } as Record<string, number>;
  const membership = { FRONTEND_MEMBERSHIP_PORT: 6933, HISTORY_MEMBERSHIP_PORT: 6934, MATCHING_MEMBERSHIP_PORT: 6935, WORKER_MEMBERSHIP_PORT: 6939 };
  const wanted: Record<string, number> = { ...usual, ...membership };
  const ports: Record<string, string> = {};
  for (const name of names) ports[name] = String(await freePort(wanted[name]));
  return ports as Record<(typeof names)[number], string>;
}

async function serves(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  await connection.close();
  return true;
}

async function prepareNamespace(address: string, namespace: string, env: NodeJS.ProcessEnv): Promise<void> {
  await runScript('create-namespace.sh', { ...env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  const connection = await Connection.connect({ address });
  try {
    await ensureSearchAttributes(connection, namespace);
  } finally {
    await connection.close();
  }
}

async function runScript(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  await runCommand('/bin/sh', [join(containers, 'temporal', name)], { env, timeoutMs: 180_000 });
}

async function withStep(progress: Progress, title: string, work: () => Promise<void>): Promise<void> {
  const step = progress.step(title, 'a few seconds');
  try {
    await work();
  } catch (error) {
    step.failed('see the error below');
    throw error;
  }
  step.done();
}
