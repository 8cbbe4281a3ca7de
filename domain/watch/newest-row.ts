/**
 * How old the newest row is that a metric counts: found by asking the same statement for shorter and shorter ranges that end now, so that it works for any
 * statement and any provider. What has happened is counted; how late it arrived is not written anywhere.
 */

import type { Reading } from './time-base.ts';

const shortestMs = 1_000;
/** The answer is at most this much too old. */
const precision = 0.03;

/**
 * Milliseconds; undefined where even the longest range counts nothing. `counted`: how many rows the last so many milliseconds hold.
 * Asks about twelve times for a month.
 */
export async function newestRowAge(counted: (spanMs: number) => Promise<number>, longestMs: number): Promise<number | undefined> {
  if ((await counted(longestMs)) === 0) return undefined;
  // The newest row lies between these two ages.
  let youngest = 0;
  let oldest = longestMs;
  while (oldest > shortestMs && oldest - youngest > oldest * precision) {
    const middle = youngest === 0 ? Math.max(oldest / 16, shortestMs) : Math.sqrt(youngest * oldest);
    if (middle >= oldest) break;
    if ((await counted(middle)) > 0) oldest = middle;
    else youngest = middle;
  }
  return oldest;
}

/** How many rows a reading counted: what a ratio is of, and what a rate counts. */
export const rowsOf = (reading: Reading): number => ('of' in reading ? reading.of : 'count' in reading ? reading.count : 0);

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
