/** In the process of one system: opens what carries out the calls, and calls it as it is told. It ends with the process that started it. */
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { scratchFrom } from '../../domain/access/server-probe.ts';
import { channelAt, listen, mostOfMessage, send } from './channel.ts';
import { errorData, type Argument, type FromChild, type ToChild } from './messages.ts';

interface Call {
  stop: AbortController;
  /** By number. */
  questions: Map<number, { resolve(): void; reject(error: Error): void }>;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * `open`: what the calls are methods of, from what the worker sent first. `state`: what the worker wants to know after each call. `most`: of one answer, as `sizeOf`
 * counts it.
 */
export function serve<Target extends object>(
  open: (started: never) => Target,
  state: (target: Target) => unknown = () => undefined,
  most: number = mostOfMessage,
): void {
  const channel = new Socket({ fd: channelAt, readable: true, writable: true });
  /** Throws MessageTooLarge. */
  const tell = (message: FromChild) => send(channel, message, most);
  const calls = new Map<number, Call>();
  let asked = 0;
  let target: Target | undefined;
  const stateNow = () => target && state(target);

  async function carryOut({ call, method, args }: Extract<ToChild, { method: string }>): Promise<void> {
    const own: Call = { stop: new AbortController(), questions: new Map() };
    calls.set(call, own);
    try {
      const done = await methodOf(target, method)(...args.map((each) => argument(call, own, each)));
      tell({ call, done, state: stateNow() });
    } catch (error) {
      tell({ call, failed: errorData(error), state: stateNow() });
    } finally {
      calls.delete(call);
    }
  }

  function argument(call: number, { stop, questions }: Call, given: Argument): unknown {
    if ('plain' in given) return given.plain;
    if ('signal' in given) return stop.signal;
    if ('scratch' in given) return scratchFrom(given.scratch);
    return (...args: unknown[]) =>
      new Promise<void>((resolve, reject) => {
        const asks = asked++;
        questions.set(asks, { resolve, reject });
        tell({ call, asks, args });
      });
  }

  function hear(message: ToChild): void {
    if ('start' in message) target = open(message.start as never);
    else if ('ping' in message) tell({ pong: message.ping });
    else if ('method' in message) void carryOut(message);
    else if ('cancelled' in message) calls.get(message.call)?.stop.abort(new Error('the call was cancelled'));
    else {
      const questions = calls.get(message.call)?.questions;
      const question = questions?.get(message.asks);
      questions?.delete(message.asks);
      if (message.refused) question?.reject(new Error('the caller refused'));
      else question?.resolve();
    }
  }

  // It is told and seen where all others are.
  process.on('unhandledRejection', (error) => tell({ stray: errorData(error) }));
  // A terminal and a service manager send these to all processes at once: what has begun ends as the worker says.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  for (const end of ['error', 'end', 'close']) channel.on(end, () => process.exit());
  // Where this thread never comes to that, because an answer holds it.
  new Worker(`setInterval(() => { if (process.ppid !== ${process.ppid}) process.kill(process.pid, 'SIGKILL'); }, 2000);`, { eval: true }).unref();
  listen(
    channel,
    (message) => hear(message as ToChild),
    // Not by the server's answer: the worker sees the end of this process, and its stack is on standard error.
    (error) =>
      void setImmediate(() => {
        throw error;
      }),
    Infinity,
  );
  // It has loaded.
  tell({ pong: 0 });
}

/** `probe.measure`: of the capability. */
function methodOf(target: object | undefined, name: string): Method {
  const path = name.split('.');
  const last = path.pop() ?? '';
  const owner = path.reduce<unknown>((of, key) => (of as Record<string, unknown>)[key], target) as Record<string, Method>;
  const method = owner[last];
  if (!method) throw new Error(`there is no '${name}' to call`);
  return method.bind(owner);
}
