/** Compares what was signed with what a release would do now (R3). Shrinkage is recorded; anything wider voids the sign-offs of this package. */
import { contentChanges, contentText, type ContentChange } from './role-content.ts';
import { grantKey, pairKey } from '../release/ledger.ts';
import type { BeforeGrant } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import type { Stop } from '../views/stop.ts';

export interface RecheckResult {
  /** People who left or already have the access: recorded, and no obstacle. */
  shrunk: number;
  /** Beyond what was signed; `lines` names at most twenty, without personal data beyond account ids. */
  wider: number;
  lines: string[];
  /** Rules of the plan that stop the release, whatever was signed and tolerated; absent: none. */
  stops?: Stop[];
}

/** `readMs`: when the system was read, by the clock of the worker (real time). Absent: of a worker before 0.4.0. */
export type RecheckRead = RecheckResult & { readMs?: number };

/** Real time. A package that waited for the others of its wave for longer is compared again. */
export const recheckedForMs = 300_000;

/**
 * Whether a package was read too long before the others that it goes live with. All that is compared is in the history of the wave, and none of it is the time of
 * one of its tasks (decision 270). `knownMs`: the latest instant that the wave knows of.
 */
export function isTooOld(reads: readonly RecheckRead[], knownMs: number): boolean {
  const first = Math.min(...reads.map(({ readMs }) => readMs ?? Infinity));
  return Number.isFinite(first) && knownMs - first >= recheckedForMs;
}

const linesShown = 20;

/** `changes`: how the contents of the signed roles differ now. */
export function compare(signed: PreviewContent, now: PreviewContent, changes = contentChanges(signed, now.roles)): RecheckResult {
  const wider = [
    ...widerPeople(signed, now),
    ...widerRoles(signed, now, changes),
    ...widerGrants(signed, now),
    ...widerDrop(signed, now),
    ...joiners(signed, now),
  ];
  const shrunk = [
    ...leavers(signed, now),
    ...hasItAlready(signed, now),
    ...retiredAlready(signed, now),
    ...droppedAlready(signed, now),
    ...staysNow(signed, now),
  ];
  const lines = [...wider.map((line) => `wider: ${line}`), ...shrunk];
  const rest = lines.length - linesShown + 1;
  return { shrunk: shrunk.length, wider: wider.length, lines: lines.length <= linesShown ? lines : [...lines.slice(0, linesShown - 1), `and ${rest} more`] };
}

function widerPeople(signed: PreviewContent, now: PreviewContent): string[] {
  const accounts = new Map(signed.people.map((one) => [one.person, one]));
  return now.people.flatMap(({ person, account, accountId }) => {
    const before = accounts.get(person);
    if (before === undefined) return [`account '${account}' is not one of the people who were signed for`];
    if (before.account !== account) return [`account '${before.account}' is now account '${account}'`];
    return before.accountId === accountId ? [] : [`account '${account}' was dropped and created again since it was signed`];
  });
}

/** Granted roles that are new, whose content changed, or that appeared or disappeared in the system. */
function widerRoles(signed: PreviewContent, now: PreviewContent, changes: ContentChange[]): string[] {
  const granted = new Set(now.entitlements.map(({ role }) => role));
  const wasGranted = new Set(signed.entitlements.map(({ role }) => role));
  const wasOld = new Set(signed.legacy.map(({ role }) => role));
  const roles = new Map(signed.roles.map((role) => [role.role, role]));
  const added = [...granted].filter((role) => !wasGranted.has(role)).map((role) => `role '${role}' was not signed for`);
  const alsoRetired = now.legacy.filter(({ role }) => !wasOld.has(role)).map(({ role }) => `retiring role '${role}' was not signed for`);
  const contents = new Map(changes.map((change) => [change.role, change]));
  const changed = now.roles.flatMap(({ role, exists }) => {
    const before = roles.get(role);
    if (!before || !granted.has(role) || !wasGranted.has(role)) return [];
    if (before.exists !== exists) return [exists ? `role '${role}' exists now` : `role '${role}' no longer exists`];
    const change = contents.get(role);
    return change ? [changedText(change)] : [];
  });
  return [...added, ...alsoRetired, ...changed];
}

const changedText = (change: ContentChange): string =>
  (change.recreated ?? (change.gained && change.lost))
    ? `role ${contentText(change)}`
    : `role '${change.role}' changed: what it may do differs from what was signed`;

/** Retirements and grants that the signed preview did not show. */
function widerGrants(signed: PreviewContent, now: PreviewContent): string[] {
  const old = new Set(now.legacy.map(({ role }) => role));
  const retiredAsSigned = new Set(signed.before.map(grantKey));
  const toRetire = now.before
    .filter((grant) => old.has(grant.role) && !retiredAsSigned.has(grantKey(grant)))
    .map(
      ({ role, account, grantor }) =>
        `'${account}' has legacy role '${role}'${grantor === undefined ? '' : `, granted by ${grantor}`}, which the signed preview does not show`,
    );
  const heldNow = new Set(now.before.map(pairKey));
  const stillThere = new Set(now.people.map(({ account }) => account));
  const toGrant = heldEntitlements(signed)
    .filter((pair) => stillThere.has(pair.account) && !heldNow.has(pairKey(pair)))
    .map(({ role, account }) => `'${account}' had role '${role}' and has lost it: it would now be granted`);
  return [...toRetire, ...toGrant];
}

/** Access of earlier releases that would be revoked beyond what the signers saw. */
function widerDrop(signed: PreviewContent, now: PreviewContent): string[] {
  const old = new Set(signed.legacy.map(({ role }) => role));
  const seen = [...(signed.drop ?? []), ...signed.before.filter(({ role }) => old.has(role))];
  return beyond(now.drop, seen).map(({ role, account }) => `role '${role}' of '${account}', granted by an earlier release, would be revoked`);
}

function droppedAlready(signed: PreviewContent, now: PreviewContent): string[] {
  return beyond(signed.drop, now.drop).map(({ role, account }) => `'${account}' has already lost role '${role}' of an earlier release`);
}

function beyond(grants: BeforeGrant[] = [], known: BeforeGrant[] = []): BeforeGrant[] {
  const keys = new Set(known.map(grantKey));
  return grants.filter((grant) => !keys.has(grantKey(grant)));
}

function leavers(signed: PreviewContent, now: PreviewContent): string[] {
  const people = new Set(now.people.map(({ person }) => person));
  const inCohort = now.cohort && new Set(now.cohort.people);
  return signed.people
    .filter(({ person }) => !people.has(person))
    .map(({ person, account }) =>
      inCohort?.has(person) === false ? `'${account}' has left the cohort: nothing is granted to it` : `account '${account}' is gone: nothing is granted to it`,
    );
}

/** People whom the cohort's query did not answer when it was signed. An open cohort was signed with the people who join it. */
function joiners(signed: PreviewContent, now: PreviewContent): string[] {
  if (signed.cohort?.joiners !== 'unsigned') return [];
  const known = new Set(signed.cohort.people);
  return (now.cohort?.people ?? []).filter((person) => !known.has(person)).map((person) => `'${person}' has joined the cohort, and was not signed for`);
}

function hasItAlready(signed: PreviewContent, now: PreviewContent): string[] {
  const before = new Set(signed.before.map(pairKey));
  const signedFor = new Set(signed.people.map(({ account }) => account));
  return heldEntitlements(now)
    .filter((pair) => signedFor.has(pair.account) && !before.has(pairKey(pair)))
    .map(({ role, account }) => `'${account}' already has role '${role}'`);
}

function retiredAlready(signed: PreviewContent, now: PreviewContent): string[] {
  const old = new Set(signed.legacy.map(({ role }) => role));
  const held = new Set(now.before.map(grantKey));
  const stillThere = new Set(now.people.map(({ account }) => account));
  return signed.before
    .filter((grant) => old.has(grant.role) && stillThere.has(grant.account) && !held.has(grantKey(grant)))
    .map(({ role, account }) => `'${account}' has already lost legacy role '${role}'`);
}

/** What another package or the site has come to need. Who cannot be switched for that is refused alone. */
function staysNow(signed: PreviewContent, now: PreviewContent): string[] {
  const known = new Set(signed.staying?.map(pairKey));
  return (now.staying ?? []).filter((one) => !known.has(pairKey(one))).map(({ role, account, why }) => `'${account}' keeps role '${role}': ${why}`);
}

/** Each (role, account) once. */
function heldEntitlements(content: PreviewContent): BeforeGrant[] {
  const granted = new Set(content.entitlements.map(({ role }) => role));
  return [...new Map(content.before.filter(({ role }) => granted.has(role)).map((grant) => [pairKey(grant), grant])).values()];
}
