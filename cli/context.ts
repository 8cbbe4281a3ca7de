/** What every command receives: the outside world, a client of the endpoint, and a way to answer. */
import type { Command } from 'commander';
import { ApiClient } from './api-client.ts';
import { badInput } from './exit-codes.ts';
import type { Io } from './io.ts';

export interface GlobalOptions {
  json?: boolean;
  url?: string;
  as?: string;
  timeout?: string;
}

export interface Context {
  io: Io;
  json: boolean;
  client: ApiClient;
  /** People read `text`; with --json programs read `value`, on one line. */
  answer(value: unknown, text: string): void;
}

export function contextOf(io: Io, command: Command): Context {
  const options = command.optsWithGlobals<GlobalOptions>();
  const json = options.json === true;
  const token = io.env.ROLEWAVE_TOKEN;
  const as = options.as;
  const settings = { url: endpointOf(io, options), timeoutMs: timeoutMs(options.timeout) };
  return {
    io,
    json,
    // `--as` wins over a token in the environment.
    client: new ApiClient({ ...settings, ...(as === undefined ? (token ? { token } : {}) : { as }) }),
    answer: (value, text) => io.out(json ? JSON.stringify(value) : text),
  };
}

/** Without a slash at its end. Throws bad input. */
export const endpointOf = (io: Io, options: GlobalOptions): string => endpoint(options.url ?? io.env['ROLEWAVE_URL'] ?? 'http://127.0.0.1:8088');

function endpoint(text: string): string {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw badInput(`'${text.slice(0, 200)}' is not the address of an endpoint. Set --url or ROLEWAVE_URL to an address such as http://127.0.0.1:8088.`);
  return url.href.replace(/\/+$/, '');
}

function timeoutMs(text: string | undefined): number {
  const seconds = Number(text ?? '90');
  if (!(seconds > 0 && seconds <= 3_600)) throw badInput(`--timeout ${text} is not a number of seconds between 1 and 3600.`);
  return seconds * 1_000;
}
