/** Queries in the plan: one that the worker would refuse to run is a mistake before anything is applied. */
import { entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding, Path } from '../places.ts';
import { metricForm, numbered, usageForm, type QueryForm } from '../query.ts';
import { systemKinds, type SystemKind } from '../system-kinds.ts';
import type { Rule } from './rule.ts';

function* queries(plan: DraftPlan): Generator<Finding> {
  const kinds = new Map<string, SystemKind>();
  for (const [index, system] of entriesOf(plan.systems)) {
    const { id, kind } = system;
    if (id !== undefined && kind !== undefined) kinds.set(id, kind);
    if ('usage' in system && system.usage !== undefined)
      yield* mistakeIn(system.usage, usageForm, ['systems', index, 'usage'], `the usage statement of ${quote(id)}`);
  }
  for (const [index, { id, provider }] of entriesOf(plan.metrics)) {
    if (provider?.kind !== 'sql') continue;
    const path = ['metrics', index, 'provider'];
    if (provider.query !== undefined) yield* mistakeIn(provider.query, metricForm, [...path, 'query'], `metric ${quote(id)}`);
    const kind = kinds.get(provider.system ?? '');
    if (kind !== undefined && !systemKinds[kind].takesSql)
      yield {
        path: [...path, 'system'],
        say: () => `metric ${quote(id)} queries ${quote(provider.system)} in SQL, but a system of kind ${kind} does not take SQL`,
      };
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
