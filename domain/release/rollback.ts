/** Undoing one release: a decision per grant from before, did and now (R1), and the receipt that says what came of it. */
import { byPair, grantedBy, isOurs, pairKey, type Actual, type Held, type LedgerEntry } from './ledger.ts';
import type { BeforeGrant, PreviewContent } from '../access/preview.ts';
import { keptFor } from './claims.ts';
import type { Receipt } from './receipt.ts';

export type Undo =
  /** Exactly this grant goes. */
  | { do: 'revoke'; grant: Held }
  /** `wasThere`: it is no work of this release. */
  | { do: 'keep'; why: string; wasThere: boolean }
  /** Nothing of ours is there any more. `byUs`: an earlier run of this rollback took it and died before it could write so. */
  | { do: 'gone'; byUs: boolean }
  | { do: 'restore'; grants: BeforeGrant[] }
  | { do: 'notRestored'; why: string }
  /** A person decides; it is not touched. */
  | { do: 'ask'; why: string }
  | { do: 'nothing' };

export interface UndoFacts {
  /** By which name our own grants carry their grantor. */
  identity: string;
  /** Packages, other than this one, that need (role, account). */
  claims: string[];
  /** The role's design was rejected: never restored. */
  rejected: boolean;
  /** This rollback wrote its intent on the entry before, so what is changed since is its own doing. */
  begun: boolean;
  /** Of a retirement: only grants that earlier releases of the package made were taken; what others gave beside them stayed, and stands in nobody's way. */
  oursAlone?: boolean;
}

/** What to do about one entry, given everything that the system holds of its (role, account) now, and what is known of the role and account. */
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
      return ours ? { do: 'ask', why: 'could not be confirmed when it was given: a person decides' } : { do: 'gone', byUs: false };
    case 'intended':
      // The process died around the deed. Ours, and not there before: this release made it.
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
  // Never taken, or a retirement that the system refused: nothing to restore.
  if (missing.length === 0 && !begun && entry.outcome !== 'revoked') return { do: 'nothing' };
  if (rejected) return { do: 'notRestored', why: 'its design was rejected' };
  if (!there.account) return { do: 'notRestored', why: 'the account is gone or locked' };
  if (!there.role) return { do: 'notRestored', why: 'the role is gone' };
  if (oursAlone) return { do: 'restore', grants: missing };
  // Where Rolewave may not grant in another's name, what this rollback restored stands in its own.
  const byThisRollback = (grant: Held) => begun && isOurs(grant, identity);
  const somebodyElse = held.filter((grant) => !byThisRollback(grant) && !entry.before.some((before) => before.grantor === grant.grantor));
  if (held.length > 0 && !begun && entry.outcome === 'revoked') return { do: 'notRestored', why: `${grantedBy(held)} again meanwhile` };
  if (somebodyElse.length > 0) return { do: 'notRestored', why: `${grantedBy(somebodyElse)} again meanwhile` };
  return { do: 'restore', grants: missing };
}

/**
 * The receipt of one system, from the ledger as the rollback left it and from what is held afterwards. `claimed`: pairs that other packages need.
 * An entry that is still `created`, or a retirement that is still `revoked`, is one that the rollback could not undo.
 */
export function receiptFrom(
  content: PreviewContent,
  ledger: LedgerEntry[],
  now: Actual,
  about: { claimed: { role: string; account: string }[]; check: string },
): Receipt {
  const granting = ledger.filter(({ kind }) => kind === 'grant');
  const retirements = ledger.filter(({ kind }) => kind === 'retire');
  const having = (entries: LedgerEntry[], ...outcomes: LedgerEntry['outcome'][]) => entries.filter(({ outcome }) => outcomes.includes(outcome));
  const held = byPair(now.grants);
  const gone = having(granting, 'gone').length;
  return {
    system: content.system,
    granted: having(granting, 'created', 'revoked', 'kept', 'gone').length,
    revoked: having(granting, 'revoked').length,
    kept: [
      ...having(granting, 'kept').map((entry) => line(entry)),
      ...having(granting, 'preexisting')
        .filter((entry) => held(entry).length > 0)
        .map((entry) => line(entry, 'had it before')),
      ...grantedByOthers(content, granting, now, about.claimed),
    ].sort(byLine),
    restored: having(retirements, 'restored').length,
    notRestored: having(retirements, 'notRestored')
      .map((entry) => line(entry))
      .sort(byLine),
    failed: [...having(granting, 'created', 'unknown', 'intended'), ...having(retirements, 'revoked', 'intended')].map((entry) => line(entry)).sort(byLine),
    ...(gone > 0 ? { gone } : {}),
    check: about.check,
  };
}

/** Access to the entitlements that was not there before and that is not this release's: it stays, whoever holds it. */
function grantedByOthers(content: PreviewContent, granting: LedgerEntry[], now: Actual, claimed: { role: string; account: string }[]): Receipt['kept'] {
  const entries = byPair(granting);
  const known = new Set([...content.others, ...claimed].map(pairKey));
  const granted = new Set(content.entitlements.map(({ role }) => role));
  return now.grants.flatMap((grant) => {
    if (!granted.has(grant.role) || known.has(pairKey(grant))) return [];
    const entry = entries(grant)[0];
    const wasThere =
      entry?.before.some(({ grantor }) => grantor === grant.grantor) ??
      content.before.some((before) => pairKey(before) === pairKey(grant) && before.grantor === grant.grantor);
    // What the rollback itself left in place has its own line.
    const hasItsLine =
      entry !== undefined &&
      ['kept', 'created', 'unknown', 'intended'].includes(entry.outcome) &&
      (entry.grant?.grantor === grant.grantor || grant.grantor === undefined);
    return wasThere || hasItsLine ? [] : [line(grant, grantedBy([grant]))];
  });
}

const line = ({ role, account, why }: { role: string; account: string; why?: string }, reason = why ?? 'not known') => ({ role, account, why: reason });
const byLine = (a: { role: string; account: string; why: string }, b: { role: string; account: string; why: string }) =>
  `${pairKey(a)}\0${a.why}` < `${pairKey(b)}\0${b.why}` ? -1 : 1;
