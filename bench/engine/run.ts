/** Compares the product's workflows with a bare workflow written by hand (bare.ts), on the same server. */
import { events } from './events.ts';
import { memory } from './memory.ts';
import { recovery } from './recovery.ts';
import { measure } from '../measurements.ts';
import type { Result } from './result.ts';
import { scales, type Scale } from './scale.ts';
import { signOff } from './sign-off.ts';
import { startSite, type Site } from './site.ts';
import { throughput } from './throughput.ts';

const measurements: Record<string, (site: Site, scale: Scale) => Promise<Result[]>> = { events, 'sign-off': signOff, throughput, memory, recovery };

export const help = `Usage: npm run bench -- engine [options]

Compares Rolewave's workflows with the same wave written by hand against bare Temporal (bench/engine/bare.ts). Both take turns on the same
server: a Temporal dev server in memory, or the one that TEMPORAL_ADDRESS names. Values are medians of several runs; goals apply to the ratio.

  --scale full|small   how much to measure (default: full, about an hour and a half; small: about twelve minutes)
  --only a,b           measure only some of: ${Object.keys(measurements).join(', ')}
  --runs N             how many runs (default: 3)
  --json               print an array of {name, product, baseline, ratio, goal, unit, runs} instead of a table
  --help               show this
`;

export const engine = (args: string[]): Promise<void> => measure(args, { measurements, scales, start: startSite });
