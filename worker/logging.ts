/** One log for everything: pino, which the Temporal SDK also writes to. */
import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Logger as TemporalLogger, LogLevel, LogMetadata } from '@temporalio/worker';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { logStream } from '../settings/log-stream.ts';

export type { Logger } from 'pino';

/** JSON lines on standard output, without the secrets of the environment. An error's stack and cause are written out; without the serializer the SDK's `error` field would be `{}`. */
export const workerLogger = (level: string, env: Record<string, string | undefined>): Logger =>
  pino({ name: 'rolewave worker', level, serializers: { error: pino.stdSerializers.err } }, logStream(env));

/**
 * Call once per process, before the first connection. The SDK does not handle signals: a worker stops in a fixed order, see start.ts. Throws when the SDK's runtime already exists.
 */
export function installRuntime(logger: Logger): void {
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
}

function temporalLogger(logger: Logger): TemporalLogger {
  const at = (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') => (message: string, meta?: LogMetadata) => logger[level](plain(meta), message);
  const levels = { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const log = (level: LogLevel, message: string, meta?: LogMetadata) => levels[level.toLowerCase() as keyof typeof levels](message, meta);
  return { log, ...levels };
}

/** The SDK marks the log's source with a symbol, which JSON leaves out; numbers too large for JSON become text. */
const plain = (meta: LogMetadata | undefined) =>
  Object.fromEntries(Object.entries(meta ?? {}).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]));
