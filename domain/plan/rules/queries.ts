/** Queries in the plan: one that the worker would refuse to run is a mistake before anything is applied. */
import { entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding, Path } from '../places.ts';
import { metricForm, numbered, type QueryForm } from '../query.ts';
import type { Site } from '../../site/schema.ts';
import { systemKinds } from '../../site/system-kinds.ts';
import type { Rule } from './rule.ts';

function* queries(plan: DraftPlan): Generator<Finding> {
  for (const [index, { id, provider }] of entriesOf(plan.metrics)) {
    if (provider?.kind !== 'sql' || provider.query === undefined) continue;
    yield* mistakeIn(provider.query, metricForm, ['metrics', index, 'provider', 'query'], `metric ${quote(id)}`);
  }
}

export function* queriesOfSystemsWithoutSql(plan: DraftPlan, site: Site): Generator<Finding> {
  const kinds = new Map(site.systems.map(({ id, kind }) => [id, kind]));
  for (const [index, { id, provider }] of entriesOf(plan.metrics)) {
    if (provider?.kind !== 'sql') continue;
    const kind = kinds.get(provider.system ?? '');
    if (kind !== undefined && !systemKinds[kind].takesSql)
      yield {
        path: ['metrics', index, 'provider', 'system'],
        say: () => `metric ${quote(id)} queries ${quote(provider.system)} in SQL, but a system of kind ${kind} does not take SQL`,
      };
  }
}

export function* mistakeIn(query: string, form: QueryForm, path: Path, where: string): Generator<Finding> {
  try {
    numbered(query, form);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    yield { path, say: () => `${where}: ${why}` };
  }
}

export const queryRules: Rule[] = [queries];
