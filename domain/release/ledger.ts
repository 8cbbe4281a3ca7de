/**
 * The ledger: what one release did to one grant, derived from its facts (facts.ts), and grants as systems hold them.
 *
 * This folder must not import domain/access, which builds on it: previews, rechecks and drift are derived from what releases did.
 */
import { keptText } from '../kept-text.ts';
import { shortened } from '../plain-data.ts';
import type { ReleaseKey } from './releases.ts';

/**
 * `pending`: nothing is known yet of what was tried. `revoked` of a retirement means that the legacy access was revoked; `restored` and `notRestored` are its
 * outcomes after a rollback. `withdrawn`: a tune decided that the person no longer gets it, and there was nothing to revoke.
 */
export const ledgerOutcomes = [
  'pending',
  'created',
  'preexisting',
  'failed',
  'unknown',
  'revoked',
  'kept',
  'gone',
  'withdrawn',
  'restored',
  'notRestored',
] as const;
export type LedgerOutcome = (typeof ledgerOutcomes)[number];

export const ledgerKinds = ['grant', 'retire'] as const;

/** One grant as a system holds it; the ids are the system's own, and survive a rename. */
export interface Held {
  role: string;
  account: string;
  grantor?: string;
  options: Record<string, boolean>;
  /** Of this one grant; absent where the system has none. */
  id?: string;
  roleId?: string;
  accountId?: string;
  grantorId?: string;
}

/** One grant as a system held it before a release, and the person who held it. */
export interface BeforeGrant extends Held {
  person: string;
}

/** What a system holds now, as decisions need it; a connector's snapshot has this shape. */
export interface Actual {
  /** Of this kind of system, by name: whether a plain grant has the option, and what people call a grant where that differs. Absent: it knows one form only. */
  grantOptions?: Record<string, { plain: boolean; otherwise: string }>;
  roles: { role: string; exists: boolean; id?: string; digest: string }[];
  grants: Held[];
  accounts: { account: string; id?: string }[];
  unknownAccounts: string[];
  /** Ids of roles whose grants cannot be read from where the system connects to now. */
  outOfReach?: readonly string[];
}

/** One grant (kind `grant`) or one retirement of legacy access (kind `retire`) of one release. */
export interface GrantKey extends ReleaseKey {
  system: string;
  kind: (typeof ledgerKinds)[number];
  role: string;
  account: string;
}

export interface LedgerEntry extends GrantKey {
  person: string;
  /** Identity of the place that holds the grant; plans may call one place by several ids. */
  place: string;
  outcome: LedgerOutcome;
  why?: string;
  /** Grants that this release found when it meant to grant. */
  found: Held[];
  /** Grants that this release made or took over, and neither revoked nor handed on: a rollback revokes exactly these. */
  made: Held[];
  /** Grants that this release revoked and has not restored: a rollback restores exactly these. */
  taken: Held[];
  /** Whether this release ever made a grant here. */
  granted: boolean;
  /** When this release first granted it, or found it held; real time. Absent: it never was. */
  heldSinceMs?: number;
  /** A tune decided that the person no longer gets it. */
  withdrawn: boolean;
  /**
   * This was taken from the person, or may have been, in a switch that has not ended: since when (real time), how long they may hold neither access, and the number of
   * the fact.
   */
  switching?: { sinceMs: number; withinMs: number; fact: number };
  /** A switch that took this has ended. `withoutMs`: how long, at the longest, the person held neither access; `isLate`: longer than the plan allowed. */
  switched?: { to: 'new' | 'old' | 'neither'; withoutMs: number; isLate: boolean };
  /** A tune dropped the entitlement: nobody of this release gets it any more. */
  dropped?: true;
  /** Effects that were about to be committed; the system tells whether they were. */
  pending: PendingEffect[];
  /** The claim of a person for which a rollback kept what this release made: it is still this release's to revoke. */
  claimed?: string;
  /** Under which approval a rollback left this to a person, who has not answered yet. */
  asked?: string;
  /** What was done, in order, and in which step (marks.ts). */
  steps: { by: string; did: 'granted' | 'revoked' | 'restored' }[];
  /** How many facts there are. The next one has the number after it, so that of two writers only one is right. */
  facts: number;
  updatedAtMs: number;
}

export interface PendingEffect {
  transaction: string;
  did: 'granted' | 'revoked' | 'restored';
  by: string;
  grants: Held[];
}

type Pair = { role: string; account: string };

/** Roles of this ledger, which is of one system, that a tune dropped from the release: people who join its cohort later do not get them either. */
export const droppedRoles = (ledger: readonly LedgerEntry[]): ReadonlySet<string> =>
  new Set(ledger.flatMap(({ kind, role, dropped }) => (kind === 'grant' && dropped ? [role] : [])));

/** Key of one (role, account). Neither may contain a NUL, so no two pairs share a key. */
export const pairKey = ({ role, account }: Pair): string => `${role}\0${account}`;

/** Identity of one grant among all of its system: its own id, or role, account and grantor by their ids, or by their names where there are none. */
export const grantKey = (grant: Pair & Pick<Held, 'grantor' | 'id' | 'roleId' | 'accountId' | 'grantorId'>): string =>
  grant.id ?? [grant.roleId ?? grant.role, grant.accountId ?? grant.account, grant.grantorId ?? grant.grantor ?? ''].join('\0');

/** The grants that are not among these. */
export function without<T extends Held>(grants: T[], gone: Held[]): T[] {
  const [first] = gone;
  if (grants.length === 0 || first === undefined) return grants;
  if (gone.length === 1) {
    const key = grantKey(first);
    return grants.filter((grant) => grantKey(grant) !== key);
  }
  const keys = new Set(gone.map(grantKey));
  return grants.filter((grant) => !keys.has(grantKey(grant)));
}

/** Each grant once, as it stands last in the list. */
export const each = (grants: Held[]): Held[] => (grants.length < 2 ? grants : [...new Map(grants.map((grant) => [grantKey(grant), grant])).values()]);

/** Of these grants, those that are held now, as they are now: a role or account may have another name since. */
export function stillHeld(now: Actual): (grants: Held[]) => Held[] {
  let held: Map<string, Held> | undefined;
  return (grants) =>
    grants.flatMap((grant) => {
      held ??= new Map(now.grants.map((each) => [grantKey(each), each]));
      const found = held.get(grantKey(grant));
      return found && isSameGrant(found, grant) ? found : [];
    });
}

/** The id of a grant can come again, in a server that was restored from a dump or when all ids have been used. */
const isSameGrant = (one: Held, other: Held): boolean => sharedIds.every((id) => one[id] === undefined || other[id] === undefined || one[id] === other[id]);
const sharedIds = ['roleId', 'accountId', 'grantorId'] as const;

/** What a person holds before an effect, as previews keep it. */
export const heldBefore = (held: Held[], person: string): BeforeGrant[] => held.map((grant) => ({ ...grant, person }));

/** Finds what is held by pair in constant time. The index is made when it is first needed, which is often never. */
export function byPair<T extends Pair>(items: T[]): (pair: Pair) => T[] {
  let index: Map<string, Map<string, T[]>> | undefined;
  return ({ role, account }) => (index ??= indexed(items)).get(role)?.get(account) ?? [];
}

/** Role by role, not by pairKey: to make thousands of keys takes longer than to look for them. */
function indexed<T extends Pair>(items: T[]): Map<string, Map<string, T[]>> {
  const index = new Map<string, Map<string, T[]>>();
  for (const item of items) {
    let ofRole = index.get(item.role);
    if (!ofRole) index.set(item.role, (ofRole = new Map()));
    const found = ofRole.get(item.account);
    if (found) found.push(item);
    else ofRole.set(item.account, [item]);
  }
  return index;
}

/**
 * Whether a grant is one of these (role, account), by the account's own id where both have one: a renamed account is the same, and one that was created
 * again under an old name is not.
 */
export function isOneOf(pairs: (Pair & { accountId?: string })[]): (grant: Pair & { accountId?: string }) => boolean {
  const { add, has } = knownPairs();
  for (const pair of pairs) add(pair);
  return has;
}

/** The same, for those who come one after the other. */
export function knownPairs(): { add(pair: Pair & { accountId?: string }): void; has(grant: Pair & { accountId?: string }): boolean } {
  const ofRoles = new Map<string, { names: Map<string, string | undefined>; ids: Set<string> }>();
  return {
    add: ({ role, account, accountId }) => {
      let ofRole = ofRoles.get(role);
      if (!ofRole) ofRoles.set(role, (ofRole = { names: new Map(), ids: new Set() }));
      ofRole.names.set(account, accountId);
      if (accountId !== undefined) ofRole.ids.add(accountId);
    },
    has: ({ role, account, accountId }) => {
      const ofRole = ofRoles.get(role);
      if (!ofRole) return false;
      if (accountId !== undefined && ofRole.ids.has(accountId)) return true;
      return ofRole.names.has(account) && (ofRole.names.get(account) === undefined || accountId === undefined);
    },
  };
}

export type PairOfIds = Pair & { roleId?: string | undefined; accountId?: string | undefined };

/** A role and an account by the ids of their grants. */
export const identified = ({ role, account }: Pair, [grant]: Held[]): PairOfIds => ({ role, account, roleId: grant?.roleId, accountId: grant?.accountId });

/** Finds what is held of this role and account, whatever they are called now; by name where ids are not known. Another may have the name by now. */
export function byIdentity<T extends PairOfIds>(items: T[]): (pair: PairOfIds) => T[] {
  const identity = ({ roleId, accountId }: PairOfIds) => (roleId === undefined || accountId === undefined ? undefined : `${roleId}\0${accountId}`);
  const named = byPair(items);
  let index: { known: Map<string | undefined, T[]>; unidentified: (pair: PairOfIds) => T[] } | undefined;
  const indexed = () => {
    const known = Map.groupBy(items, identity);
    return { known, unidentified: byPair(known.get(undefined) ?? []) };
  };
  return (pair) => {
    const id = identity(pair);
    if (id === undefined) return named(pair);
    index ??= indexed();
    return [...(index.known.get(id) ?? []), ...index.unidentified(pair)];
  };
}

const grantorsShown = 5;
/** Of a name that a system tells. */
const longestName = 200;

/** For one line that people read: a group may be in one person's hands a thousand times. */
export function grantedBy(grantors: { grantor?: string }[]): string {
  const names = [...new Set(grantors.map(({ grantor }) => grantor ?? 'someone'))].sort();
  const shown = names.length > grantorsShown ? [...names.slice(0, grantorsShown - 1), `${names.length - grantorsShown + 1} others`] : names;
  return `granted by ${shown.map((name) => shortened(name, longestName)).join(' and ')}`;
}

export const keyOf = ({ plan, wave, package: id }: ReleaseKey): ReleaseKey => ({ plan, wave, package: id });

const refusalsShown = 3;

/** The first few failures of a kind: whose, and why in the system's words. */
export const refusalLines = (ledger: LedgerEntry[], kind: LedgerEntry['kind']): string[] =>
  firstRefusals(ledger.filter((entry) => entry.kind === kind && (entry.outcome === 'failed' || (kind === 'retire' && entry.outcome === 'unknown'))));

export function firstRefusals(failed: (Pair & { why?: string })[]): string[] {
  const lines = failed.slice(0, refusalsShown).map(({ role, account, why = 'no reason is known' }) => `'${role}' of '${account}': ${keptText(why)}`);
  return failed.length > refusalsShown ? [...lines, `and ${failed.length - refusalsShown} more`] : lines;
}
