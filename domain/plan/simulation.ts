/** What a workflow of type `simulation` is started with. The plan itself is in the store, under its digest. */
import { entryOf } from '../entry-of.ts';
import type { HeldByRules } from '../access/incompatible.ts';
import { alsoRead, isAcross, rulesOf } from './incompatible-rules.ts';
import type { SimulationView } from '../views/simulation.ts';
import type { Plan } from './schema.ts';
import { systemsOf } from './section.ts';

export interface SimulationInput {
  plan: string;
  draft: string;
  /** `alsoReads`: systems that are only read, for rules about entitlements that nobody may hold together; left out where there are none. */
  packages: { id: string; systems: string[]; alsoReads?: string[] }[];
}

/** What was read of a package in a system, for what only all of a plan together says. */
export interface SimulatedContent {
  package: string;
  system: string;
  /** Accounts whose access would change. */
  changed: string[];
  /** Of the system, where the plan limits the percentage. */
  accounts?: number;
  /** For rules that concern the package and have their entitlements in two systems; left out where there are none. */
  held?: HeldByRules;
  /** Written by a worker of the version before, in place of `held`. */
  preview?: HeldByRules;
}

/** `alsoIn`: by package, the systems in which its earlier releases granted access. */
export const simulationOf = (plan: Plan, draft: string, alsoIn: Record<string, string[]>): SimulationInput => ({
  plan: plan.plan,
  draft,
  packages: plan.packages.map((each) => {
    const systems = [...new Set([...systemsOf(each), ...(entryOf(alsoIn, each.id) ?? [])])].sort();
    const alsoReads = alsoRead(rulesOf(plan, each).filter(isAcross), systems);
    return { id: each.id, systems, ...(alsoReads.length > 0 ? { alsoReads } : {}) };
  }),
});

type Simulated = SimulationView['packages'][number];

/** Not where every release of it was rolled back, and no wave of the plan releases it again. */
export const isReleasedNext = ({ rolledBack }: Pick<Simulated, 'rolledBack'>): boolean => rolledBack === undefined || rolledBack.next !== undefined;

/** By system, of what the plan would change. */
export function simulatedTotals(packages: Pick<Simulated, 'parts' | 'rolledBack'>[]): SimulationView['totals'] {
  const totals: SimulationView['totals'] = {};
  for (const part of packages.filter(isReleasedNext).flatMap(({ parts }) => parts)) {
    const total = entryOf(totals, part.system) ?? { toGrant: 0, alreadyThere: 0, toRetire: 0 };
    totals[part.system] = total;
    total.toGrant += part.toGrant;
    total.alreadyThere += part.alreadyThere;
    total.toRetire += part.toRetire;
    if (part.toDrop !== undefined) total.toDrop = (total.toDrop ?? 0) + part.toDrop;
  }
  return totals;
}
