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
  /** Who is sent away comes again: after so many milliseconds at least, and of one group no more than so many in a second. */
  again?: { afterMs: number; perSecond: number };
}

/** So many of the same, or of the same group, wait already: come again in `againMs`. */
export class TooManyWait extends Error {
  override readonly name = 'TooManyWait';
  readonly againMs: number;

  constructor(message: string, againMs: number) {
    super(message);
    this.againMs = againMs;
  }
}

const usualAgain = { afterMs: 3_000, perSecond: 20 };
/** However many there are, nobody is sent away for longer. */
const longestAgainMs = 900_000;

/**
 * When each comes again who was sent away. Thousands of one group are told later and later instants, so that they do not use up the worker by asking; of those in
 * a group, each has the same part of its attempts, so that one with few is soon there.
 */
class Again {
  readonly #latestMs = new Map<string, Map<string, number>>();
  readonly #limits: NonNullable<TurnLimits['again']>;

  constructor(limits: NonNullable<TurnLimits['again']>) {
    this.#limits = limits;
  }

  inMs({ plan, right }: Share, nowMs: number): number {
    const { afterMs, perSecond } = this.#limits;
    const ofRight = this.#latestMs.get(right) ?? new Map<string, number>();
    for (const [other, latestMs] of ofRight) if (latestMs <= nowMs) ofRight.delete(other);
    const latestMs = ofRight.get(plan) ?? 0;
    ofRight.set(plan, latestMs);
    const atMs = Math.min(Math.max(nowMs + afterMs, latestMs + (ofRight.size * 1_000) / perSecond), nowMs + longestAgainMs);
    ofRight.set(plan, atMs);
    this.#latestMs.set(right, ofRight);
    return Math.ceil(atMs - nowMs);
  }
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

export function turns(limits: TurnLimits, now: () => number = Date.now): Turns {
  const again = new Again(limits.again ?? usualAgain);
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
        throw new TooManyWait(`others of '${of.plan}', of the same group, or too many in all, wait already`, again.inMs(of, now()));
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
