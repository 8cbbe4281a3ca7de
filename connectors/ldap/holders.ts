/**
 * Who the members of groups are. A group of everybody has tens of thousands: readings of such groups take turns, part by part, so that another one is behind one part
 * and not behind all of them; and people who were looked up for one reading are not looked up again for the next.
 */
import { inTurn } from '../../domain/in-turn.ts';
import { turns, type Turns } from '../../domain/turns.ts';
import type { Account, Accounts } from './accounts.ts';
import { dnKey } from './names.ts';
import type { Remembered } from './remembered.ts';

/** So few are looked up without a turn. */
const few = 500;
const perTurn = 5_000;

export class Holders {
  readonly #accounts: Accounts;
  readonly #remembered: Remembered | undefined;
  /** Anyone who waits comes before the next part of those who had one, because these wait behind them. */
  readonly #turns: Turns;

  /** `remembered`: absent where nobody may be taken for what they were a moment ago. */
  constructor(accounts: Accounts, remembered: Remembered | undefined) {
    this.#accounts = accounts;
    this.#remembered = remembered;
    // One at a time where they look up for each other: two readings of one group would go through it side by side.
    this.#turns = turns({ perPlan: Infinity, perRight: Infinity, inAll: remembered ? 1 : 2 });
  }

  /** By the key of their DN; those that exist. */
  async withDns(dns: string[]): Promise<Map<string, Account>> {
    if (dns.length <= few) return this.#accounts.withDns(dns);
    const found = new Map<string, Account>();
    for (let left = dns; left.length > 0;)
      left = await this.#inTurn(async () => {
        // Again in each turn: another reading of the same group may have looked them up meanwhile.
        const unknown = await this.#withoutRemembered(left, found);
        const some = unknown.slice(0, perTurn);
        const since = await this.#remembered?.beforeLookingUp(some.length);
        const lookedUp = await this.#accounts.withDns(some);
        for (const [key, account] of lookedUp) found.set(key, account);
        this.#remembered?.keep(since, lookedUp.values());
        return unknown.slice(perTurn);
      });
    return found;
  }

  /** By the key of their uid. */
  async withUids(uids: string[]): Promise<Map<string, Account>> {
    if (uids.length <= few) return this.#accounts.withUids(uids);
    const found = new Map<string, Account>();
    for (let at = 0; at < uids.length; at += perTurn)
      await this.#inTurn(async () => {
        for (const [uid, account] of await this.#accounts.withUids(uids.slice(at, at + perTurn))) found.set(uid, account);
      });
    return found;
  }

  async #withoutRemembered(dns: string[], found: Map<string, Account>): Promise<string[]> {
    const known = await this.#remembered?.everybody();
    if (!known || known.size === 0) return dns;
    return dns.filter((dn) => {
      const key = dnKey(dn);
      const account = known.get(key);
      if (account) found.set(key, account);
      return !account;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return inTurn(this.#turns.take({ plan: '', right: '' }), work);
  }
}
