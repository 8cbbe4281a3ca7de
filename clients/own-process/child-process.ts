/** One process that carries out the calls for one system: started at the first of them, watched, and ended with the calls that wait for it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { Scratch } from '../../domain/access/server-probe.ts';
import { channelAt, listen, mostOfMessage, send } from './channel.ts';
import { errorFrom, type Argument, type FromChild, type ToChild } from './messages.ts';

/** Milliseconds and MiB. */
export interface ProcessLimits {
  /** How long it may do nothing but compute. */
  silentMs: number;
  /** Of its heap. A whole worker took less than 300 for 10,000 people in a directory (docs/decisions/0264). */
  heapMiB: number;
  /** After it has ended by itself: the first pause before it is started again, which doubles each time it ends without an answer in between. */
  pauseMs: number;
  /** After which one for readings ends that nobody has asked anything. */
  idleMs: number;
  /** Of one message from it, in MiB as `sizeOf` counts them; its program has the same. */
  messageMiB: number;
  /** A person waits for it at a terminal: it has the priority of its caller, and what Node writes about its end is not in what the person reads. */
  isAttended: boolean;
}

export const usual: ProcessLimits = {
  silentMs: 30_000,
  heapMiB: 768,
  pauseMs: 1_000,
  idleMs: 60_000,
  messageMiB: mostOfMessage / 2 ** 20,
  isAttended: false,
};
const longestPauseMs = 300_000;
const pingMs = 5_000;
const closeMs = 2_000;
/** Loading takes long on a busy machine. */
const startMs = 60_000;

/** An answer of the server, or a fault in what reads it, ended its process. */
export class ReaderEnded extends SystemUnavailable {}

interface Pending {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  signal: AbortSignal | undefined;
  callback: ((...args: unknown[]) => Promise<void>) | undefined;
  /** Why the caller refused: the call fails with the same. */
  refusal?: { error: unknown };
  /** The caller is being asked: what it writes down then is written before the call fails. */
  asked?: Promise<unknown>;
}

/** `program`: a module that calls `serve`, with `started`. */
export interface ChildProgram {
  program: URL;
  started: unknown;
  /** Variables that it is given besides those that Node and TLS go by. */
  environment?: RegExp | undefined;
}

/** What Node and TLS go by. No secrets of Rolewave or of other systems: those that it needs are sent to it. */
const passedOn = /^(PATH|HOME|TMPDIR|TZ|LANG|LC_\w+|NODE_\w+|SSL_\w+|(HTTP|HTTPS|ALL|NO)_PROXY)$/i;
const environmentOf = (more: RegExp | undefined): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => passedOn.test(name) || more?.test(name)));

/** Behind what the worker does for all systems, where a machine is busy: so much nicer than it. */
const nicer = 5;
const nicest = 19;

const channelOf = (running: ChildProcess) => running.stdio[channelAt] as Socket;

/** While a call waits, this process does not end for having nothing to do. */
function hold(running: ChildProcess): void {
  running.ref();
  channelOf(running).ref();
}
function letGo(running: ChildProcess): void {
  running.unref();
  channelOf(running).unref();
}

export class Child {
  readonly #program: ChildProgram;
  readonly #limits: ProcessLimits;
  #running: ChildProcess | undefined;
  #watch: NodeJS.Timeout | undefined;
  /** In a row, with nothing heard in between. By their number and not by a clock: a process that was held up itself has not listened. */
  #silentLooks = 0;
  #hasLoaded = false;
  #idle: NodeJS.Timeout | undefined;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  /** In a row, without an answer in between. */
  #ends = 0;
  #notBeforeMs = 0;
  #isClosed = false;
  /** As it was with the last answer. */
  state: unknown;

  constructor(program: ChildProgram, limits: ProcessLimits) {
    this.#program = program;
    this.#limits = limits;
  }

  call(method: string, args: unknown[]): Promise<unknown> {
    if (this.#isClosed) return Promise.reject(new SystemUnavailable('the connection to this server was closed'));
    const waitMs = this.#notBeforeMs - Date.now();
    if (!this.#running && waitMs > 0)
      return Promise.reject(
        new ReaderEnded(
          `the process that reads this server's answers ended${this.#ends === 1 ? '' : ` ${this.#ends} times in a row`}: the server is asked again in ${Math.ceil(waitMs / 1_000)} s`,
        ),
      );
    const signal = args.find((each) => each instanceof AbortSignal);
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const callback = args.find((each) => typeof each === 'function') as Pending['callback'];
    let running: ChildProcess;
    try {
      running = this.#running ??= this.#start();
    } catch (error) {
      return Promise.reject(error);
    }
    const call = this.#calls++;
    return new Promise<unknown>((resolve, reject) => {
      const cancel = () => this.#tell({ call, cancelled: true });
      const ended =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          this.#pending.delete(call);
          signal?.removeEventListener('abort', cancel);
          if (this.#pending.size === 0 && this.#running) this.#rest(this.#running);
          settle(value);
        };
      this.#pending.set(call, { resolve: ended(resolve), reject: ended(reject), signal, callback });
      signal?.addEventListener('abort', cancel, { once: true });
      clearTimeout(this.#idle);
      hold(running);
      try {
        this.#tell({ call, method, args: args.map(asArgument) });
      } catch (error) {
        // What cannot be sent has not begun.
        this.#pending.get(call)?.reject(error);
      }
    });
  }

  async close(): Promise<void> {
    const running = this.#running;
    if (!running) {
      this.#isClosed = true;
      return;
    }
    const late = new Promise<void>((resolve) => setTimeout(resolve, closeMs).unref());
    const closed = this.call('close', []).catch(() => undefined);
    this.#isClosed = true;
    await Promise.race([closed, late]);
    await this.#end(running, 'it was closed');
  }

  /** Nobody waits for it. */
  #rest(running: ChildProcess): void {
    letGo(running);
    clearTimeout(this.#idle);
    if (this.#limits.idleMs === Infinity) return;
    // Not as one that has ended by itself: it may be started again at once.
    this.#idle = setTimeout(() => {
      if (this.#running === running && this.#pending.size === 0) void this.#end(running, 'nobody asked it anything');
    }, this.#limits.idleMs).unref();
  }

  #tell(message: ToChild): void {
    if (this.#running) send(channelOf(this.#running), message, Infinity);
  }

  #start(): ChildProcess {
    const running = spawn(process.execPath, ['--no-warnings', `--max-old-space-size=${this.#limits.heapMiB}`, fileURLToPath(this.#program.program)], {
      stdio: ['ignore', 'inherit', this.#limits.isAttended ? 'ignore' : 'inherit', 'pipe'],
      env: environmentOf(this.#program.environment),
    });
    // Before anything else: where this process may open nothing more, there is nothing but this event.
    running.on('error', (error) => void (running.pid === undefined && this.#endedByItself(running, error)));
    const channel = running.stdio?.[channelAt] as Socket | undefined;
    if (!channel) throw this.#notStarted();
    // What cannot be sent any more is told by its end.
    channel.on('error', () => undefined);
    listen(
      channel,
      (message) => void this.#heard(running, message as FromChild),
      (error) => void this.#endedByItself(running, error),
      this.#limits.messageMiB * 2 ** 20,
    );
    running.on('exit', (code, signal) => void this.#endedByItself(running, new Error(`it ended with ${signal ?? `exit code ${code}`}`)));
    if (!this.#limits.isAttended) giveWay(running);
    send(channel, { start: this.#program.started } satisfies ToChild, Infinity);
    letGo(running);
    this.#silentLooks = 0;
    this.#hasLoaded = false;
    const everyMs = Math.min(pingMs, this.#limits.silentMs / 4);
    this.#watch = setInterval(() => this.#look(running, everyMs), everyMs).unref();
    return running;
  }

  async #heard(running: ChildProcess, message: FromChild): Promise<void> {
    // What one that has ended said before is not of the next.
    if (this.#running !== running) return;
    this.#silentLooks = 0;
    if ('pong' in message) {
      this.#hasLoaded = true;
      return;
    }
    if ('stray' in message) return void Promise.reject(errorFrom(message.stray));
    const pending = this.#pending.get(message.call);
    if ('asks' in message) {
      const asked = answer(pending, message.args);
      if (pending) pending.asked = asked;
      const refused = await asked;
      this.#tell({ call: message.call, asks: message.asks, refused });
      return;
    }
    this.#ends = 0;
    this.state = message.state;
    if ('done' in message) pending?.resolve(message.done);
    else pending?.reject(pending.refusal?.error ?? (pending.signal?.aborted ? pending.signal.reason : errorFrom(message.failed)));
  }

  /** Where somebody waits: nothing else is asked of it meanwhile, and it is not started for nothing. */
  #look(running: ChildProcess, everyMs: number): void {
    if (this.#pending.size === 0) {
      this.#silentLooks = 0;
      return;
    }
    const mostMs = this.#hasLoaded ? this.#limits.silentMs : Math.max(startMs, this.#limits.silentMs);
    if (this.#silentLooks * everyMs >= mostMs)
      return void this.#endedByItself(running, new Error(`it did nothing but compute for ${Math.round(mostMs / 1_000)} s`));
    this.#silentLooks += 1;
    this.#tell({ ping: this.#silentLooks });
  }

  #notStarted(): SystemUnavailable {
    this.#later();
    return new SystemUnavailable('what reads the answers of this server could not be started: this machine lets Rolewave open nothing more');
  }

  #later(): void {
    this.#ends += 1;
    this.#notBeforeMs = Date.now() + Math.min(longestPauseMs, this.#limits.pauseMs * 2 ** (this.#ends - 1));
  }

  #endedByItself(running: ChildProcess, error: Error): Promise<void> {
    if (this.#running === running) this.#later();
    return this.#end(running, error.message, error);
  }

  async #end(running: ChildProcess, why: string, cause?: Error): Promise<void> {
    if (this.#running !== running) return;
    this.#running = undefined;
    clearInterval(this.#watch);
    clearTimeout(this.#idle);
    // As where a whole worker dies: what was begun is settled by the next attempt.
    const ended = new ReaderEnded(`the process that reads this server's answers ended: ${why}`, { cause });
    for (const { reject, asked } of this.#pending.values())
      if (asked) void asked.finally(() => reject(ended));
      else reject(ended);
    if (running.pid !== undefined && running.exitCode === null && running.signalCode === null) {
      const exit = new Promise((resolve) => running.once('exit', resolve));
      running.kill('SIGKILL');
      await exit;
    }
  }
}

function giveWay({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, Math.min(nicest, getPriority() + nicer));
  } catch {
    // It has ended, or this machine does not allow it: it works as before.
  }
}

/** Whether the caller refused, which is kept for the failure of the call. */
async function answer(pending: Pending | undefined, args: unknown[]): Promise<boolean> {
  try {
    if (!pending?.callback) return true;
    await pending.callback(...args);
    return false;
  } catch (error) {
    if (pending) pending.refusal = { error };
    return true;
  }
}

function asArgument(given: unknown): Argument {
  if (given instanceof AbortSignal) return { signal: true };
  if (typeof given === 'function') return { callback: true };
  if (isScratch(given)) {
    const { isOurs: _here, ...scratch } = given;
    return { scratch };
  }
  return { plain: given };
}

const isScratch = (given: unknown): given is Scratch => typeof given === 'object' && given !== null && 'isOurs' in given;
