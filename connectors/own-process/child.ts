/** The process: opens the connector of one system, and calls it as it is told. It ends with the process that started it. */
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { scratchFrom } from '../../domain/access/server-probe.ts';
import type { Connector } from '../connector.ts';
import { connect } from '../registry.ts';
import { channelAt, listen, send } from './channel.ts';
import { errorData, type Argument, type FromChild, type ToChild } from './messages.ts';

const channel = new Socket({ fd: channelAt, readable: true, writable: true });
/** Throws MessageTooLarge. */
const tell = (message: FromChild) => send(channel, message);
// It is told and seen where all others are.
process.on('unhandledRejection', (error) => tell({ stray: errorData(error) }));
// A terminal and a service manager send these to all processes at once: what has begun ends as the worker says.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
for (const end of ['error', 'end', 'close']) channel.on(end, () => process.exit());
// Where this thread never comes to that, because an answer holds it.
new Worker(`setInterval(() => { if (process.ppid !== ${process.ppid}) process.kill(process.pid, 'SIGKILL'); }, 2000);`, { eval: true }).unref();

let connector: Connector | undefined;

interface Open {
  stop: AbortController;
  /** By number. */
  questions: Map<number, { resolve(): void; reject(error: Error): void }>;
}

const open = new Map<number, Open>();
let asked = 0;

const hear = (message: ToChild): void => {
  if ('start' in message) connector = connect(message.start.system, message.start.connectionString, message.start.opening);
  else if ('ping' in message) tell({ pong: message.ping });
  else if ('method' in message) void carryOut(message);
  else if ('cancelled' in message) open.get(message.call)?.stop.abort(new Error('the call was cancelled'));
  else {
    const questions = open.get(message.call)?.questions;
    const question = questions?.get(message.asks);
    questions?.delete(message.asks);
    if (message.refused) question?.reject(new Error('the caller refused'));
    else question?.resolve();
  }
};
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

async function carryOut({ call, method, args }: Extract<ToChild, { method: string }>): Promise<void> {
  const own: Open = { stop: new AbortController(), questions: new Map() };
  open.set(call, own);
  try {
    const done = await methodOf(method)(...args.map((each) => argument(call, own, each)));
    tell({ call, done, atOnce: connector?.atOnce });
  } catch (error) {
    tell({ call, failed: errorData(error), atOnce: connector?.atOnce });
  } finally {
    open.delete(call);
  }
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** `probe.measure`: of the capability. */
function methodOf(name: string): Method {
  const path = name.split('.');
  const last = path.pop() ?? '';
  const owner = path.reduce<unknown>((of, key) => (of as Record<string, unknown>)[key], connector) as Record<string, Method>;
  const method = owner[last];
  if (!method) throw new Error(`the connector has no '${name}'`);
  return method.bind(owner);
}

function argument(call: number, { stop, questions }: Open, given: Argument): unknown {
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

// It has loaded.
tell({ pong: 0 });
