/** Previews what a plan would do in the live systems, because only workers have the systems' credentials. */
import { simulatedTotals, type SimulationInput } from '../domain/plan/simulation.ts';
import type { SimulatedPart, SimulationView } from '../domain/views/simulation.ts';
import { isPatched } from './patches.ts';
import { orRefusal, systemWork, telemetry, type Refused } from './shared/activities.ts';
import { startedWith } from './shared/started-with.ts';

/** As many as a worker reads of one plan in a system at a time (activities/measuring-turns.ts). */
const atOnceInASystem = 4;

type Answer = { done: SimulatedPart } | Refused;

/** Simulates each package as the next wave that contains it would release it. */
export async function simulation(started: SimulationInput): Promise<SimulationView> {
  const { plan, draft, packages: wanted } = startedWith('simulation', started);
  const answers = new Map<string, Answer>();
  const isTogether = isPatched('simulates-together');
  const read = wanted.map(({ id, systems, alsoReads = [] }) => ({ id, systems: isTogether ? [...systems, ...alsoReads] : systems }));
  const systems = [...new Set(read.flatMap((each) => each.systems))];
  await Promise.all(systems.map((system) => simulateIn(system, draft, read, answers)));
  const together = isTogether ? await telemetry('what all packages together would change').simulateTogether(draft) : undefined;
  const across = new Map(together?.incompatible.map((each) => [each.package, each.counts]));
  const packages = wanted.map((each) => {
    const answersOf = (those: string[]) => those.flatMap((system) => answers.get(keyOf(each.id, system)) ?? []);
    const incompatible = across.get(each.id);
    return {
      package: each.id,
      // What is only read there changes nothing.
      parts: answersOf(each.systems).flatMap((answer) => ('done' in answer ? [answer.done] : [])),
      ...(incompatible ? { incompatible } : {}),
      problems: answersOf([...each.systems, ...(each.alsoReads ?? [])]).flatMap((answer) => ('refusal' in answer ? [answer.refusal] : [])),
    };
  });
  const { waves = [], leftOut } = together ?? {};
  return { plan, packages, ...(waves.length > 0 ? { waves } : {}), ...(leftOut ? { leftOut } : {}), totals: simulatedTotals(packages) };
}

const keyOf = (id: string, system: string): string => JSON.stringify([id, system]);

async function simulateIn(system: string, draft: string, wanted: SimulationInput['packages'], answers: Map<string, Answer>): Promise<void> {
  const left = wanted.filter(({ systems }) => systems.includes(system)).values();
  const lane = async () => {
    for (const { id } of left)
      answers.set(keyOf(id, system), await orRefusal(systemWork(system, 'simulate', `what ${id} would change in ${system}`).simulateSystem(draft, id, system)));
  };
  await Promise.all(Array.from({ length: atOnceInASystem }, lane));
}
