/**
 * What a later release of a package no longer wants of the earlier ones: the entitlements and people that its definition dropped, or everything when
 * the package is retired. Only grants that those releases made, exactly as they made them (R1).
 */
import { grantKey, heldBefore, pairKey, stillHeld, type Actual, type BeforeGrant, type LedgerEntry } from './ledger.ts';

/** What a release that changes an earlier one depends on; absent for a first release. */
export interface ReleaseChange {
  change: 'revise' | 'retire';
  /** Ledger entries of the standing releases before it in this system. */
  earlier: LedgerEntry[];
  /** People to whom the change was narrowed; absent: everyone. */
  pilot?: string[];
}

type Pair = { role: string; account: string };

/** What the definition grants to the whole cohort, whether or not each account exists at the moment. */
export function wantedBy(change: ReleaseChange['change'], roles: string[], accounts: string[]): (pair: Pair) => boolean {
  if (change === 'retire') return () => false;
  const [granted, members] = [new Set(roles), new Set(accounts)];
  return ({ role, account }) => granted.has(role) && members.has(account);
}

/** Entries of the earlier releases that the later one covers and does not want, whatever their outcome. */
export function unwanted({ earlier, pilot }: ReleaseChange, isWanted: (pair: Pair) => boolean): LedgerEntry[] {
  const people = pilot && new Set(pilot);
  return earlier.filter((entry) => entry.kind === 'grant' && (!people || people.has(entry.person)) && !isWanted(entry));
}

/** Of these entries: the grants that were made and are still held, exactly these; sorted. */
export function grantsToDrop(entries: LedgerEntry[], now: Actual): BeforeGrant[] {
  const asMade = stillHeld(now);
  const found = new Map(
    entries.flatMap((entry) => heldBefore(asMade(entry.made), entry.person).map((grant): [string, BeforeGrant] => [grantKey(grant), grant])),
  );
  return [...found.values()].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = (grant: BeforeGrant) => `${pairKey(grant)}\0${grantKey(grant)}`;

/**
 * What the earlier releases need again once this one is rolled back (for these people): all that they granted and no release in between revoked. `earlier`: their
 * ledgers in one system, oldest first; answers as many lists.
 */
export function neededAgain(earlier: LedgerEntry[][], people?: ReadonlySet<string>): LedgerEntry[][] {
  const revokedBetween = new Set<string>();
  return earlier
    .toReversed()
    .map((entries) => {
      const needed = entries.filter((entry) => isNeeded(entry) && !revokedBetween.has(pairKey(entry)) && (!people || people.has(entry.person)));
      for (const entry of entries) if (isRevoked(entry)) revokedBetween.add(pairKey(entry));
      return needed;
    })
    .toReversed();
}

const isNeeded = ({ kind, outcome, withdrawn }: LedgerEntry) =>
  kind === 'grant' && !withdrawn && outcome !== 'revoked' && outcome !== 'kept' && outcome !== 'gone';

/** Without what a rollback for some people restored to them. */
const isRevoked = ({ kind, outcome }: LedgerEntry) => kind === 'retire' && outcome !== 'restored' && outcome !== 'notRestored';

/** Without the people for whom this release was rolled back: they keep what the earlier releases granted them. */
export function exceptRestored({ earlier, ...change }: ReleaseChange, ledger: LedgerEntry[]): ReleaseChange {
  const back = new Set(ledger.filter(({ outcome }) => outcome === 'restored' || outcome === 'notRestored').map(({ person }) => person));
  return { ...change, earlier: earlier.filter(({ person }) => !back.has(person)) };
}
