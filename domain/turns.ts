/**
 * Turns at something that many use: anyone whose work takes long has some of the turns, all of one group have no more than a share, and the others go on.
 */

export interface Share {
  /** Whose turn it is: a plan, or a person. */
  plan: string;
  /** Their group: the entry of the site file that a plan is under. */
  right: string;
}

export interface Turns {
  /** Resolves when it is their turn, with the function that ends the turn. Rejects when the signal aborts first, and with TooManyWait. */
  take(of: Share, signal?: AbortSignal): Promise<() => void>;
}

export interface TurnLimits {
  perPlan: number;
  perRight: number;
  inAll: number;
  /** How many may wait, of one plan, of one right and in all; any number where it is absent. */
  waiting?: { perPlan: number; perRight: number; inAll?: number };
}

/** So many of the same, or of the same group, wait already: come again later. */
export class TooManyWait extends Error {
  override readonly name = 'TooManyWait';
}

/** Those of one and of its group. */
class Counted {
  readonly #counts = new Map<string, number>();

  add({ plan, right }: Share, by: 1 | -1): void {
    for (const key of [`plan ${plan}`, `right ${right}`]) {
      const count = (this.#counts.get(key) ?? 0) + by;
      if (count === 0) this.#counts.delete(key);
      else this.#counts.set(key, count);
    }
  }

  isBelow(of: Share, { perPlan, perRight }: { perPlan: number; perRight: number }): boolean {
    const { plan, right } = this.of(of);
    return plan < perPlan && right < perRight;
  }

  of({ plan, right }: Share): { plan: number; right: number } {
    return { plan: this.#counts.get(`plan ${plan}`) ?? 0, right: this.#counts.get(`right ${right}`) ?? 0 };
  }
}

export function turns(limits: TurnLimits): Turns {
  const running = new Counted();
  const inLine = new Counted();
  const waiting: { of: Share; start: () => void }[] = [];
  let all = 0;

  const mayStart = (of: Share) => all < limits.inAll && running.isBelow(of, limits);
  /** Of the group, and then of those in it, that has the fewest turns now; of these the first, so that no long line of some is before one that comes later. */
  const next = () => {
    let found: { entry: (typeof waiting)[number]; has: { plan: number; right: number } } | undefined;
    for (const entry of waiting) {
      if (!mayStart(entry.of)) continue;
      const has = running.of(entry.of);
      if (!found || has.right < found.has.right || (has.right === found.has.right && has.plan < found.has.plan)) found = { entry, has };
    }
    return found?.entry;
  };
  const begin = (of: Share) => {
    all += 1;
    running.add(of, 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      all -= 1;
      running.add(of, -1);
      next()?.start();
    };
  };

  return {
    take: async (of, signal) => {
      signal?.throwIfAborted();
      if (mayStart(of)) return begin(of);
      if (limits.waiting && (!inLine.isBelow(of, limits.waiting) || waiting.length >= (limits.waiting.inAll ?? Infinity)))
        throw new TooManyWait(`others of '${of.plan}', of the same group, or too many in all, wait already`);
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const leave = () => {
        const index = waiting.indexOf(entry);
        if (index === -1) return false;
        waiting.splice(index, 1);
        inLine.add(of, -1);
        return true;
      };
      const entry = {
        of,
        start: () => {
          if (leave()) resolve(begin(of));
        },
      };
      const giveUp = () => {
        if (leave()) reject(signal?.reason instanceof Error ? signal.reason : new Error('it was not waited for'));
      };
      waiting.push(entry);
      inLine.add(of, 1);
      signal?.addEventListener('abort', giveUp, { once: true });
      return promise.finally(() => signal?.removeEventListener('abort', giveUp));
    },
  };
}
