/**
 * How old the newest row is that a metric counts: found by asking the same statement for shorter and shorter ranges that end now, so that it works for any
 * statement and any provider. What has happened is counted; how late it arrived is not written anywhere.
 */

import type { Reading } from './time-base.ts';

const shortestMs = 1_000;
/** The answer is at most this much too old. */
const precision = 0.03;

export interface NewestRow {
  ageMs: number;
  /** That the longest range holds. */
  rows: number;
}

/**
 * Undefined where even the longest range counts nothing. `read`: over the last so many milliseconds; undefined where there is nothing to divide by. Asks about
 * twelve times for a month.
 */
export async function newestRow(read: (spanMs: number) => Promise<Reading | undefined>, longestMs: number): Promise<NewestRow | undefined> {
  const longest = await read(longestMs);
  if (longest === undefined || rowsOf(longest) === 0) return undefined;
  // A ratio of people, whatever they did, has the same number below the line for every range: what it counts is above.
  const shortest = await read(shortestMs);
  const isOfPeople = 'of' in longest && shortest !== undefined && rowsOf(shortest) === longest.of;
  const rowsIn = (reading: Reading | undefined): number => (reading === undefined ? 0 : isOfPeople && 'count' in reading ? reading.count : rowsOf(reading));
  const rows = rowsIn(longest);
  if (rows === 0) return undefined;
  if (rowsIn(shortest) > 0) return { ageMs: shortestMs, rows };
  // The newest row lies between these two ages.
  let youngest = shortestMs;
  let oldest = longestMs;
  while (oldest - youngest > oldest * precision) {
    const middle = youngest === shortestMs && oldest / 16 > shortestMs ? oldest / 16 : Math.sqrt(youngest * oldest);
    if (rowsIn(await read(middle)) > 0) oldest = middle;
    else youngest = middle;
  }
  return { ageMs: oldest, rows };
}

/** What a ratio is of, and what a rate counts. */
const rowsOf = (reading: Reading): number => ('of' in reading ? reading.of : 'count' in reading ? reading.count : 0);

/**
 * Whether rows seem to arrive late: the newest one is older than the metric allows for by much more than the usual time between two rows, and by
 * enough to matter in an evaluation. `rows` were counted over `rangeMs`.
 */
export function isLate({
  ageMs,
  delayMs,
  lookbackMs,
  rows,
  rangeMs,
}: {
  ageMs: number;
  delayMs: number;
  lookbackMs: number;
  rows: number;
  rangeMs: number;
}): boolean {
  return ageMs - delayMs > Math.max(lookbackMs / 20, (10 * rangeMs) / Math.max(rows, 1));
}
