/**
 * A cache of large values that many plans share: the least recently used ones go first, and neither one plan nor all plans of one right of the site take more
 * than a share, so that large plans of somebody else cost a plan little.
 */
import { LRUCache } from 'lru-cache';

/** Rows. */
export interface Shares {
  inAll: number;
  perRight: number;
  perPlan: number;
}

interface Kept<T> {
  value: T;
  rows: number;
  plan: string;
  right: string;
}

export interface FairCache<T> {
  get(key: string): T | undefined;
  /** A value that is larger than a share is the only one of its plan or right; one that is larger than all of it is not kept. `rows`: where they were counted before. */
  set(key: string, plan: string, value: T, rows?: number): void;
}

export function fairCache<T extends object>(shares: Shares, rowsOf: (value: T) => number, rightOf: (plan: string) => string): FairCache<T> {
  const rows = new Map<string, number>();
  const add = ({ plan, right, rows: size }: Kept<T>, by: 1 | -1) => {
    for (const owner of [`plan ${plan}`, `right ${right}`]) {
      const now = (rows.get(owner) ?? 0) + by * size;
      if (now === 0) rows.delete(owner);
      else rows.set(owner, now);
    }
  };
  const cache = new LRUCache<string, Kept<T>>({ maxSize: shares.inAll, sizeCalculation: (kept) => kept.rows, dispose: (kept) => add(kept, -1) });
  /** Makes room in a share, from the least recently used value on. */
  const makeRoom = (wanted: number, share: number, owner: string, isOf: (kept: Kept<T>) => boolean) => {
    if ((rows.get(owner) ?? 0) + wanted <= share) return;
    const oldestFirst = [...cache.rkeys()];
    for (const key of oldestFirst) {
      if ((rows.get(owner) ?? 0) + wanted <= share) return;
      const kept = cache.peek(key);
      if (kept && isOf(kept)) cache.delete(key);
    }
  };
  return {
    get: (key) => cache.get(key)?.value,
    set(key, plan, value, counted) {
      const kept: Kept<T> = { value, rows: counted ?? rowsOf(value), plan, right: rightOf(plan) };
      cache.delete(key);
      if (kept.rows > shares.inAll) return;
      makeRoom(kept.rows, shares.perPlan, `plan ${plan}`, (each) => each.plan === plan);
      makeRoom(kept.rows, shares.perRight, `right ${kept.right}`, (each) => each.right === kept.right);
      cache.set(key, kept);
      add(kept, 1);
    },
  };
}
