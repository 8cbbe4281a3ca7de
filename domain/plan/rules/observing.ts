/** Observed packages and read-only systems. */
import { each, entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding } from '../places.ts';
import type { Site } from '../../site/schema.ts';

/** A package with a role in a readOnly system is in no wave that releases, revises or retires it. */
export function* grantedWhereReadOnly(plan: DraftPlan, site: Site): Generator<Finding> {
  const onlyRead = new Set(site.systems.flatMap(({ id, readOnly }) => (readOnly ? [id] : [])));
  if (onlyRead.size === 0) return;
  const changing = new Map<string, { wave: string | undefined; change: string }>();
  for (const [, { id, packages }] of entriesOf(plan.waves)) {
    for (const [, { package: name, change }] of entriesOf(packages)) {
      if (name !== undefined && change !== undefined && change !== 'observe' && !changing.has(name)) changing.set(name, { wave: id, change });
    }
  }
  for (const list of ['entitlements', 'legacy'] as const) {
    for (const { value, path } of each(plan, `packages[].${list}[].system`)) {
      const name = plan.packages?.[path[1] as number]?.id;
      const found = name === undefined ? undefined : changing.get(name);
      if (!found || typeof value !== 'string' || !onlyRead.has(value)) continue;
      yield {
        path,
        say: () =>
          `package ${quote(name)} cannot be ${changes[found.change] ?? 'granted'} through a read-only connection: wave ${quote(found.wave)} would change system ${quote(value)}, which is readOnly in the site file; write change: observe in the wave, or let the site remove readOnly and give the worker a login that may grant`,
      };
    }
  }
}

const changes: Record<string, string> = { release: 'granted', revise: 'revised', retire: 'retired' };
