/** Builds what signers see from the plan and from what the system holds: one system's part of one package. Same state, same content, same digest. */
import { entryOf } from '../entry-of.ts';
import { keptText } from '../kept-text.ts';
import type { Entitlement, LegacyEntitlement, Plan, RolePackage } from '../plan/schema.ts';
import { grantsToDrop, unwanted, wantedBy, type ReleaseChange } from '../release/release-change.ts';
import { byPair, grantedBy, grantKey, pairKey, type Actual, type BeforeGrant, type Held, type LedgerEntry } from '../release/ledger.ts';
import { rolesIn, rulesOf } from '../plan/incompatible-rules.ts';
import { atOnce, eachOf, sortedBy, type Sliced } from '../slices.ts';
import { lostOptionLines, optionsLost } from './lost-options.ts';
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

/** The other way: whose account it is, where the plan says so. Of two people with one account, the first, whose it is in previews too. */
export function personsIn(plan: Plan, system: string): (account: string) => string | undefined {
  const accountOf = accountsIn(plan, system);
  const owners = new Map(plan.people.toReversed().map(({ id }) => [accountOf(id), id]));
  return (account) => owners.get(account);
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
export const buildPreview = (plan: Plan, packageId: string, system: string, now: Actual, pilot?: string[], releaseChange?: ReleaseChange): PreviewContent =>
  atOnce(buildingPreview(concerned(plan, packageId, system, pilot, releaseChange), plan, system, now, pilot, releaseChange)).content;

/**
 * As buildPreview, of what is `concerned`. `own`: what of the system's grants is in the preview as people's own, for whatever asks about those: everyone else's are
 * many where an entitlement is a group of a whole company.
 */
export function* buildingPreview(
  { rolePackage, entitlements, legacy, people: asked, roles, conflicts, unwanted: left, incompatible }: Concerned,
  plan: Plan,
  system: string,
  now: Actual,
  pilot?: string[],
  releaseChange?: ReleaseChange,
): Sliced<{ content: PreviewContent; own: Held[] }> {
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
  const leaving = left.filter(({ role, account }) => !(old.has(role) && personOf.has(account)));
  const made = new Set(leaving.flatMap((entry) => entry.made.map(grantKey)));
  const stillMade: Held[] = [];
  if (made.size > 0) yield* eachOf(now.grants, (grant) => void (made.has(grantKey(grant)) && stillMade.push(grant)));
  const drop = grantsToDrop(leaving, { ...now, grants: stillMade }).filter((grant) => !isWanted(grant));
  const dropped = new Set(drop.map(grantKey));
  const droppedPairs = new Set(drop.map(pairKey));
  const inRules = new Map(incompatible.map((role) => [role, new Set<string>()]));
  const found: BeforeGrant[] = [];
  const own: Held[] = [];
  const others = new Map<string, PreviewContent['others'][number]>();
  const accounts = new Set(asked.map(({ account }) => account));
  yield* eachOf(now.grants, (grant) => {
    const { role, account } = grant;
    const person = personOf.get(account);
    const isDropped = dropped.size > 0 && dropped.has(grantKey(grant));
    if (isDropped || accounts.has(account)) own.push(grant);
    if (person !== undefined) {
      if (granted.has(role) || old.has(role)) found.push({ ...grant, person });
      inRules.get(role)?.add(person);
    }
    const seenBeside = (person === undefined && granted.has(role)) || (droppedPairs.size > 0 && droppedPairs.has(pairKey(grant)));
    if (seenBeside && !isDropped) others.set(pairKey(grant), { role, account, ...(grant.accountId === undefined ? {} : { accountId: grant.accountId }) });
  });
  const before = yield* sortedBy(found, byRolePersonGrantor);
  const lostOptions = yield* optionsLost(before, old, drop, now.grantOptions);
  const digests = new Map(now.roles.map((role) => [role.role, role]));
  // What is only read for such a rule grants nothing, and needs nobody's account.
  const changesSomething = roles.length > 0;
  const content: PreviewContent = {
    plan: plan.plan,
    package: rolePackage.id,
    system,
    entitlements,
    legacy,
    people,
    before,
    others: yield* sortedBy([...others.values()], pairKey),
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
      ...(yield* rejectedHeld(legacy, before)),
      ...(yield* unusualForms(before, granted, now.grantOptions)),
      ...lostOptionLines(lostOptions, legacy),
    ],
    ...(incompatible.length > 0
      ? {
          incompatible: incompatible.map((role) => ({
            role,
            exists: digests.get(role)?.exists ?? false,
            holders: [...(inRules.get(role) ?? [])].sort(),
          })),
        }
      : {}),
    ...(lostOptions.length > 0 ? { lostOptions } : {}),
    ...(drop.length > 0 ? { drop } : {}),
    ...(releaseChange?.pilot ? { pilot: releaseChange.pilot.toSorted() } : {}),
    ...(rolePackage.cohortQuery && releaseChange?.change !== 'retire'
      ? { cohort: { people: rolePackage.cohort.toSorted(), joiners: pilot ? 'notInPilot' : rolePackage.cohortQuery.open ? 'granted' : 'unsigned' } }
      : {}),
    ...(rolePackage.contentIgnores ? { contentIgnores: rolePackage.contentIgnores.toSorted() } : {}),
  };
  return { content, own };
}

/** Held in a form that was not reviewed: the release leaves it as it is. */
function* unusualForms(before: readonly BeforeGrant[], granted: ReadonlySet<string>, options: Actual['grantOptions']): Sliced<string[]> {
  const ofPairs = new Map<string, BeforeGrant[]>();
  yield* eachOf(before, (grant) => {
    if (!granted.has(grant.role)) return;
    const key = pairKey(grant);
    const same = ofPairs.get(key);
    if (same) same.push(grant);
    else ofPairs.set(key, [grant]);
  });
  const lines: string[] = [];
  yield* eachOf([...ofPairs.values()], (grants) => {
    const form = unusualForm(grants, options);
    const [first] = grants;
    if (form !== undefined && first)
      lines.push(`'${first.account}' already has '${first.role}', but ${form}, ${grantedBy(grants)}: fix it, or it counts as drift`);
  });
  return lines;
}

const unconfirmed = ({ wave, role, account }: LedgerEntry) =>
  `whether '${wave}' granted '${role}' to '${account}' could not be confirmed: it is not revoked; reconcile that release first, or correct it manually`;

const missingRole = (role: string, system: string, granted: boolean) =>
  granted
    ? `role '${role}' does not exist in '${system}': create it or fix the plan, it cannot be granted`
    : `legacy role '${role}' does not exist in '${system}': there is nothing to retire`;

/** A rule that names a role by a wrong name would let everybody hold both. */
const missingInRule = (role: string, system: string) =>
  `role '${role}' does not exist in '${system}', so that the rule under incompatible that names it says nothing: fix the plan`;

function* rejectedHeld(legacy: readonly LegacyEntitlement[], before: readonly BeforeGrant[]): Sliced<string[]> {
  const rejected = new Map(legacy.flatMap(({ role, design }) => (design === 'rejected' ? [[role, new Set<string>()]] : [])));
  if (rejected.size > 0) yield* eachOf(before, ({ role, account }) => void rejected.get(role)?.add(account));
  return [...rejected].flatMap(([role, { size }]) =>
    size === 0 ? [] : [`'${role}' was rejected and is still held by ${size === 1 ? '1 person' : `${size} people`}: it is retired, and no rollback restores it`],
  );
}

/** Counts for workflows and for people: one (role, account) counts once, however many granted it. */
export function partOf(content: PreviewContent, digest: string): PreviewPart {
  const existing = new Set(content.roles.filter(({ exists }) => exists).map(({ role }) => role));
  const held = byPair(content.before);
  let [toGrant, alreadyThere] = [0, 0];
  for (const { role } of content.entitlements)
    for (const { account } of content.people)
      if (held({ role, account }).length > 0) alreadyThere += 1;
      else if (existing.has(role)) toGrant += 1;
  const old = new Set(content.legacy.map(({ role }) => role));
  return {
    system: content.system,
    digest,
    people: content.people.length,
    toGrant,
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

const byRolePersonGrantor = ({ role, person, grantor = '', options }: BeforeGrant) => [role, person, grantor, canonicalText(options)].join('\0');
/** Options in a fixed order, independent of the system's. */
const canonicalText = (options: Record<string, boolean>) =>
  Object.keys(options)
    .sort()
    .map((name) => `${name}=${options[name]}`)
    .join();
