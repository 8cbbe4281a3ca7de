/** What a workflow of type `simulation` is started with. The plan itself is in the store, under its digest. */
import { entryOf } from '../entry-of.ts';
import type { Plan } from './schema.ts';
import { systemsOf } from './section.ts';

export interface SimulationInput {
  plan: string;
  draft: string;
  packages: { id: string; systems: string[] }[];
}

/** `alsoIn`: by package, the systems in which its earlier releases granted access. */
export const simulationOf = ({ plan, packages }: Plan, draft: string, alsoIn: Record<string, string[]>): SimulationInput => ({
  plan,
  draft,
  packages: packages.map((each) => ({ id: each.id, systems: [...new Set([...systemsOf(each), ...(entryOf(alsoIn, each.id) ?? [])])].sort() })),
});
