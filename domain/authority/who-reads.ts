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
  'claimant',
  'cohort',
] as const;
export type Part = (typeof parts)[number];

/** Of a plan, who has which part in it, by person: somebody whom it does not name costs one look, however large it is. */
export interface Parts {
  plan: string;
  cohorts: ReadonlySet<string>;
  /** Those who do more than to receive access. */
  people: ReadonlyMap<string, PersonParts>;
  /** By their owner. */
  owned: ReadonlyMap<string, readonly string[]>;
  /** By a package, the waves that have it. */
  wavesWith: ReadonlyMap<string, readonly string[]>;
}

interface PersonParts {
  operator: boolean;
  /** Named as one, whether there is a package for which they stand in or not. */
  isDelegate: boolean;
  drills: string[];
  claims: string[];
  /** For all packages of an owner, and for some: until when they stand in. */
  standsInFor: Map<string, number>;
  standsInOf: Map<string, number>;
  /** Whole waves. */
  alsoSigns: string[];
  lifts: string[];
}

/** As a revision has it. */
export interface Written {
  plan: string;
  operators: readonly string[];
  cohorts: ReadonlySet<string>;
  packages: ReadonlyMap<string, PackageTerms>;
  delegates: readonly { of: string; to: string; until: number; packages?: readonly string[] | undefined }[];
  waves: ReadonlyMap<string, WaveTerms>;
}
interface PackageTerms {
  owner: string;
  drill?: string;
  /** Who may keep its access through a rollback. */
  claimants?: readonly string[];
}
interface WaveTerms {
  alsoSigns: readonly string[];
  liftedBy: readonly string[];
  packages: readonly string[];
}

/** `dropped`: of released packages that the latest revision no longer has in their waves. They keep the people of the last revision that had them. */
export function partsIn(latest: Written, dropped: readonly Dropped[] = []): Parts {
  const packages = new Map(latest.packages);
  const waves = new Map(latest.waves);
  const delegates = [...latest.delegates];
  for (const then of dropped) {
    if (then.terms && !latest.packages.has(then.package)) {
      packages.set(then.package, then.terms);
      delegates.push(...then.delegates);
    }
    if (then.inWave && !latest.waves.has(then.wave)) waves.set(then.wave, then.inWave);
  }
  return byPerson({ ...latest, packages, waves, delegates });
}

/** Nobody has a part in it. */
export const noParts = (plan: string): Parts => ({ plan, cohorts: new Set(), people: new Map(), owned: new Map(), wavesWith: new Map() });

/** Everybody who has a part in it. */
export const namedIn = ({ cohorts, people }: Parts): Set<string> => new Set([...cohorts, ...people.keys()]);

/** Who had which part in a released package, by the last revision that had it. */
export interface Dropped {
  wave: string;
  package: string;
  terms?: PackageTerms;
  inWave?: WaveTerms;
  /** Of its owner, for this package. */
  delegates: Written['delegates'];
}

export function droppedPart(then: Written, at: { wave: string; package: string }): Dropped {
  const terms = then.packages.get(at.package);
  const inWave = then.waves.get(at.wave);
  return {
    wave: at.wave,
    package: at.package,
    ...(terms ? { terms } : {}),
    ...(inWave ? { inWave } : {}),
    delegates: terms ? then.delegates.filter(({ of }) => of === terms.owner).map((each) => ({ ...each, packages: [at.package] })) : [],
  };
}

export const writtenIn = (plan: Plan): Written => ({
  plan: plan.plan,
  operators: [...plan.operators, ...(plan.notices.onCall ?? [])],
  cohorts: new Set(plan.packages.flatMap(({ cohort }) => cohort)),
  packages: new Map(
    plan.packages.map(({ id, owner, requires, rollback: { claims } }) => [
      id,
      { owner, ...(requires.drill === undefined ? {} : { drill: requires.drill.signedBy }), ...(claims ? { claimants: claims.by } : {}) },
    ]),
  ),
  delegates: plan.delegates.map(({ of, to, until, packages }) => ({ of, to, until, packages })),
  waves: new Map(
    plan.waves.map(({ id, alsoSigns, hold, packages }) => [
      id,
      { alsoSigns, liftedBy: hold?.liftedBy ?? [], packages: packages.map((entry) => entry.package) },
    ]),
  ),
});

/** In one pass over what is written. */
function byPerson({ plan, operators, cohorts, packages, delegates, waves }: Written): Parts {
  const people = new Map<string, PersonParts>();
  const of = (id: string): PersonParts => {
    const now = people.get(id) ?? {
      operator: false,
      isDelegate: false,
      drills: [],
      claims: [],
      standsInFor: new Map(),
      standsInOf: new Map(),
      alsoSigns: [],
      lifts: [],
    };
    people.set(id, now);
    return now;
  };
  const add = <K>(to: Map<K, string[]>, key: K, value: string) => void (to.get(key)?.push(value) ?? to.set(key, [value]));
  const extend = (stands: Map<string, number>, key: string, until: number) => void stands.set(key, Math.max(until, stands.get(key) ?? -Infinity));

  for (const id of operators) of(id).operator = true;
  const owned = new Map<string, string[]>();
  for (const [rolePackage, { owner, drill, claimants = [] }] of packages) {
    add(owned, owner, rolePackage);
    of(owner);
    if (drill !== undefined) of(drill).drills.push(rolePackage);
    for (const claimant of claimants) of(claimant).claims.push(rolePackage);
  }
  for (const { of: owner, to, until, packages: only } of delegates) {
    const delegate = of(to);
    delegate.isDelegate = true;
    const { standsInFor, standsInOf } = delegate;
    if (only === undefined) extend(standsInFor, owner, until);
    for (const rolePackage of only ?? []) if (packages.get(rolePackage)?.owner === owner) extend(standsInOf, rolePackage, until);
  }
  const wavesWith = new Map<string, string[]>();
  for (const [wave, { alsoSigns, liftedBy, packages: inWave }] of waves) {
    for (const id of new Set(alsoSigns)) of(id).alsoSigns.push(wave);
    for (const id of new Set(liftedBy)) of(id).lifts.push(wave);
    for (const rolePackage of new Set(inWave)) add(wavesWith, rolePackage, wave);
  }
  return { plan, cohorts, people, owned, wavesWith };
}

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
  /** The latest revision that counts, by which this was decided, where it is known. */
  revision?: number;
}

/** Of a plan, what is in full for somebody because of what they decide in it. */
export interface Acts extends Pick<Reading, 'all' | 'packages' | 'waves' | 'partly'> {
  parts: Set<Part>;
}

export function actsIn({ people, owned, wavesWith }: Parts, id: string, nowPlanMs: number): Acts {
  const found = new Set<Part>();
  const packages = new Set<string>();
  const waves = new Set<string>();
  const partly = new Set<string>();
  const own = people.get(id);
  if (own?.operator === true) found.add('operator');
  if (own) {
    const owns = owned.get(id) ?? [];
    if (owns.length > 0) found.add('owner');
    const standing = (stands: ReadonlyMap<string, number>) => [...stands].flatMap(([each, until]) => (nowPlanMs < until ? [each] : []));
    const standsIn = [...standing(own.standsInFor).flatMap((owner) => owned.get(owner) ?? []), ...standing(own.standsInOf)];
    if (standsIn.length > 0) found.add('delegate');
    else if (own.isDelegate) found.add('expired delegate');
    if (own.drills.length > 0) found.add('signs the drill');
    if (own.claims.length > 0) found.add('claimant');
    for (const each of [...owns, ...standsIn, ...own.drills, ...own.claims]) packages.add(each);

    if (own.alsoSigns.length > 0) found.add('co-signer');
    if (own.lifts.length > 0) found.add('lifts the hold');
    for (const wave of [...own.alsoSigns, ...own.lifts]) waves.add(wave);
    for (const each of packages) for (const wave of wavesWith.get(each) ?? []) if (!waves.has(wave)) partly.add(wave);
  }
  return { all: found.has('operator'), packages, waves, partly, parts: found };
}

/** By this revision alone, with delegations that have expired since. */
export const actedIn = (document: Plan, id: string): Acts => actsIn(partsIn(writtenIn(document)), id, -Infinity);

export function readingOf(site: Site, inPlan: Parts, caller: Caller, nowPlanMs: number): Reading {
  const { plan, cohorts } = inPlan;
  const { packages, waves, partly, parts: found, all: operates } = actsIn(inPlan, caller.id, nowPlanMs);
  if (isAdministrator(site, caller)) found.add('administrator');
  if (mayRead(site, plan, caller)) found.add('viewer');
  if (cohorts.has(caller.id)) found.add('cohort');
  const all = operates || found.has('administrator');
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
