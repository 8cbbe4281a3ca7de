/**
 * What everybody's lists, boards and readings need of a revision: ids, names and counts, without the accounts of people, definitions, statements and steps. It is made
 * once of each revision and kept, so that what a list costs does not follow the size of the plans in it.
 */
import { writtenIn, type Written } from '../authority/who-reads.ts';
import { planFacts, type PlanFacts } from '../board/facts.ts';
import type { Plan, Risk } from './schema.ts';

/** To be raised with each change of what an outline says of a document: those that were kept before are made again. */
export const outlineForm = 1;

/** Plain data: it is made in another thread. */
export interface PlanOutline {
  written: Written;
  facts: PlanFacts;
  /** With names as they are written, in the order of the plan. */
  packages: ListedPackage[];
  waves: ListedWave[];
}

export interface ListedWave {
  plan: string;
  wave: string;
  description: string;
  packages: ListedPackage[];
}

export interface ListedPackage {
  package: string;
  name: string;
  owner: string;
  team: string;
  risk: Risk;
}

export function outlineOf(plan: Plan): PlanOutline {
  const teams = new Map(plan.people.map(({ id, team }) => [id, team]));
  const packages = plan.packages.map(({ id, name, owner, risk }) => ({ package: id, name, owner, team: teams.get(owner) ?? '', risk }));
  const byId = new Map(packages.map((each) => [each.package, each]));
  const waves = plan.waves.map(({ id, description = '', packages: entries }) => ({
    plan: plan.plan,
    wave: id,
    description,
    packages: entries.flatMap((entry) => byId.get(entry.package) ?? []),
  }));
  return { written: writtenIn(plan), facts: planFacts(plan), packages, waves };
}

export const hasPlace = ({ waves }: Pick<PlanOutline, 'waves'>, at: { wave: string; package: string }): boolean =>
  waves.some(({ wave, packages }) => wave === at.wave && packages.some((each) => each.package === at.package));

const bytesOfOne = 100;

/** How much of it is kept: in hundreds of bytes, about. */
export function outlineWeight({ written, facts, waves }: PlanOutline): number {
  let weight = 20 + written.cohorts.size + facts.teams.size + facts.names.size + facts.signers.size + 2 * facts.operators.length + 4 * facts.delegates.length;
  let characters = facts.description?.length ?? 0;
  for (const each of facts.packages.values()) {
    weight += 10 + 2 * each.watch.metrics.length;
    characters += 4 * each.cohort.length + each.name.length + each.description.length + each.maintenanceNote.length;
    characters += each.firstCheck.length + each.firstRollbackStep.length;
  }
  for (const { description, packages } of waves) {
    weight += 10 + 4 * packages.length;
    characters += 2 * description.length;
  }
  for (const { alsoSigns, liftedBy } of facts.waves.values()) weight += alsoSigns.length + liftedBy.length;
  for (const { packages = [] } of facts.delegates) weight += packages.length;
  for (const { reason, packages = [] } of facts.blackouts) {
    weight += 3 + packages.length;
    characters += reason.length;
  }
  for (const name of facts.names.values()) characters += name.length;
  return weight + Math.ceil(characters / bytesOfOne);
}
