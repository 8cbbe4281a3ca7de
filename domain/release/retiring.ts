/** Retiring legacy access, and revoking what earlier releases granted and this one drops: exactly what was signed (R1), and nothing that another package claims. */
import { keptFor } from './claims.ts';
import { byPair, grantKey, heldBefore, keyOf, pairKey, type Actual, type BeforeGrant, type Held, type Intent, type LedgerEntry } from './ledger.ts';
import { grantsToDrop, type ReleaseChange } from './release-change.ts';
import type { ReleaseKey } from './releases.ts';
import type { PreviewContent } from './signed-preview.ts';

/** The legacy grants of the signed preview, and those of its dropped grants that the ledgers of earlier releases show as theirs. */
export function signedRetirements({ before, legacy, drop = [] }: PreviewContent, releaseChange: ReleaseChange | undefined): BeforeGrant[] {
  const old = new Set(legacy.map(({ role }) => role));
  const made = new Set(releaseChange?.earlier.filter(({ outcome }) => outcome === 'created').map(pairKey));
  return [...before.filter(({ role }) => old.has(role)), ...drop.filter((grant) => made.has(pairKey(grant)))];
}

/** One intent per (role, account) of the signed grants. It keeps those that are held now, so that a rollback can restore exactly these. */
export function retirementIntents(release: ReleaseKey, system: string, signed: BeforeGrant[], now: Actual): Intent[] {
  const held = byPair(now.grants);
  return [...Map.groupBy(signed, pairKey).values()].flatMap((grants): Intent[] => {
    const [first] = grants;
    if (!first) return [];
    const still = held(first).filter((grant) => grants.some(({ grantor }) => grantor === grant.grantor));
    return [retirement(release, system, first, still)];
  });
}

function retirement(
  release: ReleaseKey,
  system: string,
  { role, account, person }: Pick<BeforeGrant, 'role' | 'account' | 'person'>,
  held: Held[],
  why?: string,
): Intent {
  return { ...keyOf(release), system, kind: 'retire', role, account, person, before: heldBefore(held, person), ...(why === undefined ? {} : { why }) };
}

/** Retirements with work left. */
export const unfinished = (entries: LedgerEntry[]): LedgerEntry[] => entries.filter(({ outcome }) => outcome === 'intended' || outcome === 'failed');

/** What to do about one retirement: keep it for others, or revoke these grants; `settled`: the entry when there is nothing to do. */
export type Retirement = { do: 'settle'; settled: LedgerEntry } | { do: 'revoke'; grants: Held[] };

/** `grants`: the grants to revoke; `neededBy`: other packages that claim it. */
export function retire(entry: LedgerEntry, grants: Held[], neededBy: string[]): Retirement {
  if (neededBy.length > 0) return { do: 'settle', settled: { ...entry, outcome: 'kept', why: keptFor(neededBy) } };
  const { why: _, ...rest } = entry;
  // Signed, but held neither at the intent nor now: someone else revoked it.
  if (grants.length === 0 && entry.outcome === 'intended' && entry.before.length === 0) return { do: 'settle', settled: { ...rest, outcome: 'gone' } };
  return { do: 'revoke', grants };
}

/** The entry after its grants were revoked; `failed` where the system refused any. */
export function afterRetiring({ why: _why, ...entry }: LedgerEntry, refusals: string[]): LedgerEntry {
  return refusals.length > 0 ? { ...entry, outcome: 'failed', why: refusals.join('; ') } : { ...entry, outcome: 'revoked' };
}

/** Signed retirements that are held again, by pair. Of dropped access exactly the signed grants: what others granted since is theirs. */
export function heldAgain({ drop = [] }: PreviewContent, now: Actual): (pair: { role: string; account: string }) => Held[] {
  const pairs = new Set(drop.map(pairKey));
  const grants = new Set(drop.map(grantKey));
  return byPair(now.grants.filter((grant) => !pairs.has(pairKey(grant)) || grants.has(grantKey(grant))));
}

/** Signed retirements without an entry, as intents that carry the mark. */
export function retirementsWithoutEntry(
  release: ReleaseKey,
  content: PreviewContent,
  signed: BeforeGrant[],
  ledger: LedgerEntry[],
  now: Actual,
  mark: string,
): Intent[] {
  const held = heldAgain(content, now);
  const known = new Set(ledger.filter(({ kind }) => kind === 'retire').map(pairKey));
  const missing = new Map(signed.filter((grant) => !known.has(pairKey(grant))).map((grant) => [pairKey(grant), grant]));
  return [...missing.values()].map((grant): Intent => retirement(release, content.system, grant, held(grant), mark));
}

/** Legacy access to retire again, as entries that carry the mark. Not what was kept for another package or restored by a rollback. */
export function returnedRetirements(content: PreviewContent, signed: BeforeGrant[], ledger: LedgerEntry[], now: Actual, mark: string): LedgerEntry[] {
  const held = heldAgain(content, now);
  const pairs = new Set(signed.map(pairKey));
  return ledger
    .filter(({ kind, outcome }) => kind === 'retire' && outcome !== 'kept' && outcome !== 'restored' && outcome !== 'notRestored')
    .filter((entry) => pairs.has(pairKey(entry)) && (held(entry).length > 0 || entry.why === mark))
    .map((entry) => ({ ...entry, why: mark }));
}

/**
 * What a tune revokes of earlier releases: for this release these grants were there before, for the package they are its own. As retirements that carry the
 * mark, so that a rollback of this release grants them again. `pairs`: what the tune concerns.
 */
export function earlierGrantsToRevoke(
  release: ReleaseKey,
  system: string,
  { earlier }: ReleaseChange,
  ledger: LedgerEntry[],
  pairs: ReadonlySet<string>,
  now: Actual,
  mark: string,
): Intent[] {
  const ours = ownedByEarlier(earlier, pairs, now);
  const begun = new Set(ledger.filter(({ kind, why }) => kind === 'retire' && why === mark).map(pairKey));
  return ledger
    .filter(({ kind, outcome }) => kind === 'grant' && outcome === 'preexisting')
    .filter((entry) => pairs.has(pairKey(entry)) && (ours(entry).length > 0 || begun.has(pairKey(entry))))
    .map((entry) => ({ ...retirement(release, system, entry, [], mark), before: ours(entry) }));
}

/** Grants of earlier releases that are still held as they were made, by pair. */
export const ownedByEarlier = (earlier: LedgerEntry[], pairs: ReadonlySet<string>, now: Actual): ((pair: { role: string; account: string }) => BeforeGrant[]) =>
  byPair(
    grantsToDrop(
      earlier.filter((entry) => pairs.has(pairKey(entry))),
      now,
    ),
  );

/** Grants of this release that were revoked as retirements of earlier ones, as they are afterwards. */
export function asRevoked(ledger: LedgerEntry[], retirements: LedgerEntry[], mark: string): LedgerEntry[] {
  const revoked = new Set(retirements.filter(({ outcome }) => outcome === 'revoked').map(pairKey));
  return ledger
    .filter((entry) => entry.kind === 'grant' && entry.outcome === 'preexisting' && revoked.has(pairKey(entry)))
    .map((entry) => ({ ...entry, outcome: 'revoked', why: mark }));
}

/** How many of these grants are still held although they were to be revoked: they are not this release's, or another package needs them. */
export function stillGranted(ledger: LedgerEntry[], now: Actual, which: (entry: LedgerEntry) => boolean): number {
  const held = byPair(now.grants);
  return ledger.filter((entry) => entry.kind === 'grant' && which(entry) && held(entry).length > 0).length;
}

export function retirementCounts(ledger: LedgerEntry[]): { retired: number; kept: number; failed: number } {
  const number = (outcome: LedgerEntry['outcome']) => ledger.filter((entry) => entry.kind === 'retire' && entry.outcome === outcome).length;
  return { retired: number('revoked'), kept: number('kept'), failed: number('failed') };
}
