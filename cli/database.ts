/** Which database `init` and `observe` read: the variable that the plan names, and the connection string, which is used now and never stored. */
import type { Command } from 'commander';
import { CommandFailure, badInput, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import { isId } from '../domain/plan/fields.ts';

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
    .option('--database-env <NAME>', 'environment variable that holds the connection string, such as ERP_DATABASE_URL; the plan contains only this name')
    .option(
      '--database-url <url>',
      'connection string to use now; it is never stored. Other users of this machine can see it in the process list, so a variable is safer',
    )
    .option('--system <id>', 'id of the system in the plan (default: derived from the name of the variable)');

/** Asks where it may (`ask`), else throws bad input that names the option. */
export async function databaseOf(options: DatabaseOptions, io: Io, ask: boolean): Promise<DatabaseChoice> {
  const { databaseUrl } = options;
  const connection =
    options.databaseEnv ?? (options.system === undefined ? undefined : variableOf(options.system)) ?? (await variable(io, ask, databaseUrl !== undefined));
  if (!/^[A-Z][A-Z0-9_]*$/.test(connection))
    throw badInput(`'${connection.slice(0, 60)}' is not the name of an environment variable. Write --database-env with a name such as ERP_DATABASE_URL.`);
  if (connection === 'DATABASE_URL')
    throw badInput(
      'DATABASE_URL names the database where Rolewave keeps its own records. Use another variable for the database whose roles it releases, such as ERP_DATABASE_URL.',
    );
  const systemId = options.system ?? systemIdOf(connection);
  if (!isId(systemId)) throw badInput(`'${systemId.slice(0, 60)}' is not a valid system id. Write --system with an id such as erp.`);
  const connectionString = databaseUrl ?? io.env[connection] ?? '';
  if (connectionString !== '') return { connection, connectionString, systemId };
  if (!ask)
    throw badInput(
      `${connection} is not set. Set it to a connection string (export ${connection}=postgres://login:password@host:5432/database), or name another variable with --database-env.`,
    );
  const typed = await io.ask(`${connection} is not set. Connection string (not shown, used now, never stored):`, { secret: true });
  if (typed === '') throw badInput(`Rolewave cannot read anything without a connection string. Set ${connection}, or type it at the prompt.`);
  return { connection, connectionString: typed, systemId };
}

const usual = 'ERP_DATABASE_URL';

async function variable(io: Io, ask: boolean, given: boolean): Promise<string> {
  if (!ask) {
    if (given || io.env[usual]) return usual;
    throw badInput(`Which database? Use --database-env to name the environment variable that holds its connection string, such as ${usual}.`);
  }
  return (await io.ask(`Which environment variable holds the connection string of the database? The plan will contain only its name. [${usual}]`)) || usual;
}

/** `erp` → `ERP_DATABASE_URL`. */
const variableOf = (system: string) => `${system.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_DATABASE_URL`;

/** `ERP_DATABASE_URL` → `erp`. */
const systemIdOf = (connection: string) =>
  connection
    .replace(/_?(DATABASE|DB|POSTGRES|PG)?_?(URL|URI|DSN)?$/, '')
    .toLowerCase()
    .replace(/_+/g, '-') || 'database';

/** Turns an error from reading or choosing into a failure of the command. */
export function asFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'DoesNotFit') return badInput(error.message);
  if (error.name !== 'CannotRead') return error;
  const { kind } = error as Error & { kind: 'unreachable' | 'refused' | 'mistaken' };
  return kind === 'unreachable'
    ? new CommandFailure(exitCodes.unreachable, `${error.message} Is the address right, and can this machine reach it?`, { code: 'database-unreachable' })
    : badInput(error.message, { code: `database-${kind}` });
}
