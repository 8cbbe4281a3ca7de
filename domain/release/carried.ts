/** Entries that were read once and are carried forward with each fact that is written, so that nothing is read again. */
import { isOfAnotherRelease } from './claims.ts';
import { after, newEntry, type LedgerFact } from './facts.ts';
import { pairKey, type LedgerEntry } from './ledger.ts';
import type { ReleaseKey } from './releases.ts';

/** The entries of one release in one system. */
export class CarriedEntries {
  readonly #of: ReleaseKey & { system: string };
  readonly #entries = new Map<string, LedgerEntry>();
  #sorted = true;

  /** `entries`: as the store has them, in the order of their keys. */
  constructor(of: ReleaseKey & { system: string }, entries: LedgerEntry[]) {
    this.#of = of;
    this.replace(entries);
  }

  /** In the order of their keys. */
  all(): LedgerEntry[] {
    if (!this.#sorted) {
      const sorted = [...this.#entries].toSorted(([a], [b]) => (a < b ? -1 : 1));
      this.#entries.clear();
      for (const [key, entry] of sorted) this.#entries.set(key, entry);
      this.#sorted = true;
    }
    return [...this.#entries.values()];
  }

  /** `entries`: all of them, as they were read again. */
  replace(entries: LedgerEntry[]): void {
    this.#entries.clear();
    for (const entry of entries) this.#entries.set(keyIn(entry), entry);
    this.#sorted = true;
  }

  /** Facts that are on record and count now; those of other releases and systems are left out. */
  add(facts: LedgerFact[]): void {
    for (const fact of facts) {
      if (fact.system !== this.#of.system || isOfAnotherRelease(fact, this.#of)) continue;
      const key = keyIn(fact);
      const known = this.#entries.get(key);
      this.#entries.set(key, after(known ?? newEntry(fact, fact), fact));
      if (!known) this.#sorted = false;
    }
  }
}

const keyIn = (of: Pick<LedgerEntry, 'kind' | 'role' | 'account'>) => `${of.kind}\0${pairKey(of)}`;
