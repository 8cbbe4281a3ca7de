/**
 * Work on long lists in slices, between which a process does something else: a hundred thousand rows in one piece hold everybody up for a second. Each such
 * work is a generator that stops after every slice, so that one function serves those who wait for it at once and those who let others in between.
 */

export type Sliced<T> = Generator<undefined, T, undefined>;

/** Rows: some milliseconds, also where a key or a digest is made of each. */
export const inASlice = 1_000;

/** In one piece: for short lists, and where nothing else is to be done. */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** `pause`: resolves when others have had their turn, such as `setImmediate` of `node:timers/promises`. */
export async function withPauses<T>(work: Sliced<T>, pause: () => Promise<unknown>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await pause();
  }
}

export function* inSlices<T>(list: readonly T[]): Generator<readonly T[], undefined, undefined> {
  for (let from = 0; from < list.length; from += inASlice) yield list.length <= inASlice ? list : list.slice(from, from + inASlice);
}

export function* eachOf<T>(items: Iterable<T>, visit: (item: T) => void): Sliced<undefined> {
  let inThis = 0;
  for (const item of items) {
    visit(item);
    inThis += 1;
    if (inThis === inASlice) {
      yield;
      inThis = 0;
    }
  }
  if (inThis > 0) yield;
}

interface Keyed<T> {
  key: string;
  item: T;
}

/** A sorted copy, by UTF-16 code units of the keys; those with the same key stay in their order. Makes each key once. */
export function* sortedBy<T>(list: readonly T[], keyOf: (item: T) => string): Sliced<T[]> {
  let runs: Keyed<T>[][] = [];
  for (const slice of inSlices(list)) {
    runs.push(slice.map((item) => ({ key: keyOf(item), item })).sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0)));
    yield;
  }
  while (runs.length > 1) {
    const merged: Keyed<T>[][] = [];
    for (let index = 0; index < runs.length; index += 2) merged.push(yield* mergedOf(runs[index] ?? [], runs[index + 1] ?? []));
    runs = merged;
  }
  const all: T[] = [];
  yield* eachOf(runs[0] ?? [], ({ item }) => void all.push(item));
  return all;
}

function* mergedOf<T>(one: Keyed<T>[], other: Keyed<T>[]): Sliced<Keyed<T>[]> {
  if (other.length === 0) return one;
  const all: Keyed<T>[] = [];
  let [left, right] = [0, 0];
  for (;;) {
    const [first, second] = [one[left], other[right]];
    if (!first && !second) return all;
    if (first && (!second || first.key <= second.key)) {
      all.push(first);
      left += 1;
    } else if (second) {
      all.push(second);
      right += 1;
    }
    if (all.length % (10 * inASlice) === 0) yield;
  }
}
