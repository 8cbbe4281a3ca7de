/**
 * For tests: throw-away servers of other versions than the one of the run, from whatever the machine has: those of npm that `npm run servers:older` has put into
 * Rolewave's cache, Debian's, and those whose folder of binaries ROLEWAVE_TEST_POSTGRES names (several, like PATH).
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { runCommand } from '../../provision/command.ts';
import { freePort } from '../../provision/free-port.ts';
import { olderVersions, whereBinariesAre } from '../../provision/older-postgres.ts';
import { unprivilegedAccount } from '../../provision/unprivileged.ts';

export interface InstalledServer {
  /** 15, 16, … */
  version: number;
  binaries: string;
}

const fromNpm = olderVersions.map(whereBinariesAre).flatMap((file) => (existsSync(file) ? [readFileSync(file, 'utf8')] : []));
const named = (process.env['ROLEWAVE_TEST_POSTGRES'] ?? '').split(delimiter).filter((folder) => folder !== '');
const debian = ['17', '16', '15', '14', '13'].map((version) => `/usr/lib/postgresql/${version}/bin`);

/** One of each version, the newest first. */
export const installedServers: InstalledServer[] = [
  ...new Map(
    [...fromNpm, ...debian, ...named]
      .filter((binaries) => existsSync(join(binaries, 'postgres')))
      .map((binaries) => {
        const version = Number(/ (\d+)/.exec(execFileSync(join(binaries, 'postgres'), ['--version'], { encoding: 'utf8' }))?.[1]);
        return [version, { version, binaries }];
      }),
  ).values(),
].sort((a, b) => b.version - a.version);

/** What the connector is tested on. `binaries`: undefined for the server of the run; `missing`: why there is none, for the name of what is skipped. */
export const everyVersion: { version: number; binaries?: string; missing: string }[] = [18, 17, 16, 15].map((version) => {
  if (version === 18) return { version, missing: '' };
  const binaries = installedServers.find((server) => server.version === version)?.binaries;
  return binaries === undefined ? { version, missing: ' (not installed: run `npm run servers:older`)' } : { version, binaries, missing: '' };
});

/** A server that does not keep grantors apart. */
export const olderBinaries = installedServers.find(({ version }) => version < 16)?.binaries;

/**
 * Answers the superuser's connection string and the folder of the data. Ends and removes everything by `stop`. `standby`: as a server that follows another
 * one, and takes no changes; it has a role `clerk`. `more`: settings of its own.
 */
export async function startOlderServer(
  binaries: string,
  { standby = false, more = [] as string[] } = {},
): Promise<{ url: string; data: string; stop: () => Promise<void> }> {
  const account = unprivilegedAccount();
  const directory = await mkdtemp(join(tmpdir(), 'rolewave-older-'));
  if (account) await chown(directory, account.uid, account.gid);
  const data = join(directory, 'data');
  const as = account ? { uid: account.uid, gid: account.gid } : {};
  await runCommand(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync'], { ...as, cwd: '/' });
  // A standby takes no changes: what it has, it has from the start.
  if (standby)
    execFileSync(join(binaries, 'postgres'), ['--single', '-D', data, 'postgres'], {
      ...as,
      cwd: '/',
      input: 'create role clerk\n',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  if (standby) await writeFile(join(data, 'standby.signal'), '');
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', ...more].flatMap((setting) => ['-c', setting]);
  const server = spawn(join(binaries, 'postgres'), ['-D', data, '-p', String(port), ...settings], { ...as, cwd: '/', stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await answers(url);
  return {
    url,
    data,
    stop: async () => {
      server.kill('SIGINT');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(200);
    }
  }
}
