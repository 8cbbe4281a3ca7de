/** The worker's process: main.ts starts it, SIGTERM or SIGINT stops it, and a second signal ends it immediately. */
import { flushCompileCache } from 'node:module';
import { help, workerConfigFrom } from './config.ts';
import { installRuntime, workerLogger } from './logging.ts';
import { startWorker } from './start.ts';

const logger = workerLogger(process.env['LOG_LEVEL'] ?? 'info', process.env);

/**
 * The SDK keeps each waiting workflow's last answer, a few hundred bytes of such a pool, and with it the whole pool. Pools of Node's usual 64 KiB would
 * cost up to that much for each waiting wave.
 */
const poolBytes = 4 * 1024;

/**
 * A mistake of ours, which is to be seen and not to stop the releases of all plans: the activity that it happened in fails or times out and is tried again, and
 * nothing of it is in this process afterwards. A worker that ended would be given the same work again, and end again.
 */
process.on('unhandledRejection', (error) => {
  logger.error({ error }, 'a promise was rejected that nothing waited for: please report it');
});

async function main(): Promise<void> {
  Buffer.poolSize = poolBytes;
  const config = workerConfigFrom(process.env, process.argv.slice(2));
  if (config === 'help') {
    console.log(help);
    return;
  }
  installRuntime(logger);
  const stopping: { stop: () => void; signals: number } = { stop: () => process.exit(0), signals: 0 };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stopping.signals++;
      if (stopping.signals > 1) process.exit(1);
      logger.info({ signal }, 'stopping; a second signal ends the worker immediately');
      stopping.stop();
    });
  }
  const worker = await startWorker(config, logger);
  stopping.stop = () => void worker.shutdown();
  // At once, because a process that is killed writes nothing at its end.
  flushCompileCache();
  await worker.ended;
}

try {
  await main();
  // The SDK's threads may outlive the last connection.
  process.exit(0);
} catch (error) {
  logger.fatal({ error }, error instanceof Error ? error.message : String(error));
  process.exit(1);
}
