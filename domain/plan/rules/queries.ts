/** Queries in the plan: one that the worker would refuse to run is a mistake before anything is applied. */
import { entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding, Path } from '../places.ts';
import { metricForm, numbered, usageForm, type QueryForm } from '../query.ts';
import type { Rule } from './rule.ts';

/** A system of kind `none` has no database: there the query is the answer itself. */
function* queries(plan: DraftPlan): Generator<Finding> {
  const asked = new Set<string>();
  for (const [index, { id, kind, usage }] of entriesOf(plan.systems)) {
    if (kind !== 'postgres') continue;
    if (id !== undefined) asked.add(id);
    if (usage !== undefined) yield* mistakeIn(usage, usageForm, ['systems', index, 'usage'], `the usage statement of ${quote(id)}`);
  }
  for (const [index, { id, system, sql }] of entriesOf(plan.metrics)) {
    if (sql !== undefined && asked.has(system ?? '')) yield* mistakeIn(sql, metricForm, ['metrics', index, 'sql'], `metric ${quote(id)}`);
  }
}

function* mistakeIn(query: string, form: QueryForm, path: Path, where: string): Generator<Finding> {
  try {
    numbered(query, form);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    yield { path, say: () => `${where}: ${why}` };
  }
}

export const queryRules: Rule[] = [queries];
