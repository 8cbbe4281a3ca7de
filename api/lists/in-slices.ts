/** Walks through many rows, and lets other requests be answered in between: a hundred thousand in one piece hold everybody up for a second. */
import { setImmediate as others } from 'node:timers/promises';

const inASlice = 2_000;

export async function inSlices<T>(rows: Iterable<T>, visit: (row: T) => void): Promise<void> {
  let count = 0;
  for (const row of rows) {
    visit(row);
    count += 1;
    if (count % inASlice === 0) await others();
  }
}
