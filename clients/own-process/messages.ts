/** What a worker and a process of its own for one system say to each other. Everything is plain data: functions and signals stay on their side. */
import { ProbeRefused, ScratchLeft, type Scratch } from '../../domain/access/server-probe.ts';
import { StatementRefused } from '../../domain/statement-refused.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { NoData } from '../../domain/watch/no-data.ts';

export type Argument = { plain: unknown } | { signal: true } | { callback: true } | { scratch: Omit<Scratch, 'isOurs'> };

/** `start`: the first message. `call`: its number. `asks`: the number of a question to the caller. */
export type ToChild =
  | { start: unknown }
  | { call: number; method: string; args: Argument[] }
  | { call: number; cancelled: true }
  | { call: number; asks: number; refused: boolean }
  | { ping: number };

/** `state`: what the other side wants to be known after each call. */
export type FromChild =
  | { call: number; done: unknown; state: unknown }
  | { call: number; failed: ErrorData; state: unknown }
  | { call: number; asks: number; args: unknown[] }
  | { pong: number }
  | { stray: ErrorData };

export interface ErrorData {
  is: 'SystemUnavailable' | 'StatementRefused' | 'ProbeRefused' | 'ScratchLeft' | 'NoData' | 'Error';
  name: string;
  message: string;
  stack?: string;
  code?: string;
  serverText?: string;
  scratch?: { role: string; isAway: boolean };
  cause?: ErrorData;
}

const causesTold = 4;
/** In characters. A server may say anything, and libraries repeat it. */
const most = { name: 200, message: 4_000, stack: 16_000, serverText: 64_000 };

export function errorData(error: unknown, causes = causesTold): ErrorData {
  if (!(error instanceof Error)) return { is: 'Error', name: 'Error', message: String(error).slice(0, most.message) };
  return {
    is: kindOf(error),
    name: error.name.slice(0, most.name),
    message: error.message.slice(0, most.message),
    ...(error.stack === undefined ? {} : { stack: error.stack.slice(0, most.stack) }),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code.slice(0, most.name) } : {}),
    ...(error instanceof StatementRefused ? { serverText: error.serverText().slice(0, most.serverText) } : {}),
    ...(error instanceof ScratchLeft ? { scratch: { role: error.role, isAway: error.isAway } } : {}),
    ...(error.cause === undefined || causes === 0 ? {} : { cause: errorData(error.cause, causes - 1) }),
  };
}

function kindOf(error: Error): ErrorData['is'] {
  if (error instanceof SystemUnavailable) return 'SystemUnavailable';
  if (error instanceof StatementRefused) return 'StatementRefused';
  if (error instanceof ScratchLeft) return 'ScratchLeft';
  if (error instanceof NoData) return 'NoData';
  return error instanceof ProbeRefused ? 'ProbeRefused' : 'Error';
}

export function errorFrom(data: ErrorData): Error {
  const { name, stack, code, cause } = data;
  const error = ofItsKind(data);
  if (error.name !== name) error.name = name;
  if (stack !== undefined) error.stack = stack;
  if (cause !== undefined) error.cause = errorFrom(cause);
  return code === undefined ? error : Object.assign(error, { code });
}

function ofItsKind({ is, message, serverText, scratch }: ErrorData): Error {
  if (is === 'SystemUnavailable') return new SystemUnavailable(message);
  if (is === 'StatementRefused') return new StatementRefused(message, serverText);
  if (is === 'ScratchLeft' && scratch) return Object.assign(new ScratchLeft(scratch.role, '', undefined), { message, isAway: scratch.isAway });
  if (is === 'NoData') return new NoData(message);
  return is === 'ProbeRefused' ? new ProbeRefused(message) : new Error(message);
}
