/**
 * People who are measured over a range, of whom some had the access for a part of it only, because they joined an open cohort. Each counts from when the access
 * was granted to them, as the others count from go-live. All times are plan time in milliseconds.
 */
import type { Range, Reading } from './time-base.ts';

export interface Joined {
  person: string;
  /** The access was granted to them, or found with them, then. */
  sinceMs: number;
}

/** People who are counted from the same instant on. */
export interface PartOfRange {
  people: string[];
  fromMs: number;
}

const hourMs = 3_600_000;
/** Each part is a question of its own to the source of a metric. */
const mostParts = 3;

/**
 * First those who are counted over the whole range, then those who joined within it, in order. Those who joined within an hour are one part, which begins when
 * the last of them had the access; of more parts than are asked for, the latest are one. Nobody is counted before they had it, nor at its end.
 */
export function partsOf({ fromMs, toMs }: Range, people: readonly string[], joined: readonly Joined[]): PartOfRange[] {
  const whole: PartOfRange = { people: [...people], fromMs };
  const parts = [whole];
  for (const { person, sinceMs } of joined.toSorted((one, other) => one.sinceMs - other.sinceMs)) {
    if (sinceMs <= fromMs) whole.people.push(person);
    else if (sinceMs < toMs) {
      const last = parts.at(-1);
      const isSame = last !== undefined && last !== whole && (sinceMs - last.fromMs <= hourMs || parts.length === mostParts);
      if (isSame) {
        last.people.push(person);
        last.fromMs = sinceMs;
      } else parts.push({ people: [person], fromMs: sinceMs });
    }
  }
  return parts;
}

/** Which part of the range a part of it is, 0 to 1. */
export const shareOfRange = ({ fromMs, toMs }: Range, part: Pick<PartOfRange, 'fromMs'>): number =>
  toMs > fromMs ? (toMs - part.fromMs) / (toMs - fromMs) : 1;

/** What was counted of disjoint people, as one reading; undefined where there is none. Only counts can be added up. */
export function together([first, ...others]: Reading[]): Reading | undefined {
  let sum = first;
  for (const other of others) {
    if (!sum || !('count' in sum) || !('count' in other)) continue;
    const count = sum.count + other.count;
    sum = 'of' in sum && 'of' in other ? { count, of: sum.of + other.of } : { count };
  }
  return sum;
}
