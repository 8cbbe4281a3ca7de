/**
 * What went wrong with a statement of a plan, as one code (SQLSTATE), words of our own and the place in the statement. Nothing of the server's message, detail,
 * hint or context is used: a statement can make them contain whatever its login may read (`invalid input syntax for type integer: "…"`), and a function
 * of the database can choose even the code.
 */
import { DatabaseError } from 'pg';
import { placeIn } from '../../domain/plan/query.ts';
import { StatementRefused } from '../../domain/statement-refused.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type { NumberedQuery } from './plan-query.ts';
import { meaningOf } from './sqlstates.ts';

/** The codes that statements usually meet. */
const words: Record<string, string> = {
  '0A000': 'it uses something that PostgreSQL does not support there',
  '21000': 'a subquery in an expression returns more than one row',
  '22001': 'a text is too long for its type',
  '22003': 'a number is out of the range of its type',
  '22007': 'a value is not a date or time',
  '22008': 'a date or time is out of range',
  '22012': 'it divides by zero',
  '22023': 'an argument of a function has a value that it does not take',
  '22P02': 'a value cannot be read as the type that it is cast to',
  '25006': 'it tries to change something',
  '42501': "Rolewave's login may not read something that it names",
  '42601': 'it has a syntax error',
  '42702': 'the name of a column is ambiguous',
  '42703': 'it names a column that does not exist',
  '42704': 'it names a type or object that does not exist',
  '42803': 'a column is neither grouped nor aggregated',
  '42804': 'types do not match',
  '42846': 'a value cannot be cast to this type',
  '42883': 'it uses a function or operator that does not exist for these types',
  '42P01': 'it names a table that does not exist',
  '42P18': 'the type of a value cannot be determined',
  '53100': 'the server has no room left on its disk',
  '53200': 'the server has no memory left',
  '53300': 'the server has no free connection',
  '53400': 'it exceeds a limit of the server',
  '54000': 'it exceeds a limit of the server',
  '54001': 'it is nested too deeply',
  '55P03': 'it waited too long for a lock',
  '57014': 'it took longer than it may, or an administrator cancelled it',
  '57P01': 'its session was ended',
  P0001: 'a function that it uses raised an exception',
  XX000: 'the server has an internal error',
};
/** Where the code says no more, its class does. */
const classes: Record<string, string> = {
  '08': 'the connection was lost',
  '22': 'a value cannot be processed',
  '23': 'it violates a constraint',
  '25': 'it is not possible in a read-only transaction',
  '38': 'a function that it uses failed',
  '39': 'a function that it uses failed',
  '40': 'another session was faster',
  '42': 'it cannot be understood, or names something that is not there',
  '53': 'the server has run out of a resource',
  '54': 'it exceeds a limit of the server',
  '57': 'the server ended it',
  '58': 'the server cannot read or write its files',
  P0: 'a function that it uses failed',
  XX: 'the server has an internal error',
};

export interface Sent {
  query: NumberedQuery;
  /** How many characters of what was sent come before the query. */
  before: number;
}

/** `advice`, by code: what to do. Returns SystemUnavailable where a retry makes sense, StatementRefused where the statement or the login must change. */
export function statementError(error: unknown, { query, before }: Sent, advice: Record<string, string>): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const code = error.code ?? '';
  const what = words[code] ?? classes[code.slice(0, 2)] ?? 'it failed';
  const shown = words[code] === undefined ? '' : ` (SQLSTATE ${code})`;
  const place = placeOf(error, query, before);
  const where = place === undefined ? 'the statement failed' : `line ${place.line}, column ${place.column} of the statement`;
  const fix = advice[code] === undefined ? '' : `; ${advice[code]}`;
  const refused = new StatementRefused(`${where}: ${what}${shown}${fix}`, serverText(error));
  // The transaction is read-only because we asked for it, not because of a standby or a switch-over.
  const again = code !== '25006' && ['again', 'race'].includes(meaningOf(error) ?? '');
  return again ? new SystemUnavailable(refused.message, { cause: refused }) : refused;
}

/** The server counts characters of what was sent, from 1. */
function placeOf({ position }: DatabaseError, query: NumberedQuery, before: number): { line: number; column: number } | undefined {
  const at = Number(position) - 1 - before;
  if (!Number.isInteger(at) || at < 0) return undefined;
  const characters = [...query.sql].slice(0, at + 1);
  return characters.length <= at ? undefined : placeIn(query.written, query, characters.slice(0, at).join('').length);
}

function serverText({ message, detail, hint, where, internalQuery, code }: DatabaseError): string {
  const parts = [message, detail, hint, where, internalQuery].filter((part) => part !== undefined && part !== '');
  return `${code ?? 'no code'}: ${parts.join(' | ')}`;
}
