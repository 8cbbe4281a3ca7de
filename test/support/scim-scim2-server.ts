/**
 * For tests: scim2-server (PyPI), a SCIM server that keeps to the RFCs: it compares versions (If-Match) and keeps each member once. It is installed once into
 * Rolewave's cache, in an environment of its own, and runs with everything in memory.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachePlace, fillOnce } from '../../provision/cache.ts';
import { findOnPath, runCommand } from '../../provision/command.ts';
import { freePort } from '../../provision/free-port.ts';
import { ScimAdmin, tokens, type TestScim } from './scim-server.ts';

const version = '0.8.3';
const place = cachePlace(`scim2-server-${version}`);
const program = 'scim2_server.testserver.cli';

let missing = '';
const python = await findPython();
export const hasScim2Server = python !== undefined;
/** Ends the name of tests that need this server: why they are skipped, where there is none. */
export const ifNoScim2Server = hasScim2Server ? '' : `, which this machine cannot have: ${missing}`;

/** That of the environment; undefined: there is none, and it cannot be made. */
async function findPython(): Promise<string | undefined> {
  const found = join(place, 'bin', 'python');
  // Written last, so that an environment without it is not whole.
  const isComplete = async () => existsSync(join(place, 'complete'));
  if (await isComplete()) return found;
  const machines = findOnPath('python3');
  if (machines === undefined) {
    missing = 'it has no python3';
    return undefined;
  }
  try {
    await fillOnce(
      place,
      isComplete,
      () => undefined,
      async (draft) => {
        await runCommand(machines, ['-m', 'venv', draft], { timeoutMs: 120_000 });
        const inside = join(draft, 'bin', 'python');
        await runCommand(inside, ['-m', 'pip', 'install', '--quiet', `scim2-server==${version}`], { timeoutMs: 300_000 });
        await runCommand(inside, ['-c', `import ${program}; open(${JSON.stringify(join(draft, 'complete'))}, 'w').close()`], { timeoutMs: 60_000 });
      },
    );
    return found;
  } catch (error) {
    missing = `scim2-server could not be installed: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`;
    return undefined;
  }
}

/** Ends and removes everything by `stop`. */
export async function startScim2Server(): Promise<TestScim> {
  if (python === undefined) throw new Error('there is no scim2-server on this machine: skip this test');
  const [folder, port, host] = [await mkdtemp(join(tmpdir(), 'rolewave-scim2-server-')), await freePort(), '127.0.0.1'];
  const logins = Object.values(tokens).flatMap((token) => ['--bearer-token', token]);
  const server = spawn(python, ['-m', program, '--hostname', host, '--port', String(port), ...logins], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr.on('data', (text: Buffer) => (said = `${said}${text.toString()}`.slice(-4_000)));
  const ended = once(server, 'exit');
  const baseUrl = `http://${host}:${port}/v2`;
  const kim = new ScimAdmin(baseUrl);
  for (let attempt = 1; ; attempt++) {
    try {
      await kim.ask('GET', 'ServiceProviderConfig');
      break;
    } catch (error) {
      if (server.exitCode !== null) throw new Error(`scim2-server ended: ${said}`, { cause: error });
      if (attempt === 300) throw error;
      await sleep(100);
    }
  }
  return {
    host,
    port,
    baseUrl,
    kim,
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
