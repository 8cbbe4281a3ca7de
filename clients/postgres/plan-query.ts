/** Prepares a query of the plan for PostgreSQL, with its parameters' values. */
import { numbered, type Numbered, type QueryForm } from '../../domain/plan/query.ts';

/** Values by the parameter names of this kind of query; times are real milliseconds. */
export type QueryValues = Record<string, string | string[] | number>;

export interface NumberedQuery extends Pick<Numbered, 'sql' | 'origins'> {
  /** As the plan has it. */
  written: string;
  values: (string | string[])[];
}

/** Throws an Error that says what to fix in the query. */
export function numberedQuery(query: string, form: QueryForm, values: QueryValues): NumberedQuery {
  const { sql, used, origins } = numbered(query, form);
  return { written: query, sql, origins, values: used.map((name) => valueOf(values[name])) };
}

const valueOf = (value: QueryValues[string] | undefined) => (typeof value === 'number' ? new Date(value).toISOString() : (value ?? []));
