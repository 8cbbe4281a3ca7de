/** Undoing one release: a decision per grant from before, did and now (R1), and the entry afterwards. The receipt reports the result. */
import { byPair, detailsOf, grantedBy, isOurs, type Actual, type BeforeGrant, type Held, type LedgerEntry } from './ledger.ts';
import type { ReleaseKey } from './releases.ts';
import { claimantOf, isOfAnotherRelease, keptFor, type Claim } from './claims.ts';
import type { PreviewContent } from './signed-preview.ts';

export type Undo =
  /** Revoke exactly this grant. */
  | { do: 'revoke'; grant: Held }
  /** `wasThere`: the release did not make it. */
  | { do: 'keep'; why: string; wasThere: boolean }
  /** Nothing of ours is left. `byUs`: an earlier run of this rollback revoked it and died before recording it. */
  | { do: 'gone'; byUs: boolean }
  | { do: 'restore'; grants: BeforeGrant[] }
  | { do: 'notRestored'; why: string }
  /** A person decides; it is not touched. */
  | { do: 'ask'; why: string }
  | { do: 'nothing' };

export interface UndoFacts {
  /** The grantor of our own grants. */
  identity: string;
  /** Other packages that need (role, account). */
  claims: string[];
  /** The role's design was rejected: never restored. */
  rejected: boolean;
  /** This rollback already wrote its mark on the entry, so changes since then are its own. */
  begun: boolean;
  /** Of a retirement: it revoked only grants of earlier releases of the package; grants of others stayed, and are no obstacle. */
  oursAlone?: boolean;
}

/** What to do about one entry, given all grants of its (role, account) that the system holds now, and whether the role and account exist. */
export function undo(entry: LedgerEntry, held: Held[], there: { role: boolean; account: boolean }, facts: UndoFacts): Undo {
  return entry.kind === 'grant' ? undoGrant(entry, held, facts) : undoRetirement(entry, held, there, facts);
}

function undoGrant(entry: LedgerEntry, held: Held[], { identity, claims, begun }: UndoFacts): Undo {
  const ours = held.find((grant) => isOurs(grant, identity));
  switch (entry.outcome) {
    case 'preexisting':
      return { do: 'keep', why: 'had it before', wasThere: true };
    case 'unknown':
      if (entry.before.length > 0) return { do: 'keep', why: 'had it before', wasThere: true };
      return ours ? { do: 'ask', why: 'could not be confirmed when it was granted: a person decides' } : { do: 'gone', byUs: false };
    case 'intended':
      // The process died around the effect. A grant that is ours and was not there before was made by this release.
      if (ours && entry.before.some((grant) => isOurs(grant, identity))) return { do: 'keep', why: 'had it before', wasThere: true };
      break;
    case 'created':
      break;
    default:
      return { do: 'nothing' };
  }
  if (ours && claims.length > 0) return { do: 'keep', why: keptFor(claims), wasThere: false };
  return ours ? { do: 'revoke', grant: ours } : { do: 'gone', byUs: begun };
}

function undoRetirement(entry: LedgerEntry, held: Held[], there: { role: boolean; account: boolean }, facts: UndoFacts): Undo {
  const { identity, rejected, begun, oursAlone } = facts;
  if (entry.outcome !== 'revoked' && entry.outcome !== 'intended' && entry.outcome !== 'failed') return { do: 'nothing' };
  const missing = entry.before.filter((before) => !held.some((grant) => grant.grantor === before.grantor));
  // Never revoked, or refused by the system: nothing to restore.
  if (missing.length === 0 && !begun && entry.outcome !== 'revoked') return { do: 'nothing' };
  if (rejected) return { do: 'notRestored', why: 'its design was rejected' };
  if (!there.account) return { do: 'notRestored', why: 'the account is gone or locked' };
  if (!there.role) return { do: 'notRestored', why: 'the role is gone' };
  if (oursAlone) return { do: 'restore', grants: missing };
  // Where Rolewave may not grant in another's name, this rollback restored the grant in its own.
  const byThisRollback = (grant: Held) => begun && isOurs(grant, identity);
  const byOthers = held.filter((grant) => !byThisRollback(grant) && !entry.before.some((before) => before.grantor === grant.grantor));
  if (held.length > 0 && !begun && entry.outcome === 'revoked') return { do: 'notRestored', why: `${grantedBy(held)} again in the meantime` };
  if (byOthers.length > 0) return { do: 'notRestored', why: `${grantedBy(byOthers)} again in the meantime` };
  return { do: 'restore', grants: missing };
}

/** One ledger entry and the rollback's decision on it. */
export interface Decided {
  entry: LedgerEntry;
  decision: Undo;
}

/** Decides on entries of one system, all from one reading of it. `mark`: what this rollback writes on an entry before it changes the grant. */
export function undoing(content: PreviewContent, now: Actual, identity: string, mark: string): (entry: LedgerEntry, claimants: string[]) => Undo {
  const held = byPair(now.grants);
  const unknown = new Set(now.unknownAccounts);
  const roles = new Map(now.roles.map(({ role, exists }) => [role, exists]));
  const rejected = new Set(content.legacy.filter(({ design }) => design === 'rejected').map(({ role }) => role));
  const old = new Set(content.legacy.map(({ role }) => role));
  const people = new Set(content.people.map(({ account }) => account));
  return (entry, claims) =>
    undo(
      entry,
      held(entry),
      { role: roles.get(entry.role) ?? false, account: !unknown.has(entry.account) },
      { identity, claims, rejected: rejected.has(entry.role), begun: entry.why === mark, oursAlone: !old.has(entry.role) || !people.has(entry.account) },
    );
}

/** Each entry with its decision, given all claims on its system. */
export function decided(release: ReleaseKey, entries: LedgerEntry[], claims: Claim[], decide: ReturnType<typeof undoing>): Decided[] {
  const others = byPair(claims.filter((claim) => isOfAnotherRelease(claim, release)));
  return entries.map((entry) => ({
    entry,
    decision: decide(
      entry,
      others(entry).map((claim) => claimantOf(claim, release)),
    ),
  }));
}

/** Entries whose grants this rollback is about to change and that do not carry its mark yet, with the mark. */
export const markedBefore = (of: Decided[], mark: string): LedgerEntry[] =>
  of
    .filter(({ entry, decision }) => (decision.do === 'revoke' || decision.do === 'restore') && entry.why !== mark)
    .map(({ entry }) => ({ ...entry, why: mark }));

/** The entry after a decision that changes no grant. */
export function afterDecision(entry: LedgerEntry, decision: Exclude<Undo, { do: 'revoke' | 'restore' }>): LedgerEntry {
  const { why: _, ...rest } = entry;
  switch (decision.do) {
    case 'nothing':
      return entry;
    case 'keep':
      return decision.wasThere ? { ...rest, outcome: 'preexisting' } : { ...rest, outcome: 'kept', why: decision.why };
    case 'gone':
      if (decision.byUs) return { ...rest, outcome: 'revoked' };
      // Intent without effect: there was nothing to revoke.
      return entry.outcome === 'intended' ? { ...rest, outcome: 'failed', why: 'was never granted' } : { ...rest, outcome: 'gone' };
    case 'ask':
      return { ...rest, why: decision.why };
    case 'notRestored':
      return { ...rest, outcome: 'notRestored', why: decision.why };
  }
}

/** The entry after its grant was revoked. `refused`: the system's words; then an intent that had in fact been carried out counts as granted. */
export function afterRevoke({ why: _why, ...entry }: LedgerEntry, grant: Held, refused?: string): LedgerEntry {
  if (refused !== undefined) return { ...entry, outcome: 'created', grant: detailsOf(grant), why: refused };
  return { ...entry, outcome: 'revoked', grant: detailsOf(grant) };
}

/** The entry after legacy access was restored. `notes`: what people should know about it; `refused`: the system's words. */
export function afterRestore({ why: _why, ...entry }: LedgerEntry, notes: string[], refused?: string): LedgerEntry {
  if (refused !== undefined) return { ...entry, outcome: 'revoked', why: refused };
  return { ...entry, outcome: 'restored', ...(notes.length > 0 ? { why: notes.join('; ') } : {}) };
}
