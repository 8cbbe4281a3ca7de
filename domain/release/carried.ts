/** Entries that were read once and are carried forward with each fact that is written, so that nothing is read again. */
import { isOfAnotherRelease } from './claims.ts';
import { after, type LedgerFact } from './facts.ts';
import type { LedgerEntry } from './ledger.ts';
import type { ReleaseKey } from './releases.ts';

/** The entries of one release in one system. */
export class CarriedEntries {
  readonly #of: ReleaseKey & { system: string };
  /** In the order of their keys while `sorted`. */
  #entries: LedgerEntry[];
  #sorted = true;
  /** Where each is, by kind and role, then by account; undefined until a fact is added. */
  #places: Map<string, Map<string, number>> | undefined;

  /** `entries`: as the store has them, in the order of their keys. */
  constructor(of: ReleaseKey & { system: string }, entries: LedgerEntry[]) {
    this.#of = of;
    this.#entries = [...entries];
  }

  /** In the order of their keys. */
  all(): LedgerEntry[] {
    if (!this.#sorted) {
      this.#entries.sort(byKey);
      this.#sorted = true;
      this.#places = undefined;
    }
    return [...this.#entries];
  }

  /** `entries`: all of them, as they were read again. */
  replace(entries: LedgerEntry[]): void {
    this.#entries = [...entries];
    this.#sorted = true;
    this.#places = undefined;
  }

  /** Facts that are on record and count now; those of other releases and systems are left out. */
  add(facts: LedgerFact[]): void {
    if (facts.length === 0) return;
    if (!this.#places) {
      this.#places = new Map();
      for (const [place, entry] of this.#entries.entries()) placesIn(this.#places, entry).set(entry.account, place);
    }
    for (const fact of facts) {
      if (fact.system !== this.#of.system || isOfAnotherRelease(fact, this.#of)) continue;
      const places = placesIn(this.#places, fact);
      const place = places.get(fact.account);
      const known = place === undefined ? undefined : this.#entries[place];
      if (place !== undefined && known) this.#entries[place] = after(known, fact);
      else {
        places.set(fact.account, this.#entries.push(after(undefined, fact)) - 1);
        this.#sorted = false;
      }
    }
  }
}

type Key = Pick<LedgerEntry, 'kind' | 'role' | 'account'>;

function placesIn(places: Map<string, Map<string, number>>, { kind, role }: Key): Map<string, number> {
  const key = `${kind} ${role}`;
  let found = places.get(key);
  if (!found) places.set(key, (found = new Map()));
  return found;
}

function byKey(a: Key, b: Key): number {
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.role !== b.role) return a.role < b.role ? -1 : 1;
  return a.account < b.account ? -1 : 1;
}
