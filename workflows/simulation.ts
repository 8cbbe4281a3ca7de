/** What a plan would do in the live systems, without doing it: only workers hold the systems' credentials. */
import type { PreviewPart } from '../domain/access/preview.ts';
import type { Plan } from '../domain/plan/schema.ts';
import { orRefusal, systemWork } from './activities.ts';

export interface SimulatedPackage {
  package: string;
  parts: PreviewPart[];
  problems: string[];
}
export interface Simulation {
  plan: string;
  packages: SimulatedPackage[];
  totals: Record<string, { toGive: number; alreadyThere: number; toRetire: number }>;
}

export async function simulation({ plan }: { plan: Plan }): Promise<Simulation> {
  const packages = await Promise.all(plan.packages.map((rolePackage) => simulatePackage(plan, rolePackage)));
  const totals: Simulation['totals'] = {};
  for (const part of packages.flatMap(({ parts }) => parts)) {
    const total = (totals[part.system] ??= { toGive: 0, alreadyThere: 0, toRetire: 0 });
    total.toGive += part.toGive;
    total.alreadyThere += part.alreadyThere;
    total.toRetire += part.toRetire;
  }
  return { plan: plan.plan, packages, totals };
}

async function simulatePackage(plan: Plan, { id, entitlements, legacy }: Plan['packages'][number]): Promise<SimulatedPackage> {
  const systems = [...new Set([...entitlements, ...legacy].map(({ system }) => system))].sort();
  const answers = await Promise.all(
    systems.map((system) => orRefusal(systemWork(system, 'read', `what ${id} would change in ${system}`).simulateSystem(plan, id, system))),
  );
  return {
    package: id,
    parts: answers.flatMap((answer) => ('done' in answer ? [answer.done] : [])),
    problems: answers.flatMap((answer) => ('refusal' in answer ? [answer.refusal] : [])),
  };
}
