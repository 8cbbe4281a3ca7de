/** `node api/main.ts`: runs the endpoint as its own process. */
import { pino } from 'pino';
import { logStream } from '../settings/log-stream.ts';
import { apiConfigFrom } from './config.ts';
import { startApi } from './start.ts';

try {
  const config = apiConfigFrom(process.env);
  const api = await startApi(config, pino({ level: config.logLevel, name: 'api' }, logStream(process.env)));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void api.close().then(() => process.exit(0)));
  }
} catch (error) {
  process.stderr.write(`rolewave api: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
