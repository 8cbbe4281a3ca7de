/** Where a log is written: standard output, without the environment's secrets. */
import { withoutSecrets } from './secrets.ts';

/** A destination for pino. Synchronous, so that the last line of a process that ends is written. */
export function logStream(
  env: Record<string, string | undefined>,
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): { write(line: string): void } {
  const clean = withoutSecrets(env);
  return { write: (line) => void write(clean(line)) };
}
