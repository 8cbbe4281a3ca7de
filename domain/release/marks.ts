/** Marks: the step in which a fact was recorded. They make a tune count its effects once, however often it runs. */
import { pairKey, type LedgerEntry } from './ledger.ts';

export const markOfRelease = 'release';
export const markOfTune = (id: string): string => `tune ${id}`;
export const markOfRollback = (id: string): string => `rollback ${id}`;

/** The id of a release's rollback, from the id of its package's workflow: one rollback, however often it is approved. */
export const rollbackId = (workflowId: string): string => `${workflowId}#rollback`;

/** Counts of the tune with this mark. */
export function tuneCounts(ledger: LedgerEntry[], mark: string): { granted: number; revoked: number; retired: number } {
  const marked = (kind: LedgerEntry['kind'], did: LedgerEntry['steps'][number]['did']) =>
    ledger.filter((entry) => entry.kind === kind && entry.steps.some((step) => step.by === mark && step.did === did));
  const revoked = marked('grant', 'revoked');
  const retired = marked('retire', 'revoked');
  // A grant of an earlier release is revoked as a retirement, so that a rollback grants it again; it counts as revoked.
  const granted = new Set(ledger.filter(({ kind }) => kind === 'grant').map(pairKey));
  const ofEarlier = retired.filter((entry) => granted.has(pairKey(entry)));
  return { granted: marked('grant', 'granted').length, revoked: revoked.length + ofEarlier.length, retired: retired.length - ofEarlier.length };
}
