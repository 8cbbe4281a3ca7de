/**
 * Marks: what stands as `why` of an entry while a tune or a rollback is at it, so that a run that died half-way is told from what others did (R4), and what
 * a tune did is counted once, however often it runs.
 */
import { pairKey, type LedgerEntry } from './ledger.ts';

export const markOfTune = (id: string): string => `tuned: ${id}`;
export const markOfRollback = (id: string): string => `being undone by ${id}`;

/** The rollback of a release, by the id of its package's workflow: there is one, however often it is approved. */
export const rollbackId = (workflowId: string): string => `${workflowId}#rollback`;

/** The mark stays on what was done, so that a rerun counts it too. */
export const keepMark = (entry: LedgerEntry, mark: string): LedgerEntry =>
  entry.outcome === 'revoked' || entry.outcome === 'intended' ? { ...entry, why: mark } : entry;

/** What the tune of this mark did. */
export function tuneCounts(ledger: LedgerEntry[], mark: string): { granted: number; revoked: number; retired: number } {
  const marked = (kind: LedgerEntry['kind'], outcome: LedgerEntry['outcome']) =>
    ledger.filter((entry) => entry.kind === kind && entry.why === mark && entry.outcome === outcome);
  const revoked = marked('grant', 'revoked');
  const pairs = new Set(revoked.map(pairKey));
  return {
    granted: marked('grant', 'created').length,
    revoked: revoked.length,
    // What an earlier release granted is revoked as a retirement, so that a rollback grants it again; it counts as revoked.
    retired: marked('retire', 'revoked').filter((entry) => !pairs.has(pairKey(entry))).length,
  };
}
