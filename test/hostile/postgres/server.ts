/** Servers of the suite: one of each installed version, whose own log tells every statement that has gone through, and every refusal. */
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { postgresBinaries } from '../../../provision/postgres-binaries.ts';
import { unprivilegedAccount } from '../../../provision/unprivileged.ts';
import { installedServers, startOlderServer } from '../../support/older-postgres.ts';
import { lineOf, type LogLine } from './statement-log.ts';

/** 16 is the first that keeps grantors apart; 15 is the last that does not. ROLEWAVE_HOSTILE_VERSIONS names some of them: '15,18'. */
const wanted = (process.env['ROLEWAVE_HOSTILE_VERSIONS'] ?? '15,16,18').split(',').map(Number);
const bundled = 18;

export const versions = wanted.filter((version) => version === bundled || installedServers.some((server) => server.version === version));

export interface LoggedServer {
  version: number;
  /** The superuser's. */
  url: string;
  /** What was logged since the last call, up to the first line that `until` accepts. */
  linesUntil(until: (line: LogLine) => boolean): Promise<LogLine[]>;
  stop(): Promise<void>;
}

/** A statement is logged when it has ended, with its session, application and SQLSTATE: in the order in which statements took effect. */
const settings = [
  'logging_collector=on',
  'log_destination=jsonlog',
  'log_directory=log',
  'log_filename=statements',
  'log_rotation_age=0',
  'log_rotation_size=0',
  'log_min_duration_statement=0',
  'log_min_messages=notice',
  'log_error_verbosity=default',
  'max_connections=200',
];

export async function startLoggedServer(version: number): Promise<LoggedServer> {
  const server = await startOlderServer(await binariesOf(version), { more: settings });
  const log = await open(join(server.data, 'log', 'statements.json'));
  let rest = '';
  const waiting: LogLine[] = [];
  const buffer = Buffer.alloc(1 << 20);
  const decoder = new TextDecoder();
  const readMore = async () => {
    const { bytesRead } = await log.read(buffer, 0, buffer.length);
    const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    waiting.push(...lines.map(lineOf));
    return bytesRead > 0;
  };
  return {
    version,
    url: server.url,
    linesUntil: async (until) => {
      for (const deadline = Date.now() + 20_000; ;) {
        const at = waiting.findIndex(until);
        if (at >= 0) return waiting.splice(0, at + 1);
        if (await readMore()) continue;
        if (Date.now() > deadline) throw new Error('the server has not logged a statement that has ended');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: async () => {
      await log.close();
      await server.stop();
    },
  };
}

async function binariesOf(version: number): Promise<string> {
  if (version === bundled) return dirname((await postgresBinaries(unprivilegedAccount())).postgres);
  const found = installedServers.find((server) => server.version === version);
  if (!found) throw new Error(`PostgreSQL ${version} is not installed here`);
  return found.binaries;
}

/** A connection that the log shows under this name. */
export async function connected(url: string, name: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: name });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
