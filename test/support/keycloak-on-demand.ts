/**
 * Global setup: one Keycloak for the whole run, which is started when the first test file asks for it, because it takes long and much memory. The files ask the
 * main process, which alone knows when the run is over. Each makes realms of its own in it (keycloak.ts).
 */
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findKeycloak } from '../../provision/find-keycloak.ts';
import { startKeycloak, type Keycloak } from '../../provision/keycloak.ts';
import { makeOwnFolder } from './own-folder.ts';
import './provided.ts';

export interface SharedKeycloak {
  port: number;
  admin: { username: string; password: string };
}

interface Running {
  server: Keycloak;
  shared: SharedKeycloak;
  folder: string;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: Promise<Running> | undefined;
  const asked = createServer((_request, response) => {
    running ??= start();
    running.then(
      ({ shared }) => response.end(JSON.stringify(shared)),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  await new Promise<void>((resolve) => asked.listen(0, '127.0.0.1', resolve));
  project.provide('keycloakOnDemand', `http://127.0.0.1:${(asked.address() as AddressInfo).port}`);
  return async () => {
    asked.close();
    asked.closeAllConnections();
    const started = await running?.catch(() => undefined);
    await started?.server.stop();
    if (started) await rm(started.folder, { recursive: true, force: true });
  };
}

async function start(): Promise<Running> {
  let missing = '';
  const build = await findKeycloak((reason) => void (missing = reason));
  if (!build) throw new Error(missing);
  const folder = await makeOwnFolder();
  const admin = { username: 'admin', password: randomBytes(12).toString('hex') };
  const server = await startKeycloak(build, { dir: folder, recordFile: join(folder, 'keycloak.json'), admin });
  return { server, shared: { port: server.port, admin }, folder };
}
