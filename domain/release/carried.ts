/** Entries that were read once and are carried forward with each fact that is written, so that nothing is read again. */
import { isOfAnotherRelease } from './claims.ts';
import { after, newEntry, type LedgerFact } from './facts.ts';
import type { LedgerEntry } from './ledger.ts';
import type { ReleaseKey } from './releases.ts';

/** The entries of one release in one system. */
export class CarriedEntries {
  readonly #of: ReleaseKey & { system: string };
  /** In order; undefined once a fact was added. */
  #read: LedgerEntry[] | undefined;
  /** By key, in the order of their keys while `sorted`; undefined until a fact is added. */
  #changed: Map<string, LedgerEntry> | undefined;
  #sorted = true;

  /** `entries`: as the store has them, in the order of their keys. */
  constructor(of: ReleaseKey & { system: string }, entries: LedgerEntry[]) {
    this.#of = of;
    this.#read = entries;
  }

  /** In the order of their keys. */
  all(): LedgerEntry[] {
    if (!this.#sorted) {
      this.#changed = new Map([...(this.#changed ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)));
      this.#sorted = true;
    }
    return this.#changed ? [...this.#changed.values()] : [...(this.#read ?? [])];
  }

  /** `entries`: all of them, as they were read again. */
  replace(entries: LedgerEntry[]): void {
    this.#read = entries;
    this.#changed = undefined;
    this.#sorted = true;
  }

  /** Facts that are on record and count now; those of other releases and systems are left out. */
  add(facts: LedgerFact[]): void {
    if (facts.length === 0) return;
    this.#changed ??= new Map(this.#read?.map((entry) => [keyIn(entry), entry]));
    this.#read = undefined;
    for (const fact of facts) {
      if (fact.system !== this.#of.system || isOfAnotherRelease(fact, this.#of)) continue;
      const key = keyIn(fact);
      const known = this.#changed.get(key);
      this.#changed.set(key, after(known ?? newEntry(fact, fact), fact));
      if (!known) this.#sorted = false;
    }
  }
}

const keyIn = ({ kind, role, account }: Pick<LedgerEntry, 'kind' | 'role' | 'account'>) => `${kind}\0${role}\0${account}`;
