/** Plans of Rolewave up to 0.2 described their systems; those descriptions belong into the site file, and one mistake says so. */
import { isId } from './fields.ts';
import type { Finding } from './places.ts';

/** The plan with ids in place of descriptions, so that nothing else counts as a mistake because of them. */
export function systemsById(plan: Record<string, unknown>): { value: Record<string, unknown>; findings: Finding[] } {
  const { systems } = plan;
  if (!Array.isArray(systems) || !systems.some(isDescribed)) return { value: plan, findings: [] };
  const ids = systems.map((system: unknown) => (isDescribed(system) ? system.id : system));
  const known = ids.filter((id): id is string => typeof id === 'string' && isId(id));
  const keys = new Set(systems.filter(isDescribed).flatMap((system) => Object.keys(system).filter((key) => siteKeys.includes(key))));
  const moved = keys.size > 0 ? `; ${[...keys].join(', ')} belong into the site file, under systems (docs/site.md)` : '';
  return {
    value: { ...plan, systems: ids.every((id) => id !== undefined) ? ids : known },
    // A connection string in the wrong place is never repeated.
    findings: [
      { path: ['systems'], say: () => `a plan names its systems by their ids and nothing else: write systems: [${known.join(', ') || 'erp'}]${moved}` },
    ],
  };
}

const siteKeys = ['kind', 'connection', 'readOnly', 'timeZone', 'usage', 'description'];

const isDescribed = (system: unknown): system is Record<string, unknown> => typeof system === 'object' && system !== null && !Array.isArray(system);
