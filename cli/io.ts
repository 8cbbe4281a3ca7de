/** The outside world of the command: where it writes, whether it may ask, and the environment. */
import { Writable } from 'node:stream';
import { badInput } from './exit-codes.ts';
import { invocationOf, type Issued } from './invocation.ts';

export interface Io {
  /** Writes one text and a line break. */
  out(text: string): void;
  err(text: string): void;
  /** What a person types to start this command: `rolewave`, `npx rolewave`. */
  invokedAs: string;
  /** The text, with the commands in it begun as this one was. */
  pasteable(text: string): string;
  /** Told once who the endpoint issued a token for: commands that are printed afterwards say so, where the person who runs this one has not. */
  tookToken(issued: Issued): void;
  env: Record<string, string | undefined>;
  /** Output goes to a person's terminal. */
  terminal: boolean;
  /** A person can answer questions. */
  canAsk: boolean;
  /** A person sits at this machine, and can see a browser on it. */
  canBrowse: boolean;
  /** False where none could be started. */
  openBrowser(address: string): Promise<boolean>;
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
    invokedAs: invocationOf(process.env),
    pasteable: (text) => text,
    tookToken: () => undefined,
    env: process.env,
    terminal: process.stdout.isTTY,
    canAsk: process.stdin.isTTY && process.stderr.isTTY,
    canBrowse: process.stderr.isTTY && hasBrowser(process.env, process.platform),
    openBrowser: async (address) => (await import('./browser.ts')).openBrowser(address),
    // Of a pipe, COLUMNS: what the person says who reads it.
    columns: () => process.stdout.columns || Number(process.env['COLUMNS']) || 120,
    confirm: async (question) => /^y(es)?$/i.test(await ask(`${question} [y/N] `, false, ended.signal)),
    ask: (question, { secret = false } = {}) => ask(`${question} `, secret, ended.signal),
    screen: process.stdout,
    ended: ended.signal,
  };
}

/** Over SSH, a browser would open where nobody sees it. */
const hasBrowser = (env: Record<string, string | undefined>, platform: string): boolean =>
  env['BROWSER'] !== undefined ||
  (env['SSH_CONNECTION'] === undefined && (platform === 'darwin' || platform === 'win32' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])));

async function ask(question: string, secret: boolean, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
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
