/**
 * Marks: the `why` of an entry while a tune or a rollback works on it. They distinguish a run that died half-way from what others did (R4), and they make
 * a tune count its effects once, however often it runs.
 */
import { pairKey, type LedgerEntry } from './ledger.ts';

export const markOfTune = (id: string): string => `tuned: ${id}`;
export const markOfRollback = (id: string): string => `being undone by ${id}`;

/** The id of a release's rollback, from the id of its package's workflow: one rollback, however often it is approved. */
export const rollbackId = (workflowId: string): string => `${workflowId}#rollback`;

/** The mark stays on entries that are done, so that a rerun counts them too. */
export const keepMark = (entry: LedgerEntry, mark: string): LedgerEntry =>
  entry.outcome === 'revoked' || entry.outcome === 'intended' ? { ...entry, why: mark } : entry;

/** Counts of the tune with this mark. */
export function tuneCounts(ledger: LedgerEntry[], mark: string): { granted: number; revoked: number; retired: number } {
  const marked = (kind: LedgerEntry['kind'], outcome: LedgerEntry['outcome']) =>
    ledger.filter((entry) => entry.kind === kind && entry.why === mark && entry.outcome === outcome);
  const revoked = marked('grant', 'revoked');
  const pairs = new Set(revoked.map(pairKey));
  return {
    granted: marked('grant', 'created').length,
    revoked: revoked.length,
    // A grant of an earlier release is revoked as a retirement, so that a rollback grants it again; it counts as revoked.
    retired: marked('retire', 'revoked').filter((entry) => !pairs.has(pairKey(entry))).length,
  };
}
