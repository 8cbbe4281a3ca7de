/** Everything that a run of the bench needs: one Temporal server with a namespace for this run, one PostgreSQL, the endpoint, and both workers. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import pg from 'pg';
import { openSealer } from '../../api/seal.ts';
import { startDevServer } from '../../provision/dev-server.ts';
import { freePort } from '../../provision/free-port.ts';
import { removePostgres, startPostgres } from '../../provision/postgres.ts';
import { ensureSearchAttributes } from '../../provision/search-attributes.ts';
import { startServerProcess } from '../../provision/server-process.ts';
import { temporalSettings, type TemporalServer } from '../../settings/temporal.ts';
import { openStore } from '../../store/open.ts';
import { bundle } from '../../worker/bundle.ts';
import { BareSide } from './bare-side.ts';
import { ProductSide } from './product-side.ts';
import { siteText } from './site-file.ts';
import type { Side } from './side.ts';
import { WorkerProcess } from './worker-process.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

export interface Site {
  product: ProductSide;
  bare: Side;
  /** The endpoint, which issues tokens to the people of applied plans. */
  apiUrl: string;
  close(): Promise<void>;
}

/** Uses a dev server in memory, or the server that TEMPORAL_ADDRESS names. If something fails, everything that was started is stopped. */
export async function startSite(): Promise<Site> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end().catch((error: unknown) => console.error(error));
  };
  try {
    return { ...(await startAll(closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startAll(closing: (() => Promise<unknown>)[]): Promise<Omit<Site, 'close'>> {
  const home = await mkdtemp(join(tmpdir(), 'rolewave-bench-'));
  await chmod(home, 0o711);
  closing.push(() => rm(home, { recursive: true, force: true }));

  const server = await temporal(home, closing);
  const namespace = `rolewave-bench-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect(server);
  closing.push(() => connection.close());
  await makeNamespace(connection, namespace);
  closing.push(() => connection.operatorService.deleteNamespace({ namespace }));
  const client = new Client({ connection, namespace });

  const dir = join(home, 'postgres');
  const postgres = await startPostgres({ dir, port: 0, databases: ['rolewave'] });
  closing.push(() => removePostgres(dir));
  closing.push(() => postgres.stop());
  const databaseUrl = postgres.urlOf('rolewave');
  const store = await openStore(databaseUrl, { migrate: true });
  closing.push(() => store.close());
  const database = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  closing.push(() => database.end());

  const keys = { signingKeyFile: join(home, 'signing-key.json'), trustedKeysFile: join(home, 'trusted-keys.json') };
  const sealer = await openSealer(keys);
  // Both bundles are made before a worker is timed, and a restart uses them again.
  await bundle({ home, interceptors: ['system-queues'] });
  const bareBundle = join(home, 'bare-bundle.js');
  await writeFile(bareBundle, (await bundleWorkflowCode({ workflowsPath: join(project, 'bench/engine/bare.ts'), logger: new DefaultLogger('ERROR') })).code);
  const siteFile = join(home, 'site.yaml');
  await writeFile(siteFile, siteText);
  const env = {
    ...withoutOthers(process.env),
    NODE_ENV: 'production',
    LOG_LEVEL: 'warn',
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: namespace,
    DATABASE_URL: databaseUrl,
    ROLEWAVE_HOME: home,
    ROLEWAVE_SIGNING_KEY_FILE: keys.signingKeyFile,
    ROLEWAVE_TRUSTED_KEYS_FILE: keys.trustedKeysFile,
    ROLEWAVE_SITE: siteFile,
    ROLEWAVE_DEMO: '1',
  };
  const productWorker = new WorkerProcess('product worker', 'worker/main.ts', home, env);
  closing.push(() => productWorker.stop());
  const bareWorker = new WorkerProcess('bare worker', 'bench/engine/bare-worker.ts', home, { ...env, BENCH_BARE_BUNDLE: bareBundle });
  closing.push(() => bareWorker.stop());
  return {
    product: new ProductSide({ client, worker: productWorker, store, sealer, database }),
    bare: new BareSide(client, bareWorker),
    apiUrl: await startEndpoint(home, env, closing),
  };
}

/** The server that TEMPORAL_ADDRESS names, or a dev server in memory. */
export async function temporal(home: string, closing: (() => Promise<unknown>)[]): Promise<TemporalServer> {
  const { server } = temporalSettings(process.env);
  if (server) return server;
  const started = await startDevServer({ home, ports: { grpc: 0, ui: 0 }, keepFiles: false });
  closing.push(() => started.stop());
  return { address: started.address };
}

async function startEndpoint(home: string, env: NodeJS.ProcessEnv, closing: (() => Promise<unknown>)[]): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const endpoint = await startServerProcess({
    name: 'the API',
    command: process.execPath,
    args: [join(project, 'api/main.ts')],
    cwd: project,
    env: { ...env, ROLEWAVE_HOST: '127.0.0.1', ROLEWAVE_PORT: String(port) },
    logFile: join(home, 'api.log'),
    recordFile: join(home, 'api.json'),
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok,
  });
  closing.push(() => endpoint.stop());
  return url;
}

/** Closed workflows are kept for a day. Not all parts of the server know a new namespace at once, so this waits until they do. */
export async function makeNamespace(connection: Connection, namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace });
      return await ensureSearchAttributes(connection, namespace);
    } catch (error) {
      if (attempt === 120) throw error;
      await sleep(250);
    }
  }
}

/** The settings of the user's own Rolewave must not reach the bench. Of Temporal's settings, only those that name a server are used. */
export function withoutOthers(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(ROLEWAVE_|PG)/.test(name)));
}
