/** Starts a Keycloak on this machine's loopback address, with everything in memory, as it was built (find-keycloak.ts). */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeycloakBuild } from './find-keycloak.ts';
import { freePort } from './free-port.ts';
import type { Started } from './rolewave.ts';
import { endLeftover, startServerProcess } from './server-process.ts';

export interface Keycloak extends Started {
  port: number;
  /** Without a slash at the end. */
  url: string;
}

export interface KeycloakOptions {
  /** Its log, its temporary files, and the record of its process, `recordFile`. */
  dir: string;
  recordFile: string;
  /** Of the whole server. */
  admin: { username: string; password: string };
  /** The preferred one; any other where it is taken. */
  port?: number;
}

/** Takes about half a minute. Rejects with the end of its log when it does not start. */
export async function startKeycloak({ java, home }: KeycloakBuild, { dir, recordFile, admin, port: wanted }: KeycloakOptions): Promise<Keycloak> {
  await mkdir(dir, { recursive: true });
  await endLeftover('Keycloak', recordFile, 'SIGTERM');
  const port = await freePort(wanted);
  const url = `http://127.0.0.1:${port}`;
  const { ended, stop } = await startServerProcess({
    name: 'Keycloak',
    command: java,
    args: [
      // A small one: there are few users, and little of what is compiled well runs often.
      '-Xms64m',
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      `-Dkc.home.dir=${home}`,
      `-Djboss.server.config.dir=${join(home, 'conf')}`,
      `-Djava.io.tmpdir=${dir}`,
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
    cwd: dir,
    logFile: join(dir, 'keycloak.log'),
    recordFile,
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(`${url}/realms/master`, { signal: AbortSignal.timeout(5_000) })).ok,
    readyTimeoutMs: 240_000,
  });
  return { port, url, ended, stop };
}
