/** Which database `init` and `observe` read: the variable that a plan names, and the connection string that is used now and written nowhere. */
import type { Command } from 'commander';
import { CommandFailure, badInput, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';

export interface DatabaseOptions {
  databaseEnv?: string;
  databaseUrl?: string;
  system?: string;
}

export interface DatabaseChoice {
  connection: string;
  connectionString: string;
  systemId: string;
}

export const addDatabaseOptions = (command: Command): Command =>
  command
    .option('--database-env <NAME>', 'environment variable that holds the connection string, such as ERP_DATABASE_URL; the plan holds this name only')
    .option(
      '--database-url <url>',
      'connection string to use now; it is written nowhere. Others on this machine can see it in the list of processes: a variable is better',
    )
    .option('--system <id>', 'id of the system in the plan; made from the variable’s name where it is left out');

/** Asks where it may (`ask`), else throws bad input that names the option. */
export async function databaseOf(options: DatabaseOptions, io: Io, ask: boolean): Promise<DatabaseChoice> {
  const { databaseUrl } = options;
  const connection =
    options.databaseEnv ?? (options.system === undefined ? undefined : variableOf(options.system)) ?? (await variable(io, ask, databaseUrl !== undefined));
  if (!/^[A-Z][A-Z0-9_]*$/.test(connection))
    throw badInput(`'${connection.slice(0, 60)}' is not the name of an environment variable: write --database-env like ERP_DATABASE_URL.`);
  if (connection === 'DATABASE_URL')
    throw badInput(
      'DATABASE_URL is where Rolewave keeps its own records. Give the database whose roles it releases a variable of its own, such as ERP_DATABASE_URL.',
    );
  const systemId = options.system ?? systemIdOf(connection);
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(systemId)) throw badInput(`'${systemId.slice(0, 60)}' is not an id of a system: write --system like erp.`);
  const connectionString = databaseUrl ?? io.env[connection] ?? '';
  if (connectionString !== '') return { connection, connectionString, systemId };
  if (!ask)
    throw badInput(
      `${connection} is not set here. Set it to a connection string (export ${connection}=postgres://login:password@host:5432/database), or name another variable with --database-env.`,
    );
  const typed = await io.ask(`${connection} is not set here. Connection string (not shown; used now and written nowhere):`, { secret: true });
  if (typed === '') throw badInput(`Without a connection string nothing can be read. Set ${connection}, or type it when asked.`);
  return { connection, connectionString: typed, systemId };
}

const usual = 'ERP_DATABASE_URL';

async function variable(io: Io, ask: boolean, given: boolean): Promise<string> {
  if (!ask) {
    if (given || io.env[usual]) return usual;
    throw badInput(`Which database? Name the environment variable that holds its connection string with --database-env, such as ${usual}.`);
  }
  return (await io.ask(`Which environment variable holds the connection string of the database? Only its name will stand in the plan. [${usual}]`)) || usual;
}

/** `erp` → `ERP_DATABASE_URL`. */
const variableOf = (system: string) => `${system.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_DATABASE_URL`;

/** `ERP_DATABASE_URL` → `erp`. */
const systemIdOf = (connection: string) =>
  connection
    .replace(/_?(DATABASE|DB|POSTGRES|PG)?_?(URL|URI|DSN)?$/, '')
    .toLowerCase()
    .replace(/_+/g, '-') || 'database';

/** What reading or choosing went wrong with, as an end of the command. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'DoesNotFit') return badInput(error.message);
  if (error.name !== 'CannotRead') return error;
  const { kind } = error as Error & { kind: 'unreachable' | 'refused' | 'mistaken' };
  return kind === 'unreachable'
    ? new CommandFailure(exitCodes.unreachable, `${error.message} Is the address right, and can this machine reach it?`, { code: 'database-unreachable' })
    : badInput(error.message, { code: `database-${kind}` });
}
