import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identify } from './process-identity.ts';
import { type Postgres, removePostgres, startPostgres } from './postgres.ts';
import { silent } from './progress.ts';

let home: string;
let dir: string;
const started: Postgres[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rolewave-own-postgres-'));
  chmodSync(home, 0o711);
  dir = join(home, 'postgres');
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  await removePostgres(dir);
  rmSync(home, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startPostgres>[0]> = {}): Promise<Postgres> {
  const server = await startPostgres({ dir, port: 0, throwaway: true, progress: silent, ...options });
  started.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('data survives a stop and a start, with the same password', async () => {
  const first = await start({ databases: ['rolewave', 'Übung "1"'] });
  await query(first.urlOf('rolewave'), 'create table kept as select 1 as x');
  expect(await query(first.url, 'show server_version_num')).toEqual([{ server_version_num: expect.stringMatching(/^18/) as string }]);
  await first.stop();
  expect(identify(first.pid)).toBeUndefined();

  const second = await start({ databases: ['rolewave', 'Übung "1"'] });
  expect(second.password).toBe(first.password);
  expect(await query(second.urlOf('rolewave'), 'select x from kept')).toEqual([{ x: 1 }]);
});

test('nobody can log in without the password, which only its owner can read', async () => {
  const server = await start();
  const wrong = new URL(server.url);
  wrong.password = 'guessed';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  expect(statSync(join(dir, 'password')).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(dir, 'password'), 'utf8').trim()).toBe(server.password);
});

test('a second server on the same files is refused while the first runs', async () => {
  const first = await start();
  await expect(startPostgres({ dir, progress: silent })).rejects.toThrow(`in use by another running Rolewave (process ${process.pid})`);
  expect(await query(first.url, 'select 1 as x')).toEqual([{ x: 1 }]);
});

test('a server that a killed Rolewave left behind is stopped, and its files are used again', async () => {
  const script = `
    import { startPostgres } from ${JSON.stringify(new URL('postgres.ts', import.meta.url).href)};
    const server = await startPostgres({ dir: ${JSON.stringify(dir)}, port: 0, databases: ['kept'], throwaway: true });
    console.log(server.pid);`;
  const killed = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = (await once(killed.stdout, 'data')) as [Buffer];
  const leftover = Number(output.toString());
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(identify(leftover)).toBeDefined();

  const server = await start();
  expect(identify(leftover)).toBeUndefined();
  expect(await query(server.urlOf('kept'), 'select 1 as x')).toEqual([{ x: 1 }]);
});

test('a stale pid file with the id of another process does not prevent the start', async () => {
  const first = await start();
  await first.stop();
  const dataDir = join(dir, 'data');
  writeFileSync(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n0\n${first.port}\n\n127.0.0.1\n\n`);
  const second = await start();
  expect(await query(second.url, 'select 1 as x')).toEqual([{ x: 1 }]);
});

test('when its port is taken it uses another one', async () => {
  const first = await start();
  const other = join(home, 'other');
  const second = await startPostgres({ dir: other, port: first.port, throwaway: true, progress: silent });
  expect(second.port).not.toBe(first.port);
  await second.stop();
  await removePostgres(other);
});

test.skipIf(process.getuid?.() !== 0)('as root, in a folder that only root may enter, it also works and leaves nothing behind', async () => {
  chmodSync(home, 0o700);
  const server = await start({ databases: ['rolewave'] });
  const [row] = await query(server.url, 'show data_directory');
  const { data_directory: dataDirectory } = row as { data_directory: string };
  expect(dataDirectory.startsWith(home)).toBe(false);
  await server.stop();
  await removePostgres(dir);
  expect(statSync(dataDirectory, { throwIfNoEntry: false })).toBeUndefined();
});
