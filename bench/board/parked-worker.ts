/** A worker for parked.ts, as a process of its own. */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { namedTemporal } from '../../settings/temporal.ts';
import { parkedQueue } from './parked-queue.ts';

Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: [] });
const { server, namespace } = namedTemporal(process.env);
const worker = await Worker.create({
  connection: await NativeConnection.connect(server),
  namespace,
  taskQueue: parkedQueue,
  workflowsPath: fileURLToPath(new URL('parked.ts', import.meta.url)),
  maxCachedWorkflows: 10_000,
});
process.once('SIGTERM', () => worker.shutdown());
createServer((_request, response) => response.end('ready'))
  .listen(Number(process.env['ROLEWAVE_PORT']), '127.0.0.1')
  .unref();
await worker.run();
process.exit(0);
