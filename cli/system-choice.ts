/** Which system `init` and `observe` read: the variable that the site file will name, and the connection string, which is used now and never stored. */
import type { Command } from 'commander';
import { CommandFailure, badInput, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import { isId } from '../domain/plan/fields.ts';

export interface SystemOptions {
  databaseEnv?: string;
  databaseUrl?: string;
  directoryEnv?: string;
  directoryUrl?: string;
  base?: string;
  accountName?: string;
  tls?: string;
  caFile?: string;
  system?: string;
}

export interface SystemChoice {
  connection: string;
  connectionString: string;
  systemId: string;
  reading: { base?: string | undefined; accountName?: string | undefined; tls?: 'required' | 'none' | undefined; caFile?: string | undefined };
}

const visible = 'connection string to use now; it is never stored. Other users of this machine can see it in the process list, so a variable is safer';

export const addSystemOptions = (command: Command): Command =>
  command
    .option('--database-env <NAME>', 'environment variable that holds the connection string, such as ERP_DATABASE_URL; the site file contains only this name')
    .option('--database-url <url>', visible)
    .option('--directory-env <NAME>', 'the same for an LDAP directory, such as DIRECTORY_URL, which holds ldaps://DN:password@host')
    .option('--directory-url <url>', 'the same for an LDAP directory')
    .option('--base <dn>', 'where in the directory to look for groups and people (default: all of its tree)')
    .option('--account-name <attribute>', 'the attribute of people in the directory by which a plan names them (default: uid, or sAMAccountName)')
    .option('--tls <mode>', 'of an ldap:// address: required, which is StartTLS, or none, for a directory on the same machine (default: required)')
    .option('--ca-file <file>', 'the whole path of a file with the authorities that the directory’s certificate is checked by')
    .option('--system <id>', 'id of the system in the plan (default: derived from the name of the variable)');

interface Kind {
  isDirectory: boolean;
  env: '--database-env' | '--directory-env';
  url: '--database-url' | '--directory-url';
  /** The variable without any option. */
  usual: string;
  example: string;
}
const database: Kind = {
  isDirectory: false,
  env: '--database-env',
  url: '--database-url',
  usual: 'ERP_DATABASE_URL',
  example: 'postgres://login:password@host:5432/database',
};
const directory: Kind = {
  isDirectory: true,
  env: '--directory-env',
  url: '--directory-url',
  usual: 'DIRECTORY_URL',
  example: 'ldaps://cn%3Drolewave,dc%3Dexample,dc%3Dcom:password@host',
};

/** Asks where it may (`ask`), else throws bad input that names the option. */
export async function systemOf(options: SystemOptions, io: Io, ask: boolean): Promise<SystemChoice> {
  const kind = kindOf(options);
  const given = kind.isDirectory ? options.directoryUrl : options.databaseUrl;
  const named = kind.isDirectory ? options.directoryEnv : options.databaseEnv;
  const connection =
    named ?? (options.system === undefined ? undefined : variableOf(options.system, kind)) ?? (await variable(kind, io, ask, given !== undefined));
  if (!/^[A-Z][A-Z0-9_]*$/.test(connection))
    throw badInput(`'${connection.slice(0, 60)}' is not the name of an environment variable. Write ${kind.env} with a name such as ${kind.usual}.`);
  if (connection === 'DATABASE_URL')
    throw badInput(
      'DATABASE_URL names the database where Rolewave keeps its own records. Use another variable for the database whose roles it releases, such as ERP_DATABASE_URL.',
    );
  const systemId = options.system ?? systemIdOf(connection);
  if (!isId(systemId)) throw badInput(`'${systemId.slice(0, 60)}' is not a valid system id. Write --system with an id such as erp.`);
  const connectionString = (given ?? io.env[connection]) || (await typed(connection, kind, io, ask));
  return { connection, connectionString, systemId, reading: readingOf(options, connectionString, connection) };
}

function kindOf({ databaseEnv, databaseUrl, directoryEnv, directoryUrl }: SystemOptions): Kind {
  const isDirectory = directoryEnv !== undefined || directoryUrl !== undefined;
  if (isDirectory && (databaseEnv !== undefined || databaseUrl !== undefined))
    throw badInput(
      'A plan begins with one system: name a database (--database-env) or a directory (--directory-env), and add the other one to the files later.',
    );
  return isDirectory ? directory : database;
}

async function typed(connection: string, { env, example }: Kind, io: Io, ask: boolean): Promise<string> {
  if (!ask) throw badInput(`${connection} is not set. Set it to a connection string (export ${connection}=${example}), or name another variable with ${env}.`);
  const answer = await io.ask(`${connection} is not set. Connection string (not shown, used now, never stored):`, { secret: true });
  if (answer === '') throw badInput(`Rolewave cannot read anything without a connection string. Set ${connection}, or type it at the prompt.`);
  return answer;
}

/** What only a directory has is refused for a database, before anything is read. */
function readingOf(
  { base, accountName, tls, caFile, directoryEnv, directoryUrl }: SystemOptions,
  connectionString: string,
  connection: string,
): SystemChoice['reading'] {
  const leadsToDirectory = /^ldaps?:/i.test(connectionString);
  if ((directoryEnv !== undefined || directoryUrl !== undefined) && !leadsToDirectory)
    throw badInput(
      `${directoryUrl === undefined ? connection : '--directory-url'} does not hold the connection string of a directory; write one such as ${directory.example}.`,
    );
  const [only] = Object.entries({ '--base': base, '--account-name': accountName, '--tls': tls, '--ca-file': caFile }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (only !== undefined && !leadsToDirectory) throw badInput(`${only} is about a directory. Leave it out, or name the directory with --directory-env.`);
  if (tls !== undefined && tls !== 'required' && tls !== 'none') throw badInput(`--tls is required or none, not '${tls.slice(0, 60)}'.`);
  if (caFile !== undefined && !caFile.startsWith('/'))
    throw badInput(`--ca-file is the whole path of a file, such as /etc/ssl/ldap-ca.pem, not '${caFile.slice(0, 60)}'.`);
  return { base, accountName, tls, caFile };
}

async function variable({ env, usual }: Kind, io: Io, ask: boolean, given: boolean): Promise<string> {
  if (!ask) {
    if (given || io.env[usual]) return usual;
    throw badInput(
      `Which database? Use ${env} to name the environment variable that holds its connection string, such as ${usual}; for a directory, --directory-env.`,
    );
  }
  const answer = await io.ask(
    `Which environment variable holds the connection string of the database, or of the directory? The site file will contain only its name. [${usual}]`,
  );
  return answer || usual;
}

/** `erp` → `ERP_DATABASE_URL`. */
const variableOf = (system: string, { isDirectory }: Kind) => `${system.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}${isDirectory ? '_URL' : '_DATABASE_URL'}`;

/** `ERP_DATABASE_URL` → `erp`, `DIRECTORY_URL` → `directory`. */
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
