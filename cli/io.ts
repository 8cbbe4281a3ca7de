/** The world around the command: what it writes to, whom it may ask, and what the environment says. */
import { createInterface } from 'node:readline/promises';

export interface Io {
  /** Writes one text and a line break. */
  out(text: string): void;
  err(text: string): void;
  env: Record<string, string | undefined>;
  /** Output goes to a person's terminal. */
  terminal: boolean;
  /** There is somebody to ask. */
  canAsk: boolean;
  columns(): number;
  /** Asks a yes-or-no question; no is the answer to anything but yes. */
  confirm(question: string): Promise<boolean>;
  /** Where a live table is drawn; only used on a terminal. */
  screen: NodeJS.WriteStream;
  /** Ends `--watch`. */
  ended: AbortSignal;
}

export function processIo(): Io {
  const ended = new AbortController();
  process.once('SIGINT', () => ended.abort());
  process.once('SIGTERM', () => ended.abort());
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    err: (text) => void process.stderr.write(`${text}\n`),
    env: process.env,
    terminal: process.stdout.isTTY,
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    columns: () => process.stdout.columns || 120,
    async confirm(question) {
      const asked = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `, { signal: ended.signal })).trim());
      } finally {
        asked.close();
      }
    },
    screen: process.stdout,
    ended: ended.signal,
  };
}
