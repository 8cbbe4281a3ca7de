/** How much is measured. */
export interface Scale {
  runs: number;
  /** Real length of a day in which a wave's events are counted; milliseconds. */
  eventsDayMs: number;
  signOffs: number;
  releases: number;
  waiting: number;
  windows: number;
  /** Real length of the day after which the first evaluation of a window is due: longer than it takes to release all of them on both sides. */
  windowDayMs: number;
}

export const scales = {
  full: { runs: 3, eventsDayMs: 3_000, signOffs: 200, releases: 300, waiting: 1_000, windows: 1_000, windowDayMs: 600_000 },
  small: { runs: 3, eventsDayMs: 2_000, signOffs: 60, releases: 60, waiting: 200, windows: 60, windowDayMs: 45_000 },
} as const satisfies Record<string, Scale>;
