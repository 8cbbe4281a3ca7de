/** Granting what was signed: the wanted grants, their outcomes, and what reading back finds. Decisions depend only on the signed preview, the ledger and the system. */
import { byPair, detailsOf, heldBefore, isOurs, keyOf, pairKey, type Actual, type Held, type Intent, type LedgerEntry } from './ledger.ts';
import type { ReleaseKey } from './releases.ts';
import type { PreviewContent } from './signed-preview.ts';

export interface GrantCounts {
  created: number;
  preexisting: number;
  failed: number;
  unknown: number;
}

export interface WantedGrant {
  role: string;
  account: string;
  person: string;
}

/** Every entitlement for every frozen person whose account still exists. */
export function wantedGrants({ entitlements, people }: PreviewContent, now: Actual): WantedGrant[] {
  const gone = new Set(now.unknownAccounts);
  const there = people.filter(({ account }) => !gone.has(account));
  return entitlements.flatMap(({ role }) => there.map(({ person, account }) => ({ role, account, person })));
}

/** Ledger entries that are written before the first grant. `why`: the mark of a tune. */
export function grantIntents(release: ReleaseKey, system: string, wanted: WantedGrant[], now: Actual, why?: string): Intent[] {
  const held = byPair(now.grants);
  return wanted.map(({ role, account, person }) => ({
    ...keyOf(release),
    system,
    kind: 'grant',
    role,
    account,
    person,
    before: heldBefore(held({ role, account }), person),
    ...(why === undefined ? {} : { why }),
  }));
}

/** The system's answer to a grant. */
export type Granted = { outcome: 'created' | 'preexisting'; grant: Held } | { outcome: 'failed'; why: string };

/**
 * The entry after the system's answer. This release made a grant that is already there if the grant is ours and nothing was held at its intent: an earlier
 * run made it and died before recording it.
 */
export function afterGrant(entry: LedgerEntry, granted: Granted, identity: string): LedgerEntry {
  if (granted.outcome === 'failed') return { ...entry, outcome: 'failed', why: granted.why };
  const madeByUs = granted.outcome === 'created' || (entry.before.length === 0 && isOurs(granted.grant, identity));
  return { ...entry, outcome: madeByUs ? 'created' : 'preexisting', grant: detailsOf(granted.grant) };
}

/** Entries where the system and the ledger differ, as they are afterwards. */
export function readBack(ledger: LedgerEntry[], now: Actual, identity: string): LedgerEntry[] {
  const held = byPair(now.grants);
  const gone = new Set(now.unknownAccounts);
  return ledger.flatMap((entry) => readBackOne(entry, held(entry), gone.has(entry.account), identity));
}

function readBackOne(entry: LedgerEntry, held: Held[], isGone: boolean, identity: string): LedgerEntry[] {
  if (entry.kind !== 'grant' || !['created', 'preexisting', 'unknown', 'intended'].includes(entry.outcome)) return [];
  if (entry.outcome === 'preexisting') return held.length > 0 ? [] : [{ ...entry, outcome: 'unknown', why: 'was there before, and is no longer there' }];
  const ours = oursSince(entry, held, identity);
  if (ours) return entry.outcome === 'created' ? [] : [asCreated(entry, ours)];
  if (isGone && held.length === 0) return [{ ...entry, outcome: 'gone', why: 'the account is gone' }];
  return entry.outcome === 'unknown' ? [] : [{ ...entry, outcome: 'unknown', why: 'could not be confirmed when it was read back' }];
}

/** Unconfirmed grants that are held now: ours, or another's, granted since or before. The entries as they are afterwards. */
export function foundAfterAll(ledger: LedgerEntry[], now: Actual, identity: string): LedgerEntry[] {
  const held = byPair(now.grants);
  return ledger.flatMap((entry): LedgerEntry[] => {
    const grants = held(entry);
    if (entry.kind !== 'grant' || entry.outcome !== 'unknown' || grants.length === 0) return [];
    const ours = oursSince(entry, grants, identity);
    if (ours) return [asCreated(entry, ours)];
    const { why: _, ...rest } = entry;
    return [{ ...rest, outcome: 'preexisting', before: heldBefore(grants, entry.person) }];
  });
}

/** Ours, and not held at the intent. */
const oursSince = ({ before }: LedgerEntry, held: Held[], identity: string): Held | undefined =>
  before.some((grant) => isOurs(grant, identity)) ? undefined : held.find((grant) => isOurs(grant, identity));

function asCreated({ why: _why, ...entry }: LedgerEntry, ours: Held): LedgerEntry {
  return { ...entry, outcome: 'created', grant: detailsOf(ours) };
}

/** Wanted grants without an entry of this release: someone was left out, or a run died before it wrote them. */
export function withoutEntry(wanted: WantedGrant[], ledger: LedgerEntry[]): WantedGrant[] {
  const known = new Set(ledger.filter(({ kind }) => kind === 'grant').map(pairKey));
  return wanted.filter((pair) => !known.has(pairKey(pair)));
}

/**
 * Wanted grants to grant again, as intents that carry the mark. An entry stays as it is until its grant is found missing; then it becomes an intent
 * with nothing held before. What a tune revoked stays revoked.
 */
export function missingGrants(wanted: WantedGrant[], ledger: LedgerEntry[], now: Actual, mark: string): LedgerEntry[] {
  const held = byPair(now.grants);
  const pairs = new Set(wanted.map(pairKey));
  return ledger.flatMap((entry): LedgerEntry[] => {
    if (entry.kind !== 'grant' || !pairs.has(pairKey(entry))) return [];
    if (entry.outcome === 'intended') return [{ ...entry, why: mark }];
    const isMissing = ['created', 'preexisting', 'failed', 'unknown'].includes(entry.outcome) && held(entry).length === 0;
    return isMissing ? [{ ...entry, outcome: 'intended', before: [], why: mark }] : [];
  });
}

export function grantCounts(ledger: LedgerEntry[]): GrantCounts {
  const number = (outcome: LedgerEntry['outcome']) => ledger.filter((entry) => entry.kind === 'grant' && entry.outcome === outcome).length;
  return { created: number('created'), preexisting: number('preexisting'), failed: number('failed'), unknown: number('unknown') + number('intended') };
}
