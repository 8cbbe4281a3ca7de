/** Builds what signers see from the plan and from what the system holds: one system's part of one package. Same state, same content, same digest. */
import { entryOf } from '../entry-of.ts';
import { keptText } from '../kept-text.ts';
import type { Entitlement, LegacyEntitlement, Plan, RolePackage } from '../plan/schema.ts';
import { grantsToDrop, unwanted, wantedBy, type ReleaseChange } from '../release/release-change.ts';
import { grantedBy, grantKey, pairKey, type Actual, type BeforeGrant, type LedgerEntry } from '../release/ledger.ts';
import { rolesIn, rulesOf } from '../plan/incompatible-rules.ts';
import { unusualForm } from './options.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import type { PreviewPart } from './preview.ts';

const conflictsShown = 20;

export interface Concerned {
  rolePackage: RolePackage;
  entitlements: Entitlement[];
  legacy: LegacyEntitlement[];
  /** One person for each account; sorted by person. */
  people: { person: string; account: string }[];
  /** What to read from the system. */
  roles: string[];
  accounts: string[];
  conflicts: string[];
  /** What earlier releases of the package granted, or meant to grant, and this one does not want. */
  unwanted: LedgerEntry[];
  /** Roles of rules about entitlements that nobody may hold together. */
  incompatible: string[];
}

/**
 * The roles and accounts of one system that a package concerns. `pilot` narrows the people and never widens them. `releaseChange`: it changes what earlier
 * releases granted; one that retires the package grants nothing and leaves legacy access alone. Throws when plan or package do not fit.
 */
export function concerned(plan: Plan, packageId: string, system: string, pilot?: string[], releaseChange?: ReleaseChange): Concerned {
  const rolePackage = plan.packages.find(({ id }) => id === packageId);
  if (!rolePackage) throw new Error(`plan '${plan.plan}' has no package '${packageId}'`);
  const within = <T extends { system: string; role: string }>(entries: T[]) =>
    releaseChange?.change === 'retire' ? [] : unique(entries.filter((entry) => entry.system === system));
  const entitlements = within(rolePackage.entitlements);
  const granted = new Set(entitlements.map(({ role }) => role));
  const conflicts: string[] = [];
  const legacy = within(rolePackage.legacy).filter(({ role }) => {
    if (granted.has(role)) conflicts.push(`role '${role}' is both granted and retired by this package: it is granted and not retired`);
    return !granted.has(role);
  });
  const members = new Set(rolePackage.cohort);
  const hadIt = new Set(releaseChange?.earlier.map(({ person }) => person));
  for (const person of pilot ?? [])
    if (!members.has(person) && !hadIt.has(person)) conflicts.push(`'${person}' is in the pilot but not in the package's cohort: left out`);
  const chosen = pilot ? new Set(pilot.filter((person) => members.has(person))) : members;
  const people = oneEach(plan, system, [...chosen].sort(), conflicts);
  const left = releaseChange ? unwanted(releaseChange, wantedPairs(plan, rolePackage, system, releaseChange.change)) : [];
  const incompatible = rolesIn(rulesOf(plan, rolePackage), system);
  return {
    rolePackage,
    entitlements,
    legacy,
    people,
    incompatible,
    roles: [...new Set([...granted, ...legacy.map(({ role }) => role), ...left.map(({ role }) => role)])].sort(),
    accounts: [...new Set([...people.map(({ account }) => account), ...left.map(({ account }) => account)])],
    conflicts,
    unwanted: left,
  };
}

/** Each (role, account) of one system that a release of the package wants to grant, with or without a pilot. */
export function wantedPairs(
  plan: Plan,
  rolePackage: RolePackage,
  system: string,
  change: ReleaseChange['change'],
): (pair: { role: string; account: string }) => boolean {
  const roles = rolePackage.entitlements.filter((entry) => entry.system === system).map(({ role }) => role);
  return wantedBy(change, roles, rolePackage.cohort.map(accountsIn(plan, system)));
}

/** From a person's id to the account in a system: the person's id where the plan names none. */
export function accountsIn(plan: Plan, system: string): (person: string) => string {
  const named = new Map(plan.people.map(({ id, accounts }) => [id, entryOf(accounts, system)]));
  return (person) => named.get(person) ?? person;
}

function oneEach(plan: Plan, system: string, people: string[], conflicts: string[]): { person: string; account: string }[] {
  const accountOf = accountsIn(plan, system);
  const owners = new Map<string, string>();
  return people.flatMap((person) => {
    const account = accountOf(person);
    const owner = owners.get(account);
    if (owner !== undefined)
      conflicts.push(`account '${account}' belongs to '${owner}' and '${person}': only '${owner}' is counted; each needs an account of their own`);
    if (owner !== undefined) return [];
    owners.set(account, person);
    return [{ person, account }];
  });
}

/**
 * Freezes the people and the before-state. Accounts that the system does not know are not among the frozen people: they are listed as conflicts,
 * and an account that appears later is granted nothing until it is signed for.
 */
export function buildPreview(plan: Plan, packageId: string, system: string, now: Actual, pilot?: string[], releaseChange?: ReleaseChange): PreviewContent {
  const found = concerned(plan, packageId, system, pilot, releaseChange);
  const { rolePackage, entitlements, legacy, people: asked, roles, conflicts, unwanted: left, incompatible } = found;
  const unknown = new Set(now.unknownAccounts);
  const ids = new Map(now.accounts.map(({ account, id }) => [account, id]));
  const people = asked
    .filter(({ account }) => !unknown.has(account))
    .map(({ person, account }) => {
      const accountId = ids.get(account);
      return { person, account, ...(accountId === undefined ? {} : { accountId }) };
    });
  const personOf = new Map(people.map(({ person, account }) => [account, person]));
  const granted = new Set(entitlements.map(({ role }) => role));
  const old = new Set(legacy.map(({ role }) => role));
  // A role that moved from the entitlements to legacy is retired with the rest of the legacy.
  // An account or a role that was renamed is wanted under its name of today.
  const isWanted = releaseChange ? wantedPairs(plan, rolePackage, system, releaseChange.change) : () => false;
  const drop = grantsToDrop(
    left.filter(({ role, account }) => !(old.has(role) && personOf.has(account))),
    now,
  ).filter((grant) => !isWanted(grant));
  const dropped = new Set(drop.map(grantKey));
  const droppedPairs = new Set(drop.map(pairKey));
  const before: BeforeGrant[] = [];
  const others = new Map<string, PreviewContent['others'][number]>();
  for (const grant of now.grants) {
    const { role, account } = grant;
    const person = personOf.get(account);
    if (person !== undefined && (granted.has(role) || old.has(role))) before.push({ ...grant, person });
    const seenBeside = droppedPairs.has(pairKey(grant)) || (person === undefined && granted.has(role));
    if (seenBeside && !dropped.has(grantKey(grant)))
      others.set(pairKey(grant), { role, account, ...(grant.accountId === undefined ? {} : { accountId: grant.accountId }) });
  }
  const digests = new Map(now.roles.map((role) => [role.role, role]));
  const holders = Map.groupBy(now.grants, ({ role }) => role);
  // What is only read for such a rule grants nothing, and needs nobody's account.
  const changesSomething = roles.length > 0;
  return {
    plan: plan.plan,
    package: packageId,
    system,
    entitlements,
    legacy,
    people,
    before: before.sort(byRolePersonGrantor),
    others: [...others.values()].sort((a, b) => (pairKey(a) < pairKey(b) ? -1 : 1)),
    roles: roles.map((role) => {
      const { exists = false, id, digest = '' } = digests.get(role) ?? {};
      return { role, exists, ...(id === undefined ? {} : { id }), digest };
    }),
    conflicts: [
      ...conflicts,
      ...(changesSomething ? asked : [])
        .filter(({ account }) => unknown.has(account))
        .map(
          ({ person, account }) =>
            `account '${account}' of '${person}' does not exist in '${system}': nothing is granted to it; create the account or fix the plan`,
        ),
      ...roles.filter((role) => (granted.has(role) || old.has(role)) && !digests.get(role)?.exists).map((role) => missingRole(role, system, granted.has(role))),
      ...incompatible.filter((role) => digests.get(role)?.exists !== true && !granted.has(role) && !old.has(role)).map((role) => missingInRule(role, system)),
      ...left.filter(({ outcome }) => outcome === 'unknown' || outcome === 'pending').map(unconfirmed),
      ...legacy.filter(({ design }) => design === 'rejected').flatMap(({ role }) => stillHeld(role, before)),
      ...unusualForms(
        before.filter(({ role }) => granted.has(role)),
        now.grantOptions,
      ),
    ],
    ...(incompatible.length > 0
      ? {
          incompatible: incompatible.map((role) => ({
            role,
            exists: digests.get(role)?.exists ?? false,
            holders: [...new Set((holders.get(role) ?? []).flatMap(({ account }) => personOf.get(account) ?? []))].sort(),
          })),
        }
      : {}),
    ...(drop.length > 0 ? { drop } : {}),
    ...(releaseChange?.pilot ? { pilot: releaseChange.pilot.toSorted() } : {}),
    ...(rolePackage.cohortQuery && releaseChange?.change !== 'retire'
      ? { cohort: { people: rolePackage.cohort.toSorted(), joiners: pilot ? 'notInPilot' : rolePackage.cohortQuery.open ? 'granted' : 'unsigned' } }
      : {}),
    ...(rolePackage.contentIgnores ? { contentIgnores: rolePackage.contentIgnores.toSorted() } : {}),
  };
}

/** Held in a form that was not reviewed: the release leaves it as it is. */
const unusualForms = (before: BeforeGrant[], options: Actual['grantOptions']): string[] =>
  [...Map.groupBy(before, pairKey).values()].flatMap((grants) => {
    const form = unusualForm(grants, options);
    const [first] = grants;
    return form === undefined || !first
      ? []
      : [`'${first.account}' already has '${first.role}', but ${form}, ${grantedBy(grants)}: fix it, or it counts as drift`];
  });

const unconfirmed = ({ wave, role, account }: LedgerEntry) =>
  `whether '${wave}' granted '${role}' to '${account}' could not be confirmed: it is not revoked; reconcile that release first, or correct it manually`;

const missingRole = (role: string, system: string, granted: boolean) =>
  granted
    ? `role '${role}' does not exist in '${system}': create it or fix the plan, it cannot be granted`
    : `legacy role '${role}' does not exist in '${system}': there is nothing to retire`;

/** A rule that names a role by a wrong name would let everybody hold both. */
const missingInRule = (role: string, system: string) =>
  `role '${role}' does not exist in '${system}', so that the rule under incompatible that names it says nothing: fix the plan`;

function stillHeld(role: string, before: BeforeGrant[]): string[] {
  const holders = new Set(before.filter((grant) => grant.role === role).map(({ account }) => account)).size;
  return holders === 0
    ? []
    : [`'${role}' was rejected and is still held by ${holders === 1 ? '1 person' : `${holders} people`}: it is retired, and no rollback restores it`];
}

/** Counts for workflows and for people: one (role, account) counts once, however many granted it. */
export function partOf(content: PreviewContent, digest: string): PreviewPart {
  const existing = new Set(content.roles.filter(({ exists }) => exists).map(({ role }) => role));
  const held = new Set(content.before.map(pairKey));
  const pairs = content.entitlements.flatMap(({ role }) => content.people.map(({ account }) => ({ role, account })));
  const alreadyThere = pairs.filter((pair) => held.has(pairKey(pair))).length;
  const old = new Set(content.legacy.map(({ role }) => role));
  return {
    system: content.system,
    digest,
    people: content.people.length,
    toGrant: pairs.filter((pair) => existing.has(pair.role) && !held.has(pairKey(pair))).length,
    alreadyThere,
    toRetire: new Set(content.before.filter(({ role }) => old.has(role)).map(pairKey)).size,
    ...(content.drop ? { toDrop: new Set(content.drop.map(pairKey)).size } : {}),
    conflicts: shortened(content.conflicts).map(keptText),
  };
}

const shortened = (lines: string[]) =>
  lines.length <= conflictsShown
    ? lines
    : [...lines.slice(0, conflictsShown - 1), `and ${lines.length - conflictsShown + 1} more; the preview in the store has them all`];

function unique<T extends { role: string }>(entries: T[]): T[] {
  const seen = new Set<string>();
  return entries.filter(({ role }) => !seen.has(role) && seen.add(role));
}

const key = ({ role, person, grantor = '', options }: BeforeGrant) => [role, person, grantor, canonicalText(options)].join('\0');
/** Options in a fixed order, independent of the system's. */
const canonicalText = (options: Record<string, boolean>) =>
  Object.keys(options)
    .sort()
    .map((name) => `${name}=${options[name]}`)
    .join();
const byRolePersonGrantor = (a: BeforeGrant, b: BeforeGrant) => (key(a) < key(b) ? -1 : 1);
