/** Everything that the demonstration runs on, started for real and in processes of their own, as in production; each knows how it is ended. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startDevServer } from '../provision/dev-server.ts';
import { freePort } from '../provision/free-port.ts';
import { startPostgres } from '../provision/postgres.ts';
import type { Progress } from '../provision/progress.ts';
import { endLeftover, startServerProcess } from '../provision/server-process.ts';
import { type ErpDatabase, prepareErp } from './database.ts';

export interface Servers {
  apiUrl: string;
  temporalUi: string;
  /** For commands in another terminal. */
  temporalAddress: string;
  erp: ErpDatabase;
}

const project = fileURLToPath(new URL('..', import.meta.url));
const storeDatabase = 'rolewave';

/** `onStop` is called with what ends each server, as soon as it runs: the last one is to be ended first. */
export async function startServers(home: string, progress: Progress, onStop: (what: string, stop: () => Promise<void>) => void): Promise<Servers> {
  mkdirSync(home, { recursive: true });
  await endLeftovers(home);
  const postgres = await startPostgres({ dir: join(home, 'postgres'), databases: [storeDatabase], progress });
  onStop('PostgreSQL', postgres.stop);
  const erp = await prepareErp(postgres.url);
  const storeUrl = await prepareStore(postgres.url, postgres.urlOf(storeDatabase));

  const temporal = await startDevServer({ home, progress });
  onStop('Temporal', temporal.stop);

  const healthPort = await freePort(8089);
  const apiPort = await freePort(8088);
  const noProfile = join(home, 'temporal.toml');
  writeFileSync(noProfile, '# Empty on purpose: the demonstration does not use the profile of whoever runs it.\n[profile.default]\n');
  const env = {
    ...withoutOurs(process.env),
    NODE_ENV: 'production',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    ROLEWAVE_HOME: home,
    ROLEWAVE_DEMO: '1',
    ROLEWAVE_HOST: '127.0.0.1',
    ROLEWAVE_PORT: String(apiPort),
    ROLEWAVE_WORKER_HEALTH_PORT: String(healthPort),
    TEMPORAL_CONFIG_FILE: noProfile,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    DATABASE_URL: storeUrl,
    ERP_DATABASE_URL: erp.url.rolewave_svc,
  };

  const api = await startProcess('the API', 'api/main.ts', `http://127.0.0.1:${apiPort}/healthz`, { home, progress, env });
  onStop('the API', api.stop);
  const worker = await startProcess('the worker', 'worker/main.ts', `http://127.0.0.1:${healthPort}/readyz`, { home, progress, env });
  onStop('the worker', worker.stop);
  return { apiUrl: `http://127.0.0.1:${apiPort}`, temporalUi: temporal.uiAddress, temporalAddress: temporal.address, erp };
}

/** What is set for a Rolewave, Temporal or PostgreSQL of the user's own must not reach the demonstration's, nor the other way round. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ROLEWAVE_|TEMPORAL_|PG)/.test(name)));
}

/** Ends what a run left behind that was killed. */
export async function endLeftovers(home: string): Promise<void> {
  await endLeftover('The worker', join(home, 'worker.json'), 'SIGTERM');
  await endLeftover('The API', join(home, 'api.json'), 'SIGTERM');
  await endLeftover("Temporal's dev server", join(home, 'temporal', 'server.json'), 'SIGTERM');
}

async function startProcess(
  name: string,
  script: string,
  healthUrl: string,
  { home, progress, env }: { home: string; progress: Progress; env: NodeJS.ProcessEnv },
) {
  const file = script.replace('/main.ts', '');
  const recordFile = join(home, `${file}.json`);
  const step = progress.step(`Starting ${name}`, 'a few seconds');
  const started = await startServerProcess({
    name,
    command: process.execPath,
    args: [join(project, script)],
    cwd: project,
    env,
    logFile: join(home, `${file}.log`),
    recordFile,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 30_000,
    readyTimeoutMs: 120_000,
    isReady: async () => (await fetch(healthUrl, { signal: AbortSignal.timeout(2_000) })).ok,
  }).catch((error: unknown) => {
    step.failed('see the error below');
    throw error;
  });
  step.done();
  return started;
}

/** The store gets a login of its own, which can do nothing in the ERP. Answers its connection string. */
async function prepareStore(superuserUrl: string, storeUrl: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', ['rolewave_store']);
    if (rowCount === 0) await client.query('create role rolewave_store login');
    await client.query(`alter role rolewave_store password ${client.escapeLiteral(password)}`);
    await client.query(`alter database ${storeDatabase} owner to rolewave_store`);
  } finally {
    await client.end();
  }
  const url = new URL(storeUrl);
  url.username = 'rolewave_store';
  url.password = password;
  return url.href;
}
