/** A worker for bare.ts only. It polls two task queues with as many slots as the product's worker, and serves what it has recorded so far over HTTP. */
import { createServer } from 'node:http';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { namedTemporal } from '../../settings/temporal.ts';
import { activities, queues } from './bare.ts';
import type { Seen } from './side.ts';

const seen: Seen[] = [];
const kinds: Record<string, Seen['kind']> = { previewed: 'previewed', granted: 'granted', stable: 'stable' };

/** The activities unchanged, except that they also note what the measurements wait for. */
const noted: typeof activities = {
  ...activities,
  record: async (wave, kind, entries) => {
    const noteworthy = kinds[kind];
    if (noteworthy) seen.push({ wave, kind: noteworthy, ...(noteworthy === 'previewed' ? { digest: `digest of ${wave}` } : {}) });
    return activities.record(wave, kind, entries);
  },
  evaluate: async (wave, number) => {
    seen.push({ wave, kind: 'evaluation' });
    return activities.evaluate(wave, number);
  },
};

Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
const { server, namespace } = namedTemporal(process.env);
const connection = await NativeConnection.connect(server);
const shared = { connection, namespace, activities: noted };
/** Bundled beforehand, like the product's workflows. */
const workflowBundle = { codePath: process.env['BENCH_BARE_BUNDLE'] ?? '' };
const workers = [
  await Worker.create({
    ...shared,
    workflowBundle,
    taskQueue: queues.engine,
    maxConcurrentActivityTaskExecutions: 16,
    maxConcurrentLocalActivityExecutions: 32,
  }),
  await Worker.create({ ...shared, taskQueue: queues.system, maxConcurrentActivityTaskExecutions: 8, maxConcurrentLocalActivityExecutions: 1 }),
];
process.once('SIGTERM', () => workers.forEach((worker) => worker.shutdown()));
const running = Promise.all(workers.map((worker) => worker.run()));

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  response.end(pathname === '/seen' ? JSON.stringify(seen.slice(Number(searchParams.get('after')))) : 'ready');
})
  .listen(Number(process.env['ROLEWAVE_WORKER_HEALTH_PORT']), '127.0.0.1')
  .unref();

await running;
process.exit(0);
