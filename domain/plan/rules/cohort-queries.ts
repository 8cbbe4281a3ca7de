/** Queries of cohorts: each asks one thing, in a form that its system takes. */
import { filterAttributes, systemKinds } from '../../site/system-kinds.ts';
import type { Site } from '../../site/schema.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding, Path } from '../places.ts';
import type { RolePackage } from '../schema.ts';
import { driftMetric } from '../../watch/drift-metric.ts';
import { cohortForm } from '../query.ts';
import { columnsIn } from '../select-list.ts';
import { mistakeIn } from './queries.ts';
import type { Rule } from './rule.ts';

function* cohortQueries(plan: DraftPlan): Generator<Finding> {
  for (const [index, { id, cohortQuery, cohort, watch, tune }] of entriesOf(plan.packages)) {
    if (!cohortQuery) continue;
    const path: Path = ['packages', index, 'cohortQuery'];
    const { statement, filter, maxLeavers } = cohortQuery;
    if (statement === undefined && filter === undefined)
      yield { path, absent: [...path, 'statement'], say: () => `the query of the cohort of ${quote(id)} asks nothing: write a statement in SQL, or a filter` };
    if (statement !== undefined && filter !== undefined)
      yield { path: [...path, 'filter'], say: () => `the query of the cohort of ${quote(id)} has a statement and a filter: write one of them` };
    if (statement !== undefined) {
      yield* mistakeIn(statement, cohortForm, [...path, 'statement'], `cohort of ${quote(id)}`);
      yield* otherColumns(statement, [...path, 'statement'], id);
    }
    yield* withoutEffect({ id, cohortQuery, watch, tune }, path);
    if (maxLeavers !== undefined && cohort && maxLeavers >= cohort.length)
      yield {
        path: [...path, 'maxLeavers'],
        say: () =>
          `${maxLeavers} of the ${cohort.length} people of ${quote(id)} may be missing in an answer, so that an answer with nobody in it would be as good as any: write fewer`,
      };
  }
}

/** Joiners are granted and leavers revoked as drift, which the package has to watch and to tune. */
function* withoutEffect({ id, cohortQuery, watch, tune }: Pick<Draft<RolePackage>, 'id' | 'cohortQuery' | 'watch' | 'tune'>, path: Path): Generator<Finding> {
  const wanted = [
    ...(cohortQuery?.open ? [{ key: 'open', what: 'people who join receive the access', steps: ['reconcile', 'grantMissing'] }] : []),
    ...(cohortQuery?.leavers === 'revoke' ? [{ key: 'leavers', what: 'access of people who leave is revoked', steps: ['reconcile'] }] : []),
  ];
  for (const { key, what, steps } of wanted) {
    const isWatched = !watch?.metrics || watch.metrics.some((each) => each?.metric === driftMetric);
    const step = tune?.onDrift;
    if (!isWatched) yield { path: [...path, key], say: () => `${what} only where ${quote(id)} watches '${driftMetric}': list it under its watch.metrics` };
    else if (step !== undefined && !steps.includes(step))
      yield { path: [...path, key], say: () => `${what} only by the step ${steps.join(' or ')}, and tune.onDrift of ${quote(id)} is ${step}` };
  }
}

function* otherColumns(statement: string, path: Path, id: string | undefined): Generator<Finding> {
  const names = columnNames(statement);
  if (names === undefined || (names.length === 1 && names[0] === 'account')) return;
  const returned = names.map((name) => `\`${name}\``).join(' and ');
  yield { path, say: () => `the statement of the cohort of ${quote(id)} answers the column \`account\` and nothing else, and this one answers ${returned}` };
}

/** What is not one readable statement is the business of the rule above. */
function columnNames(statement: string): string[] | undefined {
  try {
    return columnsIn(statement)?.map(({ name }) => name);
  } catch {
    return undefined;
  }
}

/** What the system can be asked depends on its kind. */
export function* cohortsOfOtherSystems(plan: DraftPlan, site: Site): Generator<Finding> {
  const systems = new Map(site.systems.map((system) => [system.id, system]));
  for (const [index, { id, cohortQuery }] of entriesOf(plan.packages)) {
    const system = systems.get(cohortQuery?.system ?? '');
    if (!cohortQuery || !system) continue;
    const { kind } = system;
    const path: Path = ['packages', index, 'cohortQuery'];
    const { takesSql, filterMistake } = systemKinds[kind];
    const about = `the cohort of ${quote(id)} queries ${quote(cohortQuery.system)}`;
    if (cohortQuery.statement !== undefined && !takesSql)
      yield {
        path: [...path, 'statement'],
        say: () => `${about} in SQL, but a system of kind ${kind} does not take SQL${filterMistake ? ': write a filter' : ''}`,
      };
    if (cohortQuery.filter === undefined) continue;
    const why = filterMistake
      ? filterMistake(cohortQuery.filter, filterAttributes(system))
      : `a system of kind ${kind} takes none${takesSql ? ': write a statement' : ''}`;
    if (why !== undefined) yield { path: [...path, 'filter'], say: () => `${about} by a filter, but ${why}` };
  }
}

export const cohortQueryRules: Rule[] = [cohortQueries];
