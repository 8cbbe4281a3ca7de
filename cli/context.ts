/** What every command receives: the outside world, a client of the endpoint, and a way to answer. */
import type { Command } from 'commander';
import { readDuration } from '../domain/time/written.ts';
import { ApiClient } from './api-client.ts';
import { badInput } from './exit-codes.ts';
import { globalOptionsOf } from './global-options.ts';
import type { Io } from './io.ts';
import { jsonText, outputOf } from './output.ts';
import { personNamed } from '../domain/people-named.ts';
import { withPeople } from './with-people.ts';
import { callerFor, type Caller } from './profiles/caller.ts';

export interface Context {
  io: Io;
  /** Programs read the answer: no questions, and nothing but the answer. */
  json: boolean;
  client: ApiClient;
  /** A text that has ids of people, with the names of those whom the endpoint has named. */
  named(text: string): string;
  /** Somebody's id, with their name. */
  person(id: string): string;
  /** People read `text`, with names; programs read `value`. */
  answer(value: unknown, text: string): void;
  /** The same for a text that was laid out in columns and has its names already: a break in the middle of a name would hide that it is there. */
  answerLaidOut(value: unknown, text: string): void;
}

export function contextOf(io: Io, command: Command): Context {
  const options = globalOptionsOf(command);
  const output = outputOf(options);
  const timeoutMs = timeoutMsOf(options.requestTimeout ?? '90s');
  let caller: Promise<Caller> | undefined;
  // Found out at the first request: many commands end before one.
  const client = new ApiClient({ caller: () => (caller ??= callerFor(io, options)), timeoutMs, tookToken: io.tookToken });
  const named = (text: string) => withPeople(client.names, text);
  const answerLaidOut = (value: unknown, text: string) => io.out(output === 'text' ? text : jsonText(value, output));
  return {
    io,
    json: output !== 'text',
    client,
    named,
    person: (id) => personNamed(client.names, id),
    answer: (value, text) => answerLaidOut(value, named(text)),
    answerLaidOut,
  };
}

function timeoutMsOf(text: string): number {
  const read = readDuration(text);
  if ('why' in read) throw badInput(`--request-timeout ${read.why}.`);
  if (read.ms > 3_600_000) throw badInput(`--request-timeout ${text} is too long: the longest is 1h.`);
  return read.ms;
}
