/** Whether the worker is alive and ready, for people, load balancers and process managers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NativeConnection, Worker } from '@temporalio/worker';
import { atMostEvery } from '../settings/at-most-every.ts';
import type { FailingWorkflow } from '../settings/failing-workflows.ts';
import type { Store } from '../store/contract.ts';

export interface Health {
  /** All its dependencies answer, and every queue is polled. */
  ready: boolean;
  /** No part has died; restart a process that is not alive. */
  alive: boolean;
  /** 'ok', or what is wrong. */
  store: string;
  temporal: string;
  /** State of the worker of each task queue. */
  taskQueues: Record<string, string>;
  /** Systems that are in use and not polled, because the site's `polledSystems` is reached. */
  notPolled: string[];
  /** Waves and packages whose workflow tasks fail again and again; absent where the server does not say. An alarm: the worker itself is ready. */
  failingWorkflows?: string[];
}

const answerWithinMs = 2_000;
const sharedForMs = 1_000;
const mostConnections = 50;

export async function healthOf({
  workers,
  store,
  connection,
  namespace,
  notPolled,
  failing,
}: {
  workers: Map<string, Worker>;
  store: Pick<Store, 'ready'>;
  connection: NativeConnection;
  namespace: string;
  notPolled: string[];
  failing: () => Promise<FailingWorkflow[]>;
}): Promise<Health> {
  const [storeState, temporal, found] = await Promise.all([
    stateOf(() => store.ready()),
    // The client's error repeats the address.
    stateOf(
      () => connection.withDeadline(Date.now() + answerWithinMs, () => connection.workflowService.describeNamespace({ namespace })),
      'does not answer, or does not show its namespace',
    ),
    failing().catch(() => undefined),
  ]);
  const taskQueues = Object.fromEntries([...workers].map(([taskQueue, worker]) => [taskQueue, worker.getState()]));
  const states = Object.values(taskQueues);
  return {
    ready: storeState === 'ok' && temporal === 'ok' && states.length > 0 && states.every((state) => state === 'RUNNING'),
    alive: !states.includes('FAILED'),
    store: storeState,
    temporal,
    taskQueues,
    notPolled,
    ...(found ? { failingWorkflows: found.map(({ workflowId }) => workflowId) } : {}),
  };
}

/** `instead`: of the error's message. */
async function stateOf(ask: () => Promise<unknown>, instead?: string): Promise<string> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${answerWithinMs / 1_000} s`)), answerWithinMs);
  try {
    await Promise.race([ask(), late]);
    return 'ok';
  } catch (error) {
    return instead ?? (error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

export interface HealthServer {
  url: string;
  close: () => Promise<void>;
}

/** GET /healthz (alive) and /readyz (ready), on 127.0.0.1 only: 200 or 503, and the whole state as JSON. Port 0: any free one. */
export async function serveHealth(port: number, health: () => Promise<Health>): Promise<HealthServer> {
  // All who ask within a second have the same answer, so that asking often costs the store and Temporal nothing.
  const shared = atMostEvery(sharedForMs, health);
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const answer = async () => {
      if (path !== '/healthz' && path !== '/readyz') return { status: 404, body: { title: 'Only /healthz and /readyz exist here.' } };
      const body = await shared();
      return { status: (path === '/healthz' ? body.alive : body.ready) ? 200 : 503, body };
    };
    answer().then(
      ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(`${JSON.stringify(body)}\n`),
      (error: unknown) => response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ title: String(error) })),
    );
  });
  // Node would answer them by itself.
  server.on('checkExpectation', ({ socket }) => socket.destroy());
  server.maxConnections = mostConnections;
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${port} is taken: set ROLEWAVE_WORKER_HEALTH_PORT to a free one`) : error),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
