/** Starts Temporal's dev server for Rolewave: with its Web UI, a database file that survives restarts, and 90 days of closed workflows. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { fairTasks, fileMayBeFair } from './fair-tasks.ts';
import { findDevServer } from './find-dev-server.ts';
import { freePort } from './free-port.ts';
import { createProgress, type Progress } from './progress.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { endLeftover, startServerProcess } from './server-process.ts';

export interface DevServerOptions {
  /** ROLEWAVE_HOME: the server's files are in `temporal/` there. */
  home: string;
  /** Preferred ports; another free one is used when a port is taken. Defaults 7233 and 8233. The Web UI keeps the port of its last start, unless this is 0. */
  ports?: { grpc?: number; ui?: number };
  namespace?: string;
  /** Path of the `temporal` executable; found (or built) when absent. */
  executable?: string;
  /** False: nothing is kept (tests). */
  keepFiles?: boolean;
  progress?: Progress;
}

export interface DevServer {
  /** host:port of the gRPC frontend, for TEMPORAL_ADDRESS. */
  address: string;
  uiAddress: string;
  /** The port that the Web UI had wanted, if another program has it. */
  uiPortTaken?: number;
  namespace: string;
  pid: number;
  /** Resolves when the server has ended, for any reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

const RETENTION_SECONDS = 90 * 24 * 3600;

/** Resolves when the server serves, keeps closed workflows for 90 days and has Rolewave's search attributes. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { home, ports = {}, namespace = 'default', keepFiles = true, progress = createProgress() } = options;
  const executable = options.executable ?? (await findDevServer(progress));
  const folder = join(home, 'temporal');
  const recordFile = join(folder, 'server.json');
  await mkdir(folder, { recursive: true });
  await endLeftover("Temporal's dev server", recordFile, 'SIGTERM');

  const step = progress.step("Starting Temporal's dev server", 'a few seconds');
  const grpcPort = await freePort(ports.grpc ?? 7233);
  const wantedUiPort = ports.ui === 0 ? 0 : ((keepFiles ? lastUiPort(folder) : undefined) ?? ports.ui ?? 8233);
  const uiPort = await freePort(wantedUiPort);
  const address = `127.0.0.1:${grpcPort}`;
  const listen = ['--ip', '127.0.0.1', '--port', String(grpcPort), '--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)];
  const file = join(folder, 'temporal.db');
  const database = keepFiles ? ['--db-filename', file] : [];
  const isFair = !keepFiles || (await fileMayBeFair(file));
  if (!isFair) progress.note(`Temporal does not take turns by the site's rights yet: tasks of before wait in ${file}. The next start tries again.`);
  const fairness = isFair ? fairTasks.flatMap((setting) => ['--dynamic-config-value', setting]) : [];
  try {
    const server = await startServerProcess({
      name: "Temporal's dev server",
      command: executable,
      args: ['server', 'start-dev', ...listen, '--namespace', namespace, '--log-level', 'warn', '--log-format', 'json', ...database, ...fairness],
      logFile: join(folder, 'server.log'),
      recordFile,
      stopSignal: 'SIGTERM',
      isReady: () => prepareNamespace(address, namespace),
    });
    step.done(address);
    if (keepFiles) writeFileSync(uiPortFile(folder), `${uiPort}\n`, { mode: 0o600 });
    return {
      address,
      uiAddress: `http://127.0.0.1:${uiPort}`,
      ...(wantedUiPort === 0 || wantedUiPort === uiPort ? {} : { uiPortTaken: wantedUiPort }),
      namespace,
      pid: server.pid,
      ended: server.ended,
      stop: server.stop,
    };
  } catch (error) {
    step.failed('see the error below');
    throw error;
  }
}

const uiPortFile = (folder: string): string => join(folder, 'ui-port');

/** Bookmarks of workflows stay right where the usual port was taken once. */
function lastUiPort(folder: string): number | undefined {
  const file = uiPortFile(folder);
  const port = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** True when the namespace is there, keeps closed workflows for 90 days and has the search attributes. Throws while the server still starts. */
async function prepareNamespace(address: string, namespace: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    const config = { workflowExecutionRetentionTtl: { seconds: RETENTION_SECONDS as never } };
    await connection.workflowService.updateNamespace({ namespace, config });
    await ensureSearchAttributes(connection, namespace);
    return true;
  } finally {
    await connection.close();
  }
}
