/** Starts a SCIM server of the npm package scimmy-routers as a process of its own, with everything in memory (scimmy-app.ts). */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { letsIn, scimHost, type ScimServer, type ScimServerOptions } from './scim2-server.ts';
import { endLeftover, startServerProcess } from './server-process.ts';

const name = 'scimmy-routers';
const recordIn = (dir: string) => join(dir, 'server.json');

/** Whether the package is there, which is one of development: `npm ci --omit=dev` leaves it out. */
export function hasScimmy(): boolean {
  try {
    return import.meta.resolve('scimmy-routers') !== '';
  } catch {
    return false;
  }
}

/** Rejects with the end of its log when it does not start. */
export async function startScimmy({ dir, tokens, port: wanted }: ScimServerOptions): Promise<ScimServer> {
  await mkdir(dir, { recursive: true });
  await endLeftover(name, recordIn(dir), 'SIGTERM');
  const port = await freePort(wanted);
  const baseUrl = `http://${scimHost}:${port}/scim/v2`;
  const { ended, stop } = await startServerProcess({
    name,
    command: process.execPath,
    args: [fileURLToPath(new URL('scimmy-main.ts', import.meta.url)), String(port)],
    env: { PATH: process.env['PATH'], SCIM_TOKENS: tokens.join(' ') },
    cwd: dir,
    logFile: join(dir, 'server.log'),
    recordFile: recordIn(dir),
    stopSignal: 'SIGTERM',
    isReady: () => letsIn(baseUrl, tokens[0]),
  });
  return { host: scimHost, port, baseUrl, ended, stop };
}

export async function removeScimmy(dir: string): Promise<void> {
  await endLeftover(name, recordIn(dir), 'SIGTERM');
  await rm(dir, { recursive: true, force: true });
}
