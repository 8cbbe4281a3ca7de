/** Which ids are in a large set, at four bytes each. It may say that one is which is not, so the set itself is asked then; never the other way round. */
import { randomBytes } from 'node:crypto';

export interface NamesSet {
  size: number;
  has(id: string): boolean;
}

export type Hash = (id: string) => number;

/** Of this process alone: nobody can choose ids that look like another. */
export function keyedHash(seed = randomBytes(4).readUInt32LE()): Hash {
  return (id) => {
    let hash = seed;
    for (let at = 0; at < id.length; at++) {
      hash = Math.imul(hash ^ id.charCodeAt(at), 0x5bd1e995);
      hash ^= hash >>> 15;
    }
    return Math.imul(hash ^ seed, 0x85ebca6b) >>> 0;
  };
}

export function namesSet(ids: ReadonlySet<string>, hash: Hash): NamesSet {
  const sorted = Uint32Array.from(ids, hash).toSorted();
  return {
    size: sorted.length,
    has(id) {
      const wanted = hash(id);
      let [low, high] = [0, sorted.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
        else high = middle;
      }
      return sorted[low] === wanted;
    },
  };
}
