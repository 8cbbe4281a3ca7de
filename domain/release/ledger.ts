/** The ledger: what one release meant to do to one grant, what became of it, and what was there before. */
import type { BeforeGrant } from '../access/preview.ts';

/**
 * `intended`: written before the effect, resolved by reading back when the process died in between. `revoked` of a retirement means that the old
 * access was revoked; `restored` and `notRestored` are how a rollback left it.
 */
export const ledgerOutcomes = ['intended', 'created', 'preexisting', 'failed', 'unknown', 'revoked', 'kept', 'gone', 'restored', 'notRestored'] as const;
export type LedgerOutcome = (typeof ledgerOutcomes)[number];

export const ledgerKinds = ['grant', 'retire'] as const;

/** One grant (kind `grant`) or one retirement of legacy access (kind `retire`) of one release. */
export interface LedgerEntry {
  plan: string;
  wave: string;
  package: string;
  system: string;
  kind: (typeof ledgerKinds)[number];
  role: string;
  account: string;
  person: string;
  outcome: LedgerOutcome;
  /** As the connector saw it after the effect (grant) or before it (retire): grantor and options, so that exactly this can be undone. */
  grant?: { grantor?: string; options: Record<string, boolean> };
  /** All holdings of (role, account) before the effect. */
  before: BeforeGrant[];
  why?: string;
  updatedAtMs: number;
}

/** What a system holds now, as far as decisions need it; a connector's snapshot has this shape. */
export interface Actual {
  roles: { role: string; exists: boolean; digest: string }[];
  grants: { role: string; account: string; grantor?: string; options: Record<string, boolean> }[];
  unknownAccounts: string[];
}
export type Held = Actual['grants'][number];

/** Names one (role, account); neither may hold a NUL, so no two pairs share a key. */
export const pairKey = ({ role, account }: { role: string; account: string }): string => `${role}\0${account}`;

/** Finds what is held by pair in constant time. */
export function byPair<T extends { role: string; account: string }>(items: T[]): (pair: { role: string; account: string }) => T[] {
  const index = Map.groupBy(items, pairKey);
  return (pair) => index.get(pairKey(pair)) ?? [];
}

/** Where the system does not tell the grantor, a grant that this release made cannot be told from another's and counts as ours. */
export const isOurs = (grant: { grantor?: string }, identity: string): boolean => grant.grantor === undefined || grant.grantor === identity;

export const grantedBy = (grantors: { grantor?: string }[]): string =>
  `granted by ${[...new Set(grantors.map(({ grantor }) => grantor ?? 'somebody'))].sort().join(' and ')}`;
