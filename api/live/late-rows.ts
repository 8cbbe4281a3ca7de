/**
 * Rows of a table in the order in which they become visible, each once. Positions are given when a row is written, and a transaction that takes longer commits
 * its row after others with higher positions: the last ones are therefore read again for a while, and those that were seen are left out.
 */

/** How long a transaction may take, from writing a row to its commit; milliseconds. */
const lateMs = 10_000;

export class LateRows {
  /** Everything up to it was seen, or was never written. */
  #low: number;
  readonly #seen = new Map<number, number>();

  constructor(low: number) {
    this.#low = low;
  }

  /** Read what is after this position. */
  get after(): number {
    return this.#low;
  }

  /** Of these rows, those that are new. `nowMs`: never goes back. */
  fresh<Row extends { position: number }>(rows: readonly Row[], nowMs: number): Row[] {
    const found = rows.filter(({ position }) => position > this.#low && !this.#seen.has(position));
    for (const { position } of found) this.#seen.set(position, nowMs);
    // In the order in which they were seen: what was seen long ago comes first.
    for (const [position, atMs] of this.#seen) {
      if (nowMs - atMs < lateMs) break;
      this.#low = Math.max(this.#low, position);
      this.#seen.delete(position);
    }
    for (const position of this.#seen.keys()) if (position <= this.#low) this.#seen.delete(position);
    return found;
  }
}
