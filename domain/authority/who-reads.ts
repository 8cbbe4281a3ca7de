/**
 * Who may read what of a plan: one rule for every read. Three answers: nothing, counts and states, or in full, with people, accounts, statements and errors.
 *
 * A plan is seen by the people who have a part in it and by those whom the site lets read it. What is in full is for those who act: administrators of the
 * site and operators for all of it, others for the waves and packages in which they decide. The latest revision says who they are.
 */
import type { Plan } from '../plan/schema.ts';
import { isAdministrator, mayRead, rightOf } from '../site/rights.ts';
import type { Caller } from '../site/caller.ts';
import type { Site } from '../site/schema.ts';

/** Parts that a person can have in a plan; the same person may have several. */
export const parts = [
  'administrator',
  'viewer',
  'operator',
  'owner',
  'delegate',
  'expired delegate',
  'co-signer',
  'lifts the hold',
  'signs the drill',
  'cohort',
] as const;
export type Part = (typeof parts)[number];

/** Of a plan, who has which part in it: small enough to be kept for each plan. */
export interface Parts {
  plan: string;
  operators: ReadonlySet<string>;
  cohorts: ReadonlySet<string>;
  packages: ReadonlyMap<string, { owner: string; drill?: string }>;
  delegates: readonly { of: string; to: string; until: number; packages?: readonly string[] | undefined }[];
  waves: ReadonlyMap<string, { alsoSigns: ReadonlySet<string>; liftedBy: ReadonlySet<string>; packages: ReadonlySet<string> }>;
}

/** `dropped`: released packages that the latest revision no longer has in their waves. They keep the people of the last revision that had them. */
export function partsIn(latest: Plan, dropped: Dropped[] = []): Parts {
  const parts = partsOf(latest);
  const packages = new Map(parts.packages);
  const waves = new Map(parts.waves);
  const delegates = [...parts.delegates];
  for (const { plan, wave, package: id } of dropped) {
    const then = partsOf(plan);
    const [droppedPackage, droppedWave] = [then.packages.get(id), then.waves.get(wave)];
    if (droppedPackage && !parts.packages.has(id)) {
      packages.set(id, droppedPackage);
      delegates.push(...then.delegates.filter(({ of }) => of === droppedPackage.owner).map((each) => ({ ...each, packages: [id] })));
    }
    if (droppedWave && !parts.waves.has(wave)) waves.set(wave, droppedWave);
  }
  return { ...parts, packages, waves, delegates };
}

export interface Dropped {
  plan: Plan;
  wave: string;
  package: string;
}

const partsOf = (plan: Plan): Parts => ({
  plan: plan.plan,
  operators: new Set([...plan.operators, ...(plan.notices.onCall ?? [])]),
  cohorts: new Set(plan.packages.flatMap(({ cohort }) => cohort)),
  packages: new Map(
    plan.packages.map(({ id, owner, requires }) => [id, { owner, ...(requires.drill === undefined ? {} : { drill: requires.drill.signedBy }) }]),
  ),
  delegates: plan.delegates.map(({ of, to, until, packages }) => ({ of, to, until, packages })),
  waves: new Map(
    plan.waves.map(({ id, alsoSigns, hold, packages }) => [
      id,
      { alsoSigns: new Set(alsoSigns), liftedBy: new Set(hold?.liftedBy), packages: new Set(packages.map((entry) => entry.package)) },
    ]),
  ),
});

/** What one person may read of one plan. */
export interface Reading {
  plan: string;
  /** Whether the plan exists for them at all. */
  sees: boolean;
  /** All of it in full. */
  all: boolean;
  /** They decide something in this plan, and so may know who else does. */
  acts: boolean;
  /** In full in every wave that has them. */
  packages: ReadonlySet<string>;
  /** In full with all their packages. */
  waves: ReadonlySet<string>;
  /** Of which they act for a package: what concerns the wave as a whole is in full. */
  partly: ReadonlySet<string>;
  parts: ReadonlySet<Part>;
  /** The site gives it to them, or they have acted in it. Otherwise it only names them, which anyone may do who applies plans. */
  own: boolean;
  /** The right of the site that it is under. */
  right: string;
}

export function readingOf(site: Site, inPlan: Parts, caller: Caller, nowPlanMs: number): Reading {
  const { plan, operators, cohorts, delegates } = inPlan;
  const { id } = caller;
  const found = new Set<Part>();
  if (isAdministrator(site, caller)) found.add('administrator');
  if (mayRead(site, plan, caller)) found.add('viewer');
  if (operators.has(id)) found.add('operator');
  if (cohorts.has(id)) found.add('cohort');

  const packages = new Set<string>();
  for (const [rolePackage, { owner, drill }] of inPlan.packages) {
    const standsIn = delegates.filter((each) => each.to === id && each.of === owner && (each.packages?.includes(rolePackage) ?? true));
    const stands = standsIn.some(({ until }) => nowPlanMs < until);
    if (owner === id) found.add('owner');
    if (stands) found.add('delegate');
    if (drill === id) found.add('signs the drill');
    if (owner === id || stands || drill === id) packages.add(rolePackage);
  }
  if (!found.has('delegate') && delegates.some(({ to }) => to === id)) found.add('expired delegate');

  const waves = new Set<string>();
  const partly = new Set<string>();
  for (const [wave, { alsoSigns, liftedBy, packages: inWave }] of inPlan.waves) {
    if (alsoSigns.has(id)) found.add('co-signer');
    if (liftedBy.has(id)) found.add('lifts the hold');
    if (alsoSigns.has(id) || liftedBy.has(id)) waves.add(wave);
    else if ([...packages].some((each) => inWave.has(each))) partly.add(wave);
  }
  const all = found.has('administrator') || found.has('operator');
  return {
    plan,
    sees: found.size > 0,
    all,
    acts: all || packages.size > 0 || waves.size > 0,
    packages,
    waves,
    partly,
    parts: found,
    // Whether they have acted in it is on record and not in the plan (api/readings.ts).
    own: found.has('administrator') || found.has('viewer'),
    right: found.size > 0 ? (rightOf(site, plan)?.plan ?? '') : '',
  };
}

/** Of a plan that does not exist, or in which they have no part: both look alike. */
export const readsNothing = (plan: string): Reading => ({
  plan,
  sees: false,
  all: false,
  acts: false,
  packages: new Set(),
  waves: new Set(),
  partly: new Set(),
  parts: new Set(),
  own: false,
  right: '',
});

/** Whether whom a package concerns, and what its evaluations and errors say, is theirs to read. */
export const readsPackage = ({ all, packages, waves }: Reading, wave: string, rolePackage: string): boolean =>
  all || packages.has(rolePackage) || waves.has(wave);

/** Whether they may read what concerns the wave as a whole. */
export const readsWave = ({ all, waves, partly }: Reading, wave: string): boolean => all || waves.has(wave) || partly.has(wave);

/** Whether that includes all of its packages. */
export const readsWholeWave = ({ all, waves }: Reading, wave: string): boolean => all || waves.has(wave);

/** Records, each with the address of what it is about. */
export function readsAt(reading: Reading, { wave, package: rolePackage }: { wave?: string; package?: string }): boolean {
  if (wave === undefined) return reading.acts;
  return rolePackage === undefined ? readsWave(reading, wave) : readsPackage(reading, wave, rolePackage);
}

/** Of several plans, what one person reads in full: as lists that a store can filter by. */
export interface InFull {
  plans: string[];
  /** Of these, records of the plan as a whole. */
  acting: string[];
  waves: { plan: string; wave: string }[];
  /** Of these, records of the wave as a whole. */
  partly: { plan: string; wave: string }[];
  packages: { plan: string; package: string }[];
}

export function inFull(readings: Iterable<Reading>): InFull {
  const all = [...readings];
  const some = all.filter((reading) => !reading.all);
  const each = <K extends string>(key: K, pick: (reading: Reading) => ReadonlySet<string>) =>
    some.flatMap((reading) => [...pick(reading)].map((value) => ({ plan: reading.plan, [key]: value }) as { plan: string } & Record<K, string>));
  return {
    plans: all.filter((reading) => reading.all).map(({ plan }) => plan),
    acting: some.filter(({ acts }) => acts).map(({ plan }) => plan),
    waves: each('wave', ({ waves }) => waves),
    partly: each('wave', ({ partly }) => partly),
    packages: each('package', ({ packages }) => packages),
  };
}
