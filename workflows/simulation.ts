/** Previews what a plan would do in the live systems, because only workers have the systems' credentials. */
import { entryOf } from '../domain/entry-of.ts';
import type { SimulationInput } from '../domain/plan/simulation.ts';
import type { SimulationView } from '../domain/views/simulation.ts';
import { groupsOf, orRefusal, systemWork } from './shared/activities.ts';
import { startedWith } from './shared/started-with.ts';

/** Simulates each package as the next wave that contains it would release it. */
export async function simulation(started: SimulationInput): Promise<SimulationView> {
  const { plan, draft, packages: wanted } = startedWith('simulation', started);
  const packages: SimulationView['packages'] = [];
  for (const some of groupsOf(wanted, ({ systems }) => systems.length)) packages.push(...(await Promise.all(some.map((each) => simulatePackage(draft, each)))));
  const totals: SimulationView['totals'] = {};
  for (const part of packages.flatMap(({ parts }) => parts)) {
    const total = entryOf(totals, part.system) ?? { toGrant: 0, alreadyThere: 0, toRetire: 0 };
    totals[part.system] = total;
    total.toGrant += part.toGrant;
    total.alreadyThere += part.alreadyThere;
    total.toRetire += part.toRetire;
    if (part.toDrop !== undefined) total.toDrop = (total.toDrop ?? 0) + part.toDrop;
  }
  return { plan, packages, totals };
}

async function simulatePackage(draft: string, { id, systems }: SimulationInput['packages'][number]): Promise<SimulationView['packages'][number]> {
  const answers = await Promise.all(
    systems.map((system) => orRefusal(systemWork(system, 'read', `what ${id} would change in ${system}`).simulateSystem(draft, id, system))),
  );
  return {
    package: id,
    parts: answers.flatMap((answer) => ('done' in answer ? [answer.done] : [])),
    problems: answers.flatMap((answer) => ('refusal' in answer ? [answer.refusal] : [])),
  };
}
