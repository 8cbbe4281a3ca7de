/** Starts scim2-server, which has everything in memory. It compares versions (If-Match) and keeps each member once. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { scim2ServerModule } from './find-scim2-server.ts';
import { freePort } from './free-port.ts';
import type { Started } from './rolewave.ts';
import { endLeftover, startServerProcess } from './server-process.ts';

export interface ScimServer extends Started {
  host: string;
  port: number;
  /** With the path. */
  baseUrl: string;
}

export interface ScimServerOptions {
  /** Its log and the record of its process. */
  dir: string;
  /** Bearer tokens. These servers know no rights: each of them may do everything. */
  tokens: string[];
  /** The preferred one; any other where it is taken. */
  port?: number;
}

export const scimHost = '127.0.0.1';
const name = 'scim2-server';
// Tokens go by the environment, because every user of the machine can read the arguments of a process.
const program = [
  'import os, sys',
  `sys.argv += ["--bearer-token=" + token for token in os.environ.pop("SCIM_TOKENS").split()]`,
  `from ${scim2ServerModule} import main`,
  'main()',
].join('\n');

/** Rejects with the end of its log when it does not start. `python`: as `findScim2Server` has found it. */
export async function startScim2Server(python: string, { dir, tokens, port: wanted }: ScimServerOptions): Promise<ScimServer> {
  await mkdir(dir, { recursive: true });
  const recordFile = join(dir, 'server.json');
  await endLeftover(name, recordFile, 'SIGTERM');
  const port = await freePort(wanted);
  const baseUrl = `http://${scimHost}:${port}/v2`;
  const { ended, stop } = await startServerProcess({
    name,
    command: python,
    args: ['-c', program, '--hostname', scimHost, '--port', String(port)],
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC', SCIM_TOKENS: tokens.join(' ') },
    cwd: dir,
    logFile: join(dir, 'server.log'),
    recordFile,
    stopSignal: 'SIGTERM',
    isReady: () => letsIn(baseUrl, tokens[0]),
  });
  return { host: scimHost, port, baseUrl, ended, stop };
}

export async function removeScim2Server(dir: string): Promise<void> {
  await endLeftover(name, join(dir, 'server.json'), 'SIGTERM');
  await rm(dir, { recursive: true, force: true });
}

/** Also that it is this server, which alone knows the token. */
export async function letsIn(baseUrl: string, token = ''): Promise<boolean> {
  const answer = await fetch(`${baseUrl}/Users`, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(5_000) });
  return answer.ok;
}
