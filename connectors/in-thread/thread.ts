/** The thread: opens the connector of one system, and calls it as it is told. */
import { parentPort, workerData } from 'node:worker_threads';
import { scratchFrom } from '../../domain/access/server-probe.ts';
import { connect } from '../registry.ts';
import { errorData, type Argument, type FromThread, type Started, type ToThread } from './messages.ts';

const port = parentPort;
if (!port) throw new Error('this file is the beginning of a thread');
const tell = (message: FromThread) => port.postMessage(message);
// It is told and seen where all others are.
process.on('unhandledRejection', (error) => tell({ stray: errorData(error) }));

const { system, connectionString, opening } = workerData as Started;
const connector = connect(system, connectionString, opening);

interface Open {
  stop: AbortController;
  /** By number. */
  questions: Map<number, { resolve(): void; reject(error: Error): void }>;
}

const open = new Map<number, Open>();
let asked = 0;

port.on('message', (message: ToThread) => {
  if ('ping' in message) tell({ pong: message.ping });
  else if ('method' in message) void carryOut(message);
  else if ('cancelled' in message) open.get(message.call)?.stop.abort(new Error('the call was cancelled'));
  else {
    const questions = open.get(message.call)?.questions;
    const question = questions?.get(message.asks);
    questions?.delete(message.asks);
    if (message.refused) question?.reject(new Error('the caller refused'));
    else question?.resolve();
  }
});

async function carryOut({ call, method, args }: Extract<ToThread, { method: string }>): Promise<void> {
  const own: Open = { stop: new AbortController(), questions: new Map() };
  open.set(call, own);
  try {
    const done = await methodOf(method)(...args.map((each) => argument(call, own, each)));
    tell({ call, done, atOnce: connector.atOnce });
  } catch (error) {
    tell({ call, failed: errorData(error), atOnce: connector.atOnce });
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
