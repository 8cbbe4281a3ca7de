/** Granting what was signed: what is wanted, what became of it, and what reading back says. Every decision is taken from signed preview, ledger and system. */
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

/** Every frozen person and every entitlement; not those whose accounts are gone meanwhile. */
export function wantedGrants({ entitlements, people }: PreviewContent, now: Actual): WantedGrant[] {
  const gone = new Set(now.unknownAccounts);
  const there = people.filter(({ account }) => !gone.has(account));
  return entitlements.flatMap(({ role }) => there.map(({ person, account }) => ({ role, account, person })));
}

/** What stands in the ledger before the first grant. `why`: the mark of a tune. */
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

/** How a system answers a grant. */
export type Granted = { outcome: 'created' | 'preexisting'; grant: Held } | { outcome: 'failed'; why: string };

/**
 * The entry after the system's answer. A grant that is there already was made by this release when it is ours and nothing was held at its intent: a run that
 * died before it could write so made it.
 */
export function afterGrant(entry: LedgerEntry, granted: Granted, identity: string): LedgerEntry {
  if (granted.outcome === 'failed') return { ...entry, outcome: 'failed', why: granted.why };
  const madeByUs = granted.outcome === 'created' || (entry.before.length === 0 && isOurs(granted.grant, identity));
  return { ...entry, outcome: madeByUs ? 'created' : 'preexisting', grant: detailsOf(granted.grant) };
}

/** Entries about which the system says something else than the ledger, as they stand afterwards. */
export function readBack(ledger: LedgerEntry[], now: Actual, identity: string): LedgerEntry[] {
  const held = byPair(now.grants);
  const gone = new Set(now.unknownAccounts);
  return ledger.flatMap((entry) => readBackOne(entry, held(entry), gone.has(entry.account), identity));
}

function readBackOne(entry: LedgerEntry, held: Held[], isGone: boolean, identity: string): LedgerEntry[] {
  if (entry.kind !== 'grant' || !['created', 'preexisting', 'unknown', 'intended'].includes(entry.outcome)) return [];
  if (entry.outcome === 'preexisting') return held.length > 0 ? [] : [{ ...entry, outcome: 'unknown', why: 'was there before, and is not there any more' }];
  const ours = oursSince(entry, held, identity);
  if (ours) return entry.outcome === 'created' ? [] : [asCreated(entry, ours)];
  if (isGone && held.length === 0) return [{ ...entry, outcome: 'gone', why: 'the account is gone' }];
  return entry.outcome === 'unknown' ? [] : [{ ...entry, outcome: 'unknown', why: 'could not be confirmed when it was read back' }];
}

/** Grants that could not be confirmed and are there now: ours, or somebody else's, who granted it since or before. As they stand afterwards. */
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

/** Ours, and not there at the intent. */
const oursSince = ({ before }: LedgerEntry, held: Held[], identity: string): Held | undefined =>
  before.some((grant) => isOurs(grant, identity)) ? undefined : held.find((grant) => isOurs(grant, identity));

function asCreated({ why: _why, ...entry }: LedgerEntry, ours: Held): LedgerEntry {
  return { ...entry, outcome: 'created', grant: detailsOf(ours) };
}

/** Wanted grants that this release has no entry for: somebody was left out, or a run died before it wrote them. */
export function withoutEntry(wanted: WantedGrant[], ledger: LedgerEntry[]): WantedGrant[] {
  const known = new Set(ledger.filter(({ kind }) => kind === 'grant').map(pairKey));
  return wanted.filter((pair) => !known.has(pairKey(pair)));
}

/**
 * Of what is wanted: what is to be granted again, as intents that carry the mark. An entry stands until its grant is found missing; then it is an intent
 * again, with nothing held before. What a tune revoked stays revoked.
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
