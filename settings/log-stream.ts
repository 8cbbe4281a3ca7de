/** Where a log is written: standard output, without the environment's secrets, and in lines that a log collector takes. */
import { withoutSecrets } from './secrets.ts';

/** In characters. Servers say megabytes where they mean harm, and each attempt would write them again. */
export const longestLine = 64 * 1_024;
const startOfLongLine = 8 * 1_024;

/** A destination for pino. Synchronous, so that the last line of a process that ends is written. */
export function logStream(
  env: Record<string, string | undefined>,
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): { write(line: string): void } {
  const clean = withoutSecrets(env);
  return {
    write: (line) => {
      // Before it is shortened, which would cut a secret in two.
      const cleaned = clean(line);
      write(cleaned.length > longestLine ? shortened(cleaned) : cleaned);
    },
  };
}

/** Still a line of JSON. Level and time come first in a line of pino. */
function shortened(line: string): string {
  const [level, time] = [/^\{"level":(\d+)/.exec(line)?.[1], /^\{"level":\d+,"time":(\d+)/.exec(line)?.[1]];
  const kept = { level: Number(level ?? 40), time: Number(time ?? Date.now()), msg: 'a line of the log was too long', characters: line.length };
  return `${JSON.stringify({ ...kept, start: line.slice(0, startOfLongLine) })}\n`;
}
