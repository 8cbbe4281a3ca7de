/**
 * What a release did to each grant, whatever became of it since: a rollback undoes what was done, and it was done all the same. This is what the numbers of
 * its preview are compared with.
 */
import type { LedgerEntry } from './ledger.ts';

/** `retired`: legacy access, or access of an earlier release, that it revoked. `open`: not known (yet). `nothing`: it was refused, gone, kept or withdrawn. */
const doneKinds = ['created', 'preexisting', 'retired', 'failed', 'open', 'nothing'] as const;

export interface Done extends Pick<LedgerEntry, 'system' | 'role' | 'account' | 'person' | 'switching' | 'switched'> {
  did: (typeof doneKinds)[number];
}

export const doneOf = (entry: LedgerEntry): Done => {
  const { system, role, account, person, switching, switched } = entry;
  return { system, role, account, person, did: didOf(entry), ...(switching ? { switching } : {}), ...(switched ? { switched } : {}) };
};

function didOf({ kind, outcome, granted, found, steps, pending, switched }: LedgerEntry): Done['did'] {
  if (kind === 'grant' && granted) return 'created';
  // What a switch gave back is not retired.
  if (kind === 'retire' && steps.some(({ did }) => did === 'revoked') && !(outcome === 'pending' && switched?.to === 'old')) return 'retired';
  if (outcome === 'failed') return 'failed';
  if (outcome === 'pending' || outcome === 'unknown' || pending.length > 0) return 'open';
  return kind === 'grant' && (found.length > 0 || outcome === 'preexisting') ? 'preexisting' : 'nothing';
}
