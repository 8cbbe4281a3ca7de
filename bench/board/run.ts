/** The board, its list and its streams at scale, beside the same by hand in the same run. */
import type { Result } from '../engine/result.ts';
import { measure } from '../measurements.ts';
import { list } from './list.ts';
import { live } from './live.ts';
import { page } from './page.ts';
import { eventsPerSecond, scales, type Scale } from './scale.ts';
import { startBoardSite, type BoardSite } from './site.ts';

const measurements: Record<string, (site: BoardSite, scale: Scale) => Promise<Result[]>> = { list, live, page };

export const help = `Usage: npm run bench -- board [options]

Compares lists, streams and pages at scale with the same by hand, by turns in one run (docs/decisions/0177-what-the-bench-of-the-board-compares.md):
  list   ${scales.full.packages} packages through the API, and the same executions from Temporal's visibility, page by page; p95 of the whole list
  live   ${scales.full.streams} open event streams on one API, and on a bare server of node:http that reads what happened from the same PostgreSQL as often
         (every 0.4 s); memory per stream, and p99 until an event is at all of them, with and without how long it took to be found
  page   the board of ${scales.full.rows} packages in Chromium, and all of its rows as static HTML, until they can be used; and the longest task on the
         page while ${eventsPerSecond} events a second come
On a Temporal dev server in memory, or the one that TEMPORAL_ADDRESS names. Values are medians of several runs; goals apply to the ratio.

  --scale full|small   how much to measure (default: full, about twenty minutes; small: about four minutes; the goals are about full)
  --only a,b           measure only some of: ${Object.keys(measurements).join(', ')}
  --runs N             how many runs (default: ${scales.full.runs}; small: ${scales.small.runs})
  --json               print an array of {name, product, baseline, ratio, goal, unit, runs} instead of a table
  --help               show this
`;

export const board = (args: string[]): Promise<void> => measure(args, { measurements, scales, start: startBoardSite });
