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
import { freePort } from '../../provision/free-port.ts';
import { startServerProcess, type ServerProcess } from '../../provision/server-process.ts';
import { makeOwnFolder } from './own-folder.ts';
import './provided.ts';

export interface SharedKeycloak {
  port: number;
  admin: { username: string; password: string };
}

interface Running {
  server: ServerProcess;
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
  const [folder, port] = [await makeOwnFolder(), await freePort()];
  const admin = { username: 'admin', password: randomBytes(12).toString('hex') };
  const { java, home } = build;
  const server = await startServerProcess({
    name: 'Keycloak',
    command: java,
    args: [
      // A small one: the tests have few users, and little of what is compiled well runs often.
      '-Xms64m',
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Dkc.home.dir=${home}`,
      `-Djboss.server.config.dir=${join(home, 'conf')}`,
      `-Djava.io.tmpdir=${folder}`,
      '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
      '-Dquarkus-log-max-startup-records=10000',
      '--add-opens=java.base/java.util=ALL-UNNAMED',
      '--add-opens=java.base/java.util.concurrent=ALL-UNNAMED',
      '--add-opens=java.base/java.lang=ALL-UNNAMED',
      '-cp',
      join(home, 'lib', 'quarkus-run.jar'),
      'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
      'start',
      '--optimized',
      '--http-enabled=true',
      '--hostname-strict=false',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      '--cache=local',
    ],
    env: { PATH: process.env['PATH'], KC_BOOTSTRAP_ADMIN_USERNAME: admin.username, KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password },
    cwd: folder,
    logFile: join(folder, 'keycloak.log'),
    recordFile: join(folder, 'keycloak.json'),
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/realms/master`, { signal: AbortSignal.timeout(5_000) })).ok,
    readyTimeoutMs: 240_000,
  });
  return { server, shared: { port, admin }, folder };
}
