/** Prepares a query of the plan for PostgreSQL: with its parameters' values, and with advice where PostgreSQL refuses it. */
import { DatabaseError } from 'pg';
import type { ClientBase, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { numbered, type QueryForm } from '../../domain/plan/query.ts';

/** Values by the parameter names of this kind of query; times are real milliseconds. */
export type QueryValues = Record<string, string | string[] | number>;

export interface NumberedQuery {
  sql: string;
  values: (string | string[])[];
}

/** Throws an Error that says what to fix in the query. */
export function numberedQuery(query: string, form: QueryForm, values: QueryValues): NumberedQuery {
  const { sql, used } = numbered(query, form);
  return { sql, values: used.map((name) => valueOf(values[name])) };
}

const valueOf = (value: QueryValues[string] | undefined) => (typeof value === 'number' ? new Date(value).toISOString() : (value ?? []));

/** pg's types do not know `queryMode` yet. */
type ExtendedQuery = QueryConfig & { queryMode: 'extended' };

/**
 * Runs one statement in the extended protocol, in which the server, too, refuses more than one. `advice`, by SQLSTATE: what to do about a
 * refusal. Throws an Error with the server's message or, for temporary failures, the server's error, which the session classifies.
 */
export async function runPlanQuery<R extends QueryResultRow>(
  client: ClientBase,
  text: string,
  values: unknown[],
  advice: Record<string, string>,
): Promise<QueryResult<R>> {
  const statement: ExtendedQuery = { text, values, queryMode: 'extended' };
  try {
    return await client.query<R>(statement);
  } catch (error) {
    throw explained(error, { ...commonAdvice, ...advice });
  }
}

const commonAdvice = {
  '42501': "let an administrator grant Rolewave's login SELECT on it",
  '42P01': 'check its name and schema',
  '42703': 'check its name',
};

function explained(error: unknown, advice: Record<string, string>): unknown {
  if (!(error instanceof DatabaseError)) return error;
  // The transaction is read-only because we asked for it, not because of a standby or a switch-over, so 25006 gets its own advice.
  const what = error.code === undefined ? undefined : advice[error.code];
  return what === undefined ? error : new Error(`PostgreSQL answered: ${error.message}; ${what}`, { cause: error });
}
