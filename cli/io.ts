/** The outside world of the command: where it writes, whether it may ask, and the environment. */
import { Writable } from 'node:stream';
import { createInterface } from 'node:readline/promises';
import { badInput } from './exit-codes.ts';

export interface Io {
  /** Writes one text and a line break. */
  out(text: string): void;
  err(text: string): void;
  env: Record<string, string | undefined>;
  /** Output goes to a person's terminal. */
  terminal: boolean;
  /** A person can answer questions. */
  canAsk: boolean;
  columns(): number;
  /** Asks a yes-or-no question. Anything but yes means no. */
  confirm(question: string): Promise<boolean>;
  /** Asks for a line of text and trims it. Throws bad input when no line comes. `secret`: the terminal does not show what is typed. */
  ask(question: string, options?: { secret?: boolean }): Promise<string>;
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
    confirm: async (question) => /^y(es)?$/i.test(await ask(`${question} [y/N] `, false, ended.signal)),
    ask: (question, { secret = false } = {}) => ask(`${question} `, secret, ended.signal),
    screen: process.stdout,
    ended: ended.signal,
  };
}

async function ask(question: string, secret: boolean, signal: AbortSignal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (secret) process.stderr.write(question);
  const asked = createInterface({ input: process.stdin, output: secret ? nowhere : process.stderr, ...(secret ? { terminal: true } : {}) });
  // Without this, a question would wait forever once the input ends (Ctrl-D).
  const noAnswer = new Promise<never>((_, reject) =>
    asked.once('close', () => reject(badInput('There was no answer, so nothing was done.', { code: 'not-answered' }))),
  );
  noAnswer.catch(() => undefined);
  let answered = false;
  try {
    const answer = await Promise.race([asked.question(secret ? '' : question, { signal }), noAnswer]);
    answered = true;
    return answer.trim();
  } catch (error) {
    throw error instanceof Error && error.name === 'AbortError' ? badInput('Interrupted, so nothing was done.', { code: 'not-answered' }) : error;
  } finally {
    asked.close();
    if (secret || !answered) process.stderr.write('\n');
  }
}
