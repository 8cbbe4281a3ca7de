/** Previews what a plan would do in the live systems, because only workers have the systems' credentials. */
import type { Plan } from '../domain/plan/schema.ts';
import type { SimulationView } from '../domain/views/simulation.ts';
import { orRefusal, systemWork } from './shared/activities.ts';

/** Simulates each package as the next wave that contains it would release it. `alsoIn`: by package, the systems in which its earlier releases granted access. */
export async function simulation({ plan, alsoIn = {} }: { plan: Plan; alsoIn?: Record<string, string[]> }): Promise<SimulationView> {
  const packages = await Promise.all(plan.packages.map((rolePackage) => simulatePackage(plan, rolePackage, alsoIn[rolePackage.id] ?? [])));
  const totals: SimulationView['totals'] = {};
  for (const part of packages.flatMap(({ parts }) => parts)) {
    const total = (totals[part.system] ??= { toGrant: 0, alreadyThere: 0, toRetire: 0 });
    total.toGrant += part.toGrant;
    total.alreadyThere += part.alreadyThere;
    total.toRetire += part.toRetire;
    if (part.toDrop !== undefined) total.toDrop = (total.toDrop ?? 0) + part.toDrop;
  }
  return { plan: plan.plan, packages, totals };
}

async function simulatePackage(
  plan: Plan,
  { id, entitlements, legacy }: Plan['packages'][number],
  alsoIn: string[],
): Promise<SimulationView['packages'][number]> {
  const systems = [...new Set([...[...entitlements, ...legacy].map(({ system }) => system), ...alsoIn])].sort();
  const answers = await Promise.all(
    systems.map((system) => orRefusal(systemWork(system, 'read', `what ${id} would change in ${system}`).simulateSystem(plan, id, system))),
  );
  return {
    package: id,
    parts: answers.flatMap((answer) => ('done' in answer ? [answer.done] : [])),
    problems: answers.flatMap((answer) => ('refusal' in answer ? [answer.refusal] : [])),
  };
}
