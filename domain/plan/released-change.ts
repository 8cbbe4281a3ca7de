/** What a new document says of packages that are out: which decisions about access changed against the revision that they were released with. */
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
export function releasedChange(plan: Plan, released: ReleasedWith): ChangedPart[] | 'gone' {
  const [now, then] = [definitionOf(plan, released.package), definitionOf(released.document, released.package)];
  if (!now) return 'gone';
  return then ? parts.filter((part) => sha256Hex(now[part]) !== sha256Hex(then[part])) : [...parts];
}

/** Systems in which these releases gave access, as far as the plan has them still: where a change of the package has something to take. */
export function systemsOfReleases(plan: Plan, released: ReleasedWith[]): string[] {
  const known = new Set(plan.systems.map(({ id }) => id));
  return [...new Set(released.flatMap((one) => packageOf(one.document, one.package).flatMap(systemsOf)))].filter((system) => known.has(system)).sort();
}

const packageOf = (plan: Plan, id: string): RolePackage[] => plan.packages.filter((found) => found.id === id);

function definitionOf(plan: Plan, id: string): Record<ChangedPart, unknown> | undefined {
  const [found] = packageOf(plan, id);
  if (!found) return undefined;
  const accessSystems = systemsOf(found).sort();
  const members = new Set(found.cohort);
  const watched = new Set(found.watch.metrics.map(({ metric }) => metric));
  const metrics = plan.metrics.filter((metric) => watched.has(metric.id));
  const systems = new Set([...accessSystems, ...metrics.map(({ system }) => system)]);
  return {
    entitlements: sorted(found.entitlements.map(({ system, role }) => ({ system, role }))),
    legacy: sorted(found.legacy.map(({ system, role, design }) => ({ system, role, design }))),
    people: found.cohort.toSorted(),
    accounts: sorted(
      plan.people.filter((person) => members.has(person.id)).map(({ id: person, accounts }) => [person, accessSystems.map((system) => accounts[system] ?? person)]),
    ),
    systems: sorted(plan.systems.filter((system) => systems.has(system.id)).map(({ id: system, kind, connection }) => ({ system, kind, connection }))),
    watch: { ...found.watch, confirms: null },
    tune: found.tune,
    metrics: sorted(metrics.map(({ id: metric, system, unit, sql }) => ({ metric, system, unit, sql }))),
    risk: found.risk,
    rollback: found.rollback,
  };
}

const sorted = (items: unknown[]): string[] => items.map((item) => JSON.stringify(item)).sort();
