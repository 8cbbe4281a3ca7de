/** Rolewave and its store, started in processes of their own as in production; `npm start` and the demonstration share this. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startPostgres } from './postgres.ts';
import { identify, isStillRunning, type ProcessIdentity } from './process-identity.ts';
import type { Progress } from './progress.ts';
import { endLeftover, startServerProcess } from './server-process.ts';

export interface Started {
  /** Resolves when it has ended, whoever ended it. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

/** Where its files and records are, how it tells what it does, and who is told of each server as soon as it runs: the last one is to be ended first. */
export interface Place {
  home: string;
  progress: Progress;
  onStart: (what: string, server: Started) => void;
}

const project = fileURLToPath(new URL('..', import.meta.url));
const storeDatabase = 'rolewave';

/** PostgreSQL for the store, with a login for it that can do nothing else there. `superuserUrl` is for what a caller keeps in the same server. */
export async function startStore({ home, progress, onStart }: Place): Promise<{ databaseUrl: string; superuserUrl: string }> {
  const postgres = await startPostgres({ dir: join(home, 'postgres'), databases: [storeDatabase], progress });
  onStart('PostgreSQL', postgres);
  return { databaseUrl: await prepareLogin(postgres.url, postgres.urlOf(storeDatabase)), superuserUrl: postgres.url };
}

/**
 * The API, then the worker (the API makes the keys that the worker trusts), each with this environment and its output in a file of `home`.
 * `host` is where the API listens; `noticesTo` the open file that notices are printed to: this terminal where NOTICE_TERMINAL asks for it. Resolves when both serve; rejects with the end of the log of the one that does not.
 */
export async function startApiAndWorker(
  place: Place,
  at: { host: string; apiPort: number; healthPort: number; noticesTo?: number },
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const apiUrl = `http://${reachable(at.host)}:${at.apiPort}`;
  const ours = { ROLEWAVE_PUBLIC_URL: apiUrl, ...env, ROLEWAVE_HOME: place.home, ROLEWAVE_HOST: at.host, ROLEWAVE_PORT: String(at.apiPort) };
  await startProcess('the API', 'api', `${apiUrl}/healthz`, place, ours);
  const worker: NodeJS.ProcessEnv = { ...ours, ROLEWAVE_WORKER_HEALTH_PORT: String(at.healthPort) };
  // Its output goes to its log; notices that are to be printed go elsewhere, which it gets as its descriptor 3.
  const noticesTo = at.noticesTo ?? (worker.NOTICE_TERMINAL === '1' ? 1 : undefined);
  await startProcess(
    'the worker',
    'worker',
    `http://127.0.0.1:${at.healthPort}/readyz`,
    place,
    noticesTo === undefined ? worker : { ...worker, NOTICE_TERMINAL: '3' },
    noticesTo === undefined ? [] : [noticesTo],
  );
  return apiUrl;
}

/** Ends what a run left behind that was killed. Throws when the run is still there. */
export async function endLeftovers(home: string): Promise<void> {
  await endLeftover('The worker', join(home, 'worker.json'), 'SIGTERM');
  await endLeftover('The API', join(home, 'api.json'), 'SIGTERM');
  await endLeftover("Temporal's dev server", join(home, 'temporal', 'server.json'), 'SIGTERM');
  await endLeftover('PostgreSQL', join(home, 'postgres', 'server.json'), 'SIGINT');
}

/** Keeps a second run out of this folder from the first moment on, when no server has a record yet. Answers what gives it free. */
export function claimFolder(home: string): () => void {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'running.json');
  const holder = recorded(file);
  const refusal = (pid: string | number) =>
    new Error(
      `A Rolewave runs on ${home} already (process ${pid}). Stop that one with Ctrl-C, or set ROLEWAVE_HOME to another folder to run a second one beside it.`,
    );
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
 * What names a Temporal server of the user's, replaced by what names this one: an API key or a certificate for another server is not sent to it.
 * TEMPORAL_CONFIG_FILE is set to a file of its own, or the user's own profile would be read; `rolewave doctor` finds the server by it.
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

/** Its password is new at every start and is written nowhere. */
async function prepareLogin(superuserUrl: string, storeUrl: string): Promise<string> {
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

/** A host to listen on, as one to call from this machine. */
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
