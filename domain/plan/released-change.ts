/** What a new document says of released packages: which decisions about access changed against the revision that they were released with. */
import { sha256Hex } from '../canonical.ts';
import type { Plan, RolePackage } from './schema.ts';
import { systemsOf } from './section.ts';

/** One release that stands, with the document of the revision that it was released with. */
export interface ReleasedWith {
  package: string;
  wave: string;
  document: Plan;
}

/** What decides access or how it is watched; who owns it and the words for people may change in place. */
const parts = ['entitlements', 'legacy', 'people', 'accounts', 'systems', 'watch', 'tune', 'metrics', 'risk', 'rollback'] as const;
export type ChangedPart = (typeof parts)[number];

/** Names what changed, in a fixed order; `gone`: the new document has no such package. */
export function releasedChange(plan: Plan, { package: id, document }: ReleasedWith): ChangedPart[] | 'gone' {
  const [now, then] = [packageOf(plan, id)[0], packageOf(document, id)[0]];
  if (!now) return 'gone';
  if (!then) return [...parts];
  // People and systems that only one of them has are a change of people and entitlements; of the others it is asked who and where they are.
  const common: Common = {
    people: intersection(now.cohort, then.cohort),
    accessSystems: intersection(systemsOf(now), systemsOf(then)),
    systems: intersection(allSystemsOf(plan, now), allSystemsOf(document, then)),
  };
  const [ours, theirs] = [definitionOf(plan, now, common), definitionOf(document, then, common)];
  return parts.filter((part) => sha256Hex(ours[part]) !== sha256Hex(theirs[part]));
}

function intersection(some: string[], others: string[]): string[] {
  const known = new Set(others);
  return some.filter((one) => known.has(one));
}

interface Common {
  people: string[];
  accessSystems: string[];
  systems: string[];
}

/** Systems in which these releases granted access, as far as the plan has them still: where a change of the package has something to take. */
export function systemsOfReleases(plan: Plan, released: ReleasedWith[]): string[] {
  const known = new Set(plan.systems.map(({ id }) => id));
  return [...new Set(released.flatMap((one) => packageOf(one.document, one.package).flatMap(systemsOf)))].filter((system) => known.has(system)).sort();
}

const packageOf = (plan: Plan, id: string): RolePackage[] => plan.packages.filter((found) => found.id === id);

const metricsOf = ({ metrics }: Plan, { watch }: RolePackage) => {
  const watched = new Set(watch.metrics.map(({ metric }) => metric));
  return metrics.filter((metric) => watched.has(metric.id));
};

const allSystemsOf = (plan: Plan, found: RolePackage): string[] => [...systemsOf(found), ...metricsOf(plan, found).map(({ system }) => system)];

function definitionOf(plan: Plan, found: RolePackage, common: Common): Record<ChangedPart, unknown> {
  const members = new Set(common.people);
  const accessSystems = common.accessSystems.toSorted();
  return {
    entitlements: sorted(found.entitlements.map(({ system, role }) => ({ system, role }))),
    legacy: sorted(found.legacy.map(({ system, role, design }) => ({ system, role, design }))),
    people: found.cohort.toSorted(),
    accounts: sorted(
      plan.people.filter((person) => members.has(person.id)).map(({ id, accounts }) => [id, accessSystems.map((system) => accounts[system] ?? id)]),
    ),
    systems: sorted(plan.systems.filter((system) => common.systems.includes(system.id)).map(({ id, kind, connection }) => ({ system: id, kind, connection }))),
    watch: { ...found.watch, confirms: null },
    tune: found.tune,
    metrics: sorted(metricsOf(plan, found).map(({ id, system, unit, sql }) => ({ metric: id, system, unit, sql }))),
    risk: found.risk,
    rollback: found.rollback.approval,
  };
}

const sorted = (items: unknown[]): string[] => items.map((item) => JSON.stringify(item)).sort();
