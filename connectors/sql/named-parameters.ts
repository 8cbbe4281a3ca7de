/** A query of the plan with its parameters' values, ready for PostgreSQL. */
import { metricForm, numbered, usageForm, type QueryForm } from '../../domain/plan/query.ts';
import type { MetricQuery, UsageQuery } from '../telemetry-source.ts';

export interface NumberedQuery {
  sql: string;
  values: (string | string[])[];
}

/** Throws an Error that says what to fix in the query. */
export const numberedQuery = ({ sql, fromMs, toMs, startMs, accounts, rolePackage }: MetricQuery): NumberedQuery =>
  withValues(sql, metricForm, { from: instant(fromMs), to: instant(toMs), start: instant(startMs), people: accounts, package: rolePackage });

/** Throws an Error that says what to fix in the query. */
export const numberedUsage = ({ sql, fromMs, toMs, accounts, roles }: UsageQuery): NumberedQuery =>
  withValues(sql, usageForm, { from: instant(fromMs), to: instant(toMs), people: accounts, roles });

const instant = (ms: number) => new Date(ms).toISOString();

function withValues(query: string, form: QueryForm, values: Record<string, string | string[]>): NumberedQuery {
  const { sql, used } = numbered(query, form);
  return { sql, values: used.map((name) => values[name] ?? []) };
}
