/** The part that benches of several measurements share: which of them are wanted, at which scale, on one site, and what they print. */
import { parseArgs } from 'node:util';
import { table, type Result } from './engine/result.ts';

interface Measured<Site, Scale> {
  measurements: Record<string, (site: Site, scale: Scale) => Promise<Result[]>>;
  scales: Record<'full' | 'small', Scale>;
  start(): Promise<Site>;
}

/** Prints also what was measured before something failed. Throws where an option is not one of those that exist. */
export async function measure<Site extends { close(): Promise<unknown> }, Scale extends { runs: number }>(
  args: string[],
  { measurements, scales, start }: Measured<Site, Scale>,
): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: 'string', default: 'full' },
      only: { type: 'string', default: Object.keys(measurements).join(',') },
      runs: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const scale = scaleOf(scales, values.scale, values.runs);
  const wanted = values.only.split(',').map((name) => {
    const one = measurements[name];
    if (!one) throw new Error(`--only names '${name}', which is not a measurement: choose from ${Object.keys(measurements).join(', ')}`);
    return { name, one };
  });

  const site = await start();
  const results: Result[] = [];
  const stop = () => void site.close().then(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for (const { name, one } of wanted) {
      const from = performance.now();
      console.error(`Measuring ${name} …`);
      results.push(...(await one(site, scale)));
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

function scaleOf<Scale>(scales: Record<'full' | 'small', Scale>, name: string, runs: string | undefined): Scale {
  if (name !== 'full' && name !== 'small') throw new Error(`--scale is '${name}': write full or small`);
  if (runs !== undefined && !/^[1-9]\d?$/.test(runs)) throw new Error(`--runs is '${runs}': write a number from 1 to 99`);
  return { ...scales[name], ...(runs === undefined ? {} : { runs: Number(runs) }) };
}
