/** What the board shows of a plan besides its state: names, descriptions and numbers of its latest revision. Small enough to be kept for each plan. */
import { withoutMisleading } from '../misleading-text.ts';
import { decidersIn, namesOf, namesOfDeciders, withNames as namedIn, type Names } from '../people-named.ts';
import { rollbackApprovalsOf } from '../plan/section.ts';
import type { Blackout, Change, Plan, Risk, Wave, Watch, WatchedMetric } from '../plan/schema.ts';

export interface PackageFacts {
  owner: string;
  team: string;
  risk: Risk;
  /** Who signs its drill. */
  drill?: string;
  /** Its place in the plan: 1, 2, … */
  number: number;
  name: string;
  description: string;
  maintenanceNote: string;
  /** What is looked at after its release. */
  firstCheck: string;
  /** What its rollback begins with. */
  firstRollbackStep: string;
  people: number;
  /** Places of its people in the plan, in ascending order: to compare cohorts by. */
  cohort: Uint32Array;
  legacy: number;
  /** How many people must approve a rollback: 1 or 2. */
  rollbackApprovals: number;
  watch: Pick<Watch, 'length' | 'metrics'>;
}

export interface WaveFacts {
  description?: string;
  alsoSigns: readonly string[];
  liftedBy: readonly string[];
  /** How long after its go-live it may still release. */
  windowMs: number;
  status: Wave['status'];
  goLiveMs?: number;
  /** How many lift its hold. */
  approvals: number;
  /** In the order of the plan. `goLiveMs`: its own, where it has one. */
  packages: readonly { id: string; change: Change; goLiveMs?: number; rollbackOnly: boolean }[];
}

export interface PlanFacts {
  plan: string;
  description?: string;
  /** Ids of all people of the plan → their names: also who only receives access, or decides no more, may have done something. */
  names: ReadonlyMap<string, string>;
  /** Ids of all people of the plan → their teams. */
  teams: ReadonlyMap<string, string>;
  packages: ReadonlyMap<string, PackageFacts>;
  /** Ids of those who may sign for anything → their places among the people of the plan: to find in a cohort. */
  signers: ReadonlyMap<string, number>;
  operators: readonly string[];
  delegates: Plan['delegates'];
  waves: ReadonlyMap<string, WaveFacts>;
  blackouts: readonly Blackout[];
}

export function planFacts(plan: Plan): PlanFacts {
  const places = new Map(plan.people.map(({ id }, place) => [id, place]));
  const teams = new Map(plan.people.map(({ id, team }) => [id, withoutMisleading(team)]));
  return {
    plan: plan.plan,
    ...(plan.description === undefined ? {} : { description: withoutMisleading(plan.description) }),
    names: namesOf(plan),
    teams,
    packages: new Map(plan.packages.map((each, index) => [each.id, factsOf(each, index + 1, places, teams)])),
    signers: signersIn(plan, places),
    operators: plan.operators,
    delegates: plan.delegates,
    waves: new Map(plan.waves.map((wave) => [wave.id, waveFacts(wave)])),
    blackouts: plan.blackouts,
  };
}

function signersIn({ packages, delegates, waves, operators }: Plan, places: ReadonlyMap<string, number>): Map<string, number> {
  const ids = [...packages.map(({ owner }) => owner), ...delegates.map(({ to }) => to), ...waves.flatMap(({ alsoSigns }) => alsoSigns), ...operators];
  return new Map(
    ids.flatMap((id) => {
      const place = places.get(id);
      return place === undefined ? [] : [[id, place] as const];
    }),
  );
}

const waveFacts = ({ description, alsoSigns, hold, window, status, goLive, packages }: Wave): WaveFacts => ({
  ...(description === undefined ? {} : { description: withoutMisleading(description) }),
  alsoSigns,
  liftedBy: hold?.liftedBy ?? [],
  windowMs: window,
  status,
  ...(goLive === undefined ? {} : { goLiveMs: goLive }),
  approvals: hold?.approvals ?? 1,
  packages: packages.map((entry) => ({
    id: entry.package,
    change: entry.change,
    ...(entry.goLive === undefined ? {} : { goLiveMs: entry.goLive }),
    rollbackOnly: entry.rollbackOnly,
  })),
});

const factsOf = (each: Plan['packages'][number], number: number, places: ReadonlyMap<string, number>, teams: ReadonlyMap<string, string>): PackageFacts => ({
  owner: each.owner,
  team: teams.get(each.owner) ?? '',
  risk: each.risk,
  ...(each.requires.drill ? { drill: each.requires.drill.signedBy } : {}),
  number,
  name: withoutMisleading(each.name),
  description: withoutMisleading(each.description),
  maintenanceNote: withoutMisleading(each.maintenanceNote),
  firstCheck: withoutMisleading(each.postLaunchChecks[0] ?? ''),
  firstRollbackStep: withoutMisleading(each.rollbackPath[0] ?? ''),
  people: each.cohort.length,
  cohort: Uint32Array.from(each.cohort.flatMap((id) => places.get(id) ?? [])).toSorted(),
  legacy: each.legacy.length,
  rollbackApprovals: rollbackApprovalsOf(each),
  watch: { length: each.watch.length, metrics: each.watch.metrics.map(onlyBounds) },
});

const onlyBounds = ({ metric, tune, rollback, failuresAllowed, minimum, from }: WatchedMetric): WatchedMetric => ({
  metric,
  ...(tune ? { tune } : {}),
  ...(rollback ? { rollback } : {}),
  failuresAllowed,
  minimum,
  from,
});

const deciders = new WeakMap<PlanFacts, Names>();

/** A sentence of a workflow, which has ids, with the names of those who decide in the plan. */
export function withNames(facts: PlanFacts, text: string): string {
  const names = deciders.get(facts) ?? namesOfDeciders({ names: facts.names, deciders: decidersIn(facts) });
  deciders.set(facts, names);
  return namedIn(names, text);
}

/** A person by name; by id where the plan's latest revision no longer has them. */
export const personIn = ({ names }: PlanFacts, id: string): { id: string; name: string } => ({ id, name: names.get(id) ?? id });
