/**
 * What became of a released package, as its wave may take it. A workflow says so, and anyone who reaches the engine can start one that says anything: that access
 * is gone is believed only where the ledger and the receipts show it.
 */
import type { Change } from '../plan/schema.ts';
import type { PackageState } from '../states.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Receipt } from './receipt.ts';
import { supersedingRelease, type Release } from './releases.ts';

export interface OutcomeFacts {
  /** What its workflow or final record says. */
  said: PackageState | undefined;
  wave: string;
  /** By the plan. */
  change: Change | undefined;
  /** Of the package, in order. */
  releases: Release[];
  /** Of this release. */
  ledger: Pick<LedgerEntry, 'system'>[];
  receipts: Pick<Receipt, 'system'>[];
}

export function outcomeOf(facts: OutcomeFacts): { state?: PackageState; doubt?: string } {
  const { said } = facts;
  if (said === 'Rolled back' && !isRolledBack(facts))
    return { doubt: 'it says that it was rolled back, and its receipts do not show it: its access may be there' };
  if (said === 'Retired' && !isRetired(facts)) return { doubt: 'it says that it was retired, and no release of it says so: its access may be there' };
  return said === undefined ? {} : { state: said };
}

/** There is a receipt, and no system with effects is left without one. */
function isRolledBack({ ledger, receipts }: OutcomeFacts): boolean {
  const undone = new Set(receipts.map(({ system }) => system));
  return undone.size > 0 && ledger.every(({ system }) => undone.has(system));
}

/** Its own release retires it, or a later one did; what is only observed has granted nothing. */
function isRetired({ change, releases, wave }: OutcomeFacts): boolean {
  const own = releases.find((release) => release.wave === wave)?.change ?? change;
  return own === 'retire' || own === 'observe' || supersedingRelease(releases, wave)?.change === 'retire';
}
