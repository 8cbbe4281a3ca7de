/** How much is measured. */
export interface Scale {
  runs: number;
  /** Listed, in plans of 250. */
  packages: number;
  /** How often all of them are listed on each side, in each run. */
  lists: number;
  /** Rows of a page, on both sides. */
  page: number;
  streams: number;
  /** Per run. What is asked again every half minute and every minute falls within a minute. */
  seconds: number;
  /** On the board. */
  rows: number;
  /** How often the board is opened on each side, in each run. */
  loads: number;
  /** How long events come while the board is open, in each run. */
  watchedSeconds: number;
}

export const scales = {
  full: { runs: 3, packages: 5_000, lists: 20, page: 500, streams: 500, seconds: 65, rows: 1_000, loads: 9, watchedSeconds: 20 },
  small: { runs: 2, packages: 500, lists: 10, page: 100, streams: 100, seconds: 15, rows: 200, loads: 5, watchedSeconds: 8 },
} as const satisfies Record<string, Scale>;

export const eventsPerSecond = 20;
