/** Compares the product's workflows with a bare workflow written by hand (bare.ts), on the same server. */
import { parseArgs } from 'node:util';
import { events } from './events.ts';
import { memory } from './memory.ts';
import { recovery } from './recovery.ts';
import { table, type Result } from './result.ts';
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

export async function engine(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: 'string', default: 'full' },
      only: { type: 'string', default: Object.keys(measurements).join(',') },
      runs: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const scale = scaleOf(values.scale, values.runs);
  const wanted = values.only.split(',').map((name) => {
    const measure = measurements[name];
    if (!measure) throw new Error(`--only names '${name}', which is not a measurement: choose from ${Object.keys(measurements).join(', ')}`);
    return { name, measure };
  });

  const site = await startSite();
  const results: Result[] = [];
  const stop = () => void site.close().then(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for (const { name, measure } of wanted) {
      const from = performance.now();
      console.error(`Measuring ${name} …`);
      results.push(...(await measure(site, scale)));
      console.error(`✓ ${name} (${Math.round((performance.now() - from) / 1_000)} s)`);
    }
  } catch (error) {
    // Calls that a client still tries again throw in its timers once the connection is closed: nobody could read the mistake, and the servers would go on.
    process.on('uncaughtException', () => undefined);
    throw error;
  } finally {
    if (results.length > 0) console.log(values.json ? JSON.stringify(results, undefined, 2) : table(results));
    await site.close();
  }
}

function scaleOf(name: string, runs: string | undefined): Scale {
  if (name !== 'full' && name !== 'small') throw new Error(`--scale is '${name}': write full or small`);
  if (runs !== undefined && !/^[1-9]\d?$/.test(runs)) throw new Error(`--runs is '${runs}': write a number from 1 to 99`);
  return { ...scales[name], ...(runs === undefined ? {} : { runs: Number(runs) }) };
}
