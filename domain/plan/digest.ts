/** Digests of a plan: of each package's part that decides access, which sign-offs cover (R3), and of the whole document. */
import { entryOf } from '../entry-of.ts';
import { sha256Hex } from '../canonical.ts';
import { exceptionsOf, rulesOf } from './incompatible-rules.ts';
import type { IncompatibleRule, Metric, Plan, RolePackage, Wave } from './schema.ts';

/**
 * Texts for people (name, description, steps, notes) are left out, so fixing a typo voids no sign-off. What its wave says about who signs
 * and about the tolerance is included; dates are not. A package may go through several waves, each with its own terms.
 */
export const packageDigest = (plan: Plan, packageId: string, waveId: string): string => sha256Hex(packageBasis(plan, packageId, waveId));

/** What the digest covers. */
export function packageBasis(plan: Plan, packageId: string, waveId: string): object {
  const found = plan.packages.find(({ id }) => id === packageId);
  if (!found) throw new Error(`plan '${plan.plan}' has no package '${packageId}'`);
  const { id, owner, risk, entitlements, legacy, cohort, requires, buildsOn, watch, tune, rollback, contentIgnores, cohortQuery } = found;
  const watched = new Set(watch.metrics.map(({ metric }) => metric));
  const metrics = plan.metrics.filter((metric) => watched.has(metric.id));
  const systems = namedSystems(found);
  return {
    plan: plan.plan,
    package: {
      id,
      owner,
      risk,
      requires,
      watch,
      tune,
      // Requiring a second person does not change access.
      rollback: { approval: rollback.approval, ...(rollback.claims ? { claims: { ...rollback.claims, by: rollback.claims.by.toSorted() } } : {}) },
      buildsOn: buildsOn.toSorted(),
      entitlements: sortedByText(entitlements.map(bare)),
      legacy: sortedByText(legacy.map((entry) => ({ ...bare(entry), design: entry.design }))),
      cohort: cohort.toSorted(),
      ...(cohortQuery ? { cohortQuery } : {}),
      ...(contentIgnores ? { contentIgnores: contentIgnores.toSorted() } : {}),
    },
    release: releaseTerms(plan, packageId, waveId),
    ...limitsOf(plan, packageId, waveId, systems.access),
    accounts: accountsOf(plan, found, systems.all),
    metrics: sortedByText(metrics.map(bareMetric)),
  };
}

/** Those of its access, and all in which its people's accounts are signed: the accounts in the system that is asked say who is meant by an answer. */
export function namedSystems({ entitlements, legacy, cohortQuery }: RolePackage): { access: Set<string>; all: Set<string> } {
  const access = new Set([...entitlements, ...legacy].map(({ system }) => system));
  return { access, all: new Set([...access, ...(cohortQuery ? [cohortQuery.system] : [])]) };
}

/** What is signed of a metric. */
export const bareMetric = ({ id: metric, description: _text, ...measured }: Metric) => ({ metric, ...measured });

/** What is signed of a wave with each of its packages. */
export const signedTerms = ({ alsoSigns, tolerance }: Wave) => ({ alsoSigns: alsoSigns.toSorted(), tolerance });

/** Of a plan, who decides on what, and when nothing changes: what applies to packages that an earlier revision released. */
export interface Deciders extends Pick<Plan, 'operators' | 'delegates' | 'blackouts'> {
  owners: { id: string; owner: string }[];
  /** Which packages each wave has. */
  entries: { wave: string; package: string }[];
}

export const decidersIn = ({ operators, delegates, blackouts, packages, waves }: Plan): Deciders => ({
  operators,
  delegates,
  blackouts,
  owners: packages.map(({ id, owner }) => ({ id, owner })),
  entries: waves.flatMap((wave) => wave.packages.map((entry) => ({ wave: wave.id, package: entry.package }))),
});

export const decidersDigest = ({ operators, delegates, blackouts, owners, entries }: Deciders): string =>
  sha256Hex({ operators, delegates, blackouts, owners, entries });

/** Of these, who decides on the packages of one wave. */
export interface DecidersOfWave extends Pick<Plan, 'operators' | 'delegates'> {
  owners: { id: string; owner: string }[];
}

export function decidersOfWave({ operators, delegates, owners, entries }: Deciders, wave: string): DecidersOfWave {
  const inWave = new Set(entries.filter((entry) => entry.wave === wave).map((entry) => entry.package));
  const itsOwners = owners.filter(({ id }) => inWave.has(id));
  const people = new Set(itsOwners.map(({ owner }) => owner));
  return {
    operators,
    owners: itsOwners,
    delegates: delegates.flatMap((delegate) => (people.has(delegate.of) ? narrowed(delegate, inWave) : [])),
  };
}

/** Of what may name packages, and is about all of them where it names none: what is about these; empty where nothing is. */
export function narrowed<T extends { packages?: string[] | undefined }>(of: T, ids: ReadonlySet<string>): T[] {
  if (!of.packages) return [of];
  const packages = of.packages.filter((id) => ids.has(id));
  return packages.length > 0 ? [{ ...of, packages }] : [];
}

const known = new WeakMap<Plan, string>();
/** Of documents as the store has them written: each is the same whenever it is read again, and the digest of its text is much faster made. */
const texts = new WeakMap<Plan, string>();
const digestsByText = new Map<string, string>();
const textsKept = 10_000;

/** `textDigest`: of exactly the text that this plan was read from. */
export const readFrom = (plan: Plan, textDigest: string): void => void texts.set(plan, textDigest);

/** The digest of a plan, where it was computed before for this plan or for the same text. */
export function knownDigest(plan: Plan): string | undefined {
  const text = texts.get(plan);
  return known.get(plan) ?? (text === undefined ? undefined : digestsByText.get(text));
}

/**
 * Everything in the plan, including texts and the order of lists: the same digest means that nothing changed. One request asks several times, and a large plan
 * takes most of a second. A plan is never changed once it was read.
 */
export function planDocumentDigest(plan: Plan): string {
  const digest = knownDigest(plan) ?? sha256Hex(plan);
  rememberDigest(plan, digest);
  return digest;
}

/** For a plan whose digest was computed elsewhere, from exactly this plan. */
export function rememberDigest(plan: Plan, digest: string): void {
  known.set(plan, digest);
  const text = texts.get(plan);
  if (text !== undefined) rememberTextDigest(text, digest);
}

/** Of a text that was read elsewhere: the plan in it is not digested again when it is read here. */
export function rememberTextDigest(text: string, digest: string): void {
  digestsByText.set(text, digest);
  const [oldest] = digestsByText.keys();
  if (digestsByText.size > textsKept && oldest !== undefined) digestsByText.delete(oldest);
}

const bare = ({ system, role }: { system: string; role: string }) => ({ system, role });

/** By their text, which is made once of each. */
function sortedByText<T extends object>(items: T[]): T[] {
  const written = items.map((item) => ({ item, text: JSON.stringify(item) }));
  return written.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)).map(({ item }) => item);
}

function releaseTerms(plan: Plan, packageId: string, waveId: string) {
  const wave = plan.waves.find(({ id }) => id === waveId);
  const entry = wave?.packages.find((one) => one.package === packageId);
  if (!wave || !entry) return null;
  const { change, rollbackOnly } = entry;
  return { ...signedTerms(wave), rollbackOnly, ...(change === 'release' ? {} : { change }) };
}

/**
 * What stops its release. Nothing where the plan has no such limits, so that older digests stay as they were. A change of what is released may revoke access
 * in systems that the package no longer names.
 */
function limitsOf(plan: Plan, packageId: string, waveId: string, systems: ReadonlySet<string>): object {
  const { blastRadius = [], waves, packages } = plan;
  const { change } = waves.find(({ id }) => id === waveId)?.packages.find((one) => one.package === packageId) ?? {};
  const limits = blastRadius.filter(({ system }) => change === 'revise' || change === 'retire' || systems.has(system));
  const found = packages.find(({ id }) => id === packageId);
  const rules = found ? rulesOf(plan, found) : [];
  return {
    ...(limits.length > 0 ? { blastRadius: sortedByText(limits) } : {}),
    ...(found && rules.length > 0 ? { incompatible: ruleBases(rules, new Set(found.cohort)) } : {}),
  };
}

/** The reason of an exception is signed with it: it is what the owner accepts. That of the rule is a text for people. */
const ruleBases = (rules: IncompatibleRule[], cohort: ReadonlySet<string>) =>
  sortedByText(
    rules.map((rule) => ({
      id: rule.id,
      entitlements: sortedByText(rule.entitlements.map(bare)),
      exceptions: sortedByText(exceptionsOf(rule, cohort)),
      ...(rule.switchWithin === undefined ? {} : { switchWithin: rule.switchWithin }),
    })),
  );

/** The account that each person of the package has in each system that the package touches. */
function accountsOf(plan: Plan, { cohort }: RolePackage, systems: ReadonlySet<string>) {
  const members = new Set(cohort);
  const names = [...systems].sort();
  return sortedByText(
    plan.people.filter(({ id }) => members.has(id)).map(({ id, accounts }) => ({ id, accounts: names.map((system) => entryOf(accounts, system) ?? id) })),
  );
}
