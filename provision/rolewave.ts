/** Starts Rolewave and its store in separate processes, as in production; `npm start` and the demonstration share this. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { keepEndpoint } from '../settings/own-endpoint.ts';
import { startPostgres } from './postgres.ts';
import { identify, isStillRunning, type ProcessIdentity } from './process-identity.ts';
import type { Progress } from './progress.ts';
import { endLeftover, startServerProcess } from './server-process.ts';

export interface Started {
  /** Resolves when it has ended, for any reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** The folder of files and records, the progress output, and a callback for each server as soon as it runs; the last one must be stopped first. */
export interface Place {
  home: string;
  progress: Progress;
  onStart: (what: string, server: Started) => void;
}

const project = fileURLToPath(new URL('..', import.meta.url));
const storeDatabase = 'rolewave';

/** PostgreSQL for the store, with a login that has no other rights. `superuserUrl` is for other databases of a caller in the same server. */
export async function startStore({ home, progress, onStart }: Place): Promise<{ databaseUrl: string; superuserUrl: string }> {
  const postgres = await startPostgres({ dir: join(home, 'postgres'), databases: [storeDatabase], progress });
  onStart('PostgreSQL', postgres);
  return { databaseUrl: await prepareLogin(postgres.url, postgres.urlOf(storeDatabase)), superuserUrl: postgres.url };
}

/**
 * Starts the API, then the worker (the API creates the keys that the worker trusts), each with this environment and its output in a file of `home`.
 * `host`: where the API listens. `noticesTo`: the open file that notices are printed to; by default this terminal if NOTICE_TERMINAL is set. Resolves when
 * both serve, and the address is kept for commands in this folder; rejects with the end of the log of the one that does not.
 */
export async function startApiAndWorker(
  place: Place,
  at: { host: string; apiPort: number; healthPort: number; noticesTo?: number },
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const apiUrl = `http://${reachable(at.host)}:${at.apiPort}`;
  // Over plain http, people sign in and decide on this machine only.
  const isOwn = /^http:\/\/(127\.|localhost:|\[::1\])/.test(apiUrl);
  const ours = {
    ...(isOwn ? { ROLEWAVE_PUBLIC_URL: apiUrl } : {}),
    ...env,
    ROLEWAVE_HOME: place.home,
    ROLEWAVE_HOST: at.host,
    ROLEWAVE_PORT: String(at.apiPort),
  };
  await startProcess('the API', 'api', `${apiUrl}/healthz`, place, ours);
  const worker: NodeJS.ProcessEnv = { ...ours, ROLEWAVE_WORKER_HEALTH_PORT: String(at.healthPort) };
  // Its output goes to its log; printed notices go to descriptor 3 instead.
  const noticesTo = at.noticesTo ?? (worker.NOTICE_TERMINAL === '1' ? 1 : undefined);
  await startProcess(
    'the worker',
    'worker',
    `http://127.0.0.1:${at.healthPort}/readyz`,
    place,
    noticesTo === undefined ? worker : { ...worker, NOTICE_TERMINAL: '3' },
    noticesTo === undefined ? [] : [noticesTo],
  );
  keepEndpoint(place.home, apiUrl);
  return apiUrl;
}

/** Ends the processes that a killed run left behind. Throws when that run is still active. */
export async function endLeftovers(home: string): Promise<void> {
  await endLeftover('The worker', join(home, 'worker.json'), 'SIGTERM');
  await endLeftover('The API', join(home, 'api.json'), 'SIGTERM');
  await endLeftover("Temporal's dev server", join(home, 'temporal', 'server.json'), 'SIGTERM');
  await endLeftover('PostgreSQL', join(home, 'postgres', 'server.json'), 'SIGINT');
}

/** Locks this folder against a second run from the start, before any server has a record. Returns the function that unlocks it. */
export function claimFolder(home: string): () => void {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'running.json');
  const holder = recorded(file);
  const refusal = (pid: string | number) =>
    new Error(`Another Rolewave already runs on ${home} (process ${pid}). Stop it with Ctrl-C, or set ROLEWAVE_HOME to another folder to run a second one.`);
  if (holder && isStillRunning(holder)) throw refusal(holder.pid);
  if (holder) rmSync(file, { force: true });
  try {
    writeFileSync(file, `${JSON.stringify(identify(process.pid))}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? refusal('unknown') : error;
  }
  return () => rmSync(file, { force: true });
}

/**
 * Replaces the environment's settings for the user's Temporal server by those of this one, so that it is never sent an API key or certificate for another server.
 * TEMPORAL_CONFIG_FILE names a separate file, because otherwise the user's profile would be read; `rolewave doctor` finds the server by it.
 */
export function withTemporal(
  env: NodeJS.ProcessEnv,
  home: string,
  { address, namespace, uiAddress }: { address: string; namespace: string; uiAddress: string },
): NodeJS.ProcessEnv {
  const profile = join(home, 'temporal.toml');
  const text = [
    '# The server that Rolewave started for itself in this folder.',
    '[profile.default]',
    `address = "${address}"`,
    `namespace = "${namespace}"`,
    '',
  ];
  writeFileSync(profile, text.join('\n'));
  const others = Object.entries(env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return {
    ...Object.fromEntries(others),
    TEMPORAL_CONFIG_FILE: profile,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_UI_URL: uiAddress,
  };
}

async function startProcess(
  name: string,
  folder: 'api' | 'worker',
  healthUrl: string,
  { home, progress, onStart }: Place,
  env: NodeJS.ProcessEnv,
  passOn: number[] = [],
) {
  const step = progress.step(`Starting ${name}`, 'a few seconds');
  try {
    const started = await startServerProcess({
      name,
      command: process.execPath,
      args: [join(project, folder, 'main.ts')],
      cwd: project,
      env,
      logFile: join(home, `${folder}.log`),
      recordFile: join(home, `${folder}.json`),
      passOn,
      stopSignal: 'SIGTERM',
      stopTimeoutMs: 30_000,
      readyTimeoutMs: 120_000,
      isReady: async () => (await fetch(healthUrl, { signal: AbortSignal.timeout(2_000) })).ok,
    });
    onStart(name, started);
  } catch (error) {
    step.failed('see the error below');
    throw error;
  }
  step.done();
}

/** Its password is new at every start and is never stored. */
async function prepareLogin(superuserUrl: string, storeUrl: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  const client = new pg.Client({ connectionString: superuserUrl });
  client.on('error', () => {});
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

/** The address for calls from this machine to a host that a server listens on. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function recorded(file: string): ProcessIdentity | undefined {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessIdentity>;
    return typeof record.pid === 'number' && typeof record.startedAt === 'string' ? (record as ProcessIdentity) : { pid: 0, startedAt: 'unreadable' };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { pid: 0, startedAt: 'unreadable' };
  }
}
