/**
 * The ledger: what one release intended to do to one grant, the outcome, and what was there before.
 *
 * This folder must not import domain/access, which builds on it: previews, rechecks and drift are derived from what releases did.
 */
import type { ReleaseKey } from './releases.ts';

/**
 * `intended`: written before the effect; resolved by reading back when the process died in between. `revoked` of a retirement means that the legacy access
 * was revoked; `restored` and `notRestored` are its outcomes after a rollback.
 */
export const ledgerOutcomes = ['intended', 'created', 'preexisting', 'failed', 'unknown', 'revoked', 'kept', 'gone', 'restored', 'notRestored'] as const;
export type LedgerOutcome = (typeof ledgerOutcomes)[number];

export const ledgerKinds = ['grant', 'retire'] as const;

/** One grant as a system held it before a release, and the person who held it. */
export interface BeforeGrant {
  role: string;
  account: string;
  person: string;
  grantor?: string;
  options: Record<string, boolean>;
}

/** One grant (kind `grant`) or one retirement of legacy access (kind `retire`) of one release. */
export interface LedgerEntry extends ReleaseKey {
  system: string;
  kind: (typeof ledgerKinds)[number];
  role: string;
  account: string;
  person: string;
  outcome: LedgerOutcome;
  /** As the connector saw it after the grant or before the retirement: grantor and options, so that exactly this can be undone. */
  grant?: GrantDetails;
  /** All holdings of (role, account) before the effect. */
  before: BeforeGrant[];
  why?: string;
  updatedAtMs: number;
}
export type GrantDetails = Pick<Held, 'grantor' | 'options'>;

/** The entry that is written before an effect. */
export type Intent = Omit<LedgerEntry, 'outcome' | 'updatedAtMs'>;

/** What a system holds now, as decisions need it; a connector's snapshot has this shape. */
export interface Actual {
  roles: { role: string; exists: boolean; digest: string }[];
  grants: { role: string; account: string; grantor?: string; options: Record<string, boolean> }[];
  unknownAccounts: string[];
}
export type Held = Actual['grants'][number];

/** Key of one (role, account). Neither may contain a NUL, so no two pairs share a key. */
export const pairKey = ({ role, account }: { role: string; account: string }): string => `${role}\0${account}`;

/** Key of one grant among several of the same (role, account). */
export const grantKey = (grant: { role: string; account: string; grantor?: string }): string => `${pairKey(grant)}\0${grant.grantor ?? ''}`;

/** Grantor and options of a grant, as entries keep them. */
export const detailsOf = ({ grantor, options }: Held): GrantDetails => ({ ...(grantor === undefined ? {} : { grantor }), options });

/** What a person holds before an effect, as entries keep it. */
export const heldBefore = (held: Held[], person: string): BeforeGrant[] => held.map((grant) => ({ ...grant, person }));

/** Finds what is held by pair in constant time. */
export function byPair<T extends { role: string; account: string }>(items: T[]): (pair: { role: string; account: string }) => T[] {
  const index = Map.groupBy(items, pairKey);
  return (pair) => index.get(pairKey(pair)) ?? [];
}

/** Where the system does not report the grantor, our grants cannot be distinguished from others' and count as ours. */
export const isOurs = (grant: { grantor?: string }, identity: string): boolean => grant.grantor === undefined || grant.grantor === identity;

export const grantedBy = (grantors: { grantor?: string }[]): string =>
  `granted by ${[...new Set(grantors.map(({ grantor }) => grantor ?? 'someone'))].sort().join(' and ')}`;

export const keyOf = ({ plan, wave, package: id }: ReleaseKey): ReleaseKey => ({ plan, wave, package: id });
