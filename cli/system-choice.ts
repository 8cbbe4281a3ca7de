/** Which system `init` and `observe` read: the variable that the site file will name, and the connection string, which is used now and never stored. */
import type { Command } from 'commander';
import { isId } from '../domain/plan/fields.ts';
import type { ReaderOptions } from '../domain/site/system-entry.ts';
import { CommandFailure, badInput, exitCodes } from './exit-codes.ts';
import type { Io } from './io.ts';
import {
  addKindOptions,
  allKinds,
  checkedOwn,
  envOption,
  kindOf,
  oneOf,
  readableKinds,
  urlOption,
  type OwnValues,
  type ReadableKind,
} from './readable-kinds.ts';

export interface SystemOptions extends OwnValues {
  databaseEnv?: string;
  databaseUrl?: string;
  directoryEnv?: string;
  directoryUrl?: string;
  scimEnv?: string;
  scimUrl?: string;
  keycloakEnv?: string;
  keycloakUrl?: string;
  system?: string;
}

export interface SystemChoice {
  connection: string;
  connectionString: string;
  systemId: string;
  kind: ReadableKind;
  reading: ReaderOptions;
}

export const addSystemOptions = (command: Command): Command =>
  addKindOptions(command).option('--system <id>', 'id of the system in the plan (default: derived from the name of the variable)');

/** Asks where it may (`ask`), else throws bad input that names the option. */
export async function systemOf(options: SystemOptions, io: Io, ask: boolean): Promise<SystemChoice> {
  const { kind: wanted, env: named, url: given } = namedIn(options);
  const connection = named ?? (options.system === undefined ? undefined : variableOf(options.system, wanted)) ?? (await variable(wanted, io, ask, given));
  if (!/^[A-Z][A-Z0-9_]*$/.test(connection))
    throw badInput(
      `'${connection.slice(0, 60)}' is not the name of an environment variable. Write ${envOption(wanted ?? 'postgres')} with a name such as ${readableKinds[wanted ?? 'postgres'].usual}.`,
    );
  if (connection === 'DATABASE_URL')
    throw badInput(
      'DATABASE_URL names the database where Rolewave keeps its own records. Use another variable for the system whose roles it releases, such as ERP_DATABASE_URL.',
    );
  if (options.system !== undefined) checkId(options.system);
  const connectionString = (given ?? io.env[connection]) || (await typed(connection, wanted, io, ask));
  const kind = wanted ?? kindOf(connectionString);
  if (!readableKinds[kind].isOne(connectionString))
    throw badInput(
      `${given === undefined ? connection : urlOption(kind)} does not hold the connection string of ${readableKinds[kind].what}; write one such as ${readableKinds[kind].example}.`,
    );
  const systemId = options.system ?? systemIdOf(connection, kind);
  checkId(systemId);
  return { connection, connectionString, systemId, kind, reading: checkedOwn(options, kind) };
}

function checkId(systemId: string): void {
  if (!isId(systemId)) throw badInput(`'${systemId.slice(0, 60)}' is not a valid system id. Write --system with an id such as erp.`);
}

interface Named {
  /** undefined: no option names one, and its connection string tells. */
  kind: ReadableKind | undefined;
  env: string | undefined;
  url: string | undefined;
}

function namedIn(options: SystemOptions): Named {
  const named = allKinds.flatMap((kind) => {
    const { word } = readableKinds[kind];
    const [env, url] = [options[`${word}Env`], options[`${word}Url`]];
    return env === undefined && url === undefined ? [] : [{ kind, env, url }];
  });
  const [one, another] = named;
  if (another)
    throw badInput(
      `A plan begins with one system: keep one of ${named.map(({ kind }) => envOption(kind)).join(' and ')}, and add the others to the files later.`,
    );
  return one ?? { kind: undefined, env: undefined, url: undefined };
}

async function typed(connection: string, kind: ReadableKind | undefined, io: Io, ask: boolean): Promise<string> {
  if (!ask)
    throw badInput(
      `${connection} is not set. Set it to a connection string (export ${connection}=${readableKinds[kind ?? 'postgres'].example}), or name another variable with ${oneOf(kind ? [envOption(kind)] : allKinds.map(envOption))}.`,
    );
  const answer = await io.ask(`${connection} is not set. Connection string (not shown, used now, never stored):`, { secret: true });
  if (answer === '') throw badInput(`Rolewave cannot read anything without a connection string. Set ${connection}, or type it at the prompt.`);
  return answer;
}

/** Without an option, the first usual one that is set. */
async function variable(kind: ReadableKind | undefined, io: Io, ask: boolean, given: string | undefined): Promise<string> {
  const usual = kind ? [readableKinds[kind].usual] : allKinds.map((one) => readableKinds[one].usual);
  const found = usual.find((name) => io.env[name]) ?? (given === undefined ? undefined : usual[0]);
  if (ask) {
    const suggested = found ?? usual[0] ?? '';
    const what = oneOf(allKinds.map((one) => readableKinds[one].what));
    return (
      (await io.ask(`Which environment variable holds the connection string of ${what}? The site file will contain only its name. [${suggested}]`)) || suggested
    );
  }
  if (found !== undefined) return found;
  throw badInput(
    kind
      ? `Which one? Use ${envOption(kind)} to name the environment variable that holds the connection string of ${readableKinds[kind].what}, such as ${readableKinds[kind].usual}.`
      : `Which system? Name the environment variable that holds its connection string: ${oneOf(allKinds.map((one) => `${envOption(one)} for ${readableKinds[one].what}, such as ${readableKinds[one].usual}`))}.`,
  );
}

/** `erp` → `ERP_DATABASE_URL`. */
const variableOf = (system: string, kind: ReadableKind | undefined) =>
  `${system.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}${readableKinds[kind ?? 'postgres'].variableEnd}`;

/** `ERP_DATABASE_URL` → `erp`, `DIRECTORY_URL` → `directory`. */
const systemIdOf = (connection: string, kind: ReadableKind) =>
  connection
    .replace(/_?(DATABASE|DB|POSTGRES|PG)?_?(URL|URI|DSN)?$/, '')
    .toLowerCase()
    .replace(/_+/g, '-') || readableKinds[kind].word;

/** Turns an error from reading or choosing into a failure of the command. */
export function asFailure(error: unknown, kind: ReadableKind): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === 'DoesNotFit') return badInput(error.message);
  if (error.name !== 'CannotRead') return error;
  const { kind: why } = error as Error & { kind: 'unreachable' | 'refused' | 'mistaken' };
  const code = `${readableKinds[kind].word}-${why}`;
  return why === 'unreachable'
    ? new CommandFailure(exitCodes.unreachable, `${error.message} Is the address right, and can this machine reach it?`, { code })
    : badInput(error.message, { code });
}
