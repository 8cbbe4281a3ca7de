/** Walks through many rows, and lets other requests be answered in between. */
import { setImmediate as pause } from 'node:timers/promises';
import { eachOf, withPauses } from '../../domain/slices.ts';

export async function inSlices<T>(rows: Iterable<T>, visit: (row: T) => void): Promise<void> {
  await withPauses(eachOf(rows, visit), pause);
}
