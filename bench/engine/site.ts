/** Everything that a run of the bench needs: the servers, the endpoint, and both workers. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import pg from 'pg';
import { freePort } from '../../provision/free-port.ts';
import { startServerProcess } from '../../provision/server-process.ts';
import { bundle } from '../../worker/bundle.ts';
import { withServers, type Closing, type Servers } from '../servers.ts';
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

/** Uses a dev server in memory, or the server that TEMPORAL_ADDRESS names. */
export const startSite = (): Promise<Site> => withServers(siteText, startBoth);

async function startBoth({ client, store, sealer, databaseUrl, home, env }: Servers, closing: Closing): Promise<Omit<Site, 'close'>> {
  const database = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  closing.push(() => database.end());
  // Both bundles are made before a worker is timed, and a restart uses them again.
  await bundle({ home, interceptors: ['system-queues'] });
  const bareBundle = join(home, 'bare-bundle.js');
  await writeFile(bareBundle, (await bundleWorkflowCode({ workflowsPath: join(project, 'bench/engine/bare.ts'), logger: new DefaultLogger('ERROR') })).code);
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

async function startEndpoint(home: string, env: NodeJS.ProcessEnv, closing: Closing): Promise<string> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const endpoint = await startServerProcess({
    name: 'the API',
    command: process.execPath,
    args: [join(project, 'api/main.ts')],
    cwd: project,
    env: { ...env, ROLEWAVE_PORT: String(port) },
    logFile: join(home, 'api.log'),
    recordFile: join(home, 'api.json'),
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })).ok,
  });
  closing.push(() => endpoint.stop());
  return url;
}
