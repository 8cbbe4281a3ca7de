/** The memory that a worker uses for each wave that waits for its sign-offs: after garbage collection, minus what the same worker used while idle. */
import { compared, type Pair, type Result } from './result.ts';
import type { Scale } from './scale.ts';
import type { Site } from './site.ts';
import { inParallel, terminate, until, type Side, type WaveSpec } from './side.ts';

type Used = Record<'rss' | 'heap', number>;

export async function memory({ product, bare }: Site, scale: Scale): Promise<Result[]> {
  await Promise.all([product.worker.stop(), bare.worker.stop()]);
  const pairs: Record<keyof Used, Pair[]> = { rss: [], heap: [] };
  for (let run = 0; run < scale.runs; run += 1) {
    const used: Record<Side['name'], Used> = { product: { rss: 0, heap: 0 }, bare: { rss: 0, heap: 0 } };
    for (const side of run % 2 === 0 ? [product, bare] : [bare, product]) used[side.name] = await perWave(side, run, scale.waiting);
    for (const what of ['rss', 'heap'] as const) pairs[what].push({ product: used.product[what], baseline: used.bare[what] });
  }
  return [
    compared('memory per waiting wave, whole process (RSS)', 'KB', '<=1.3', pairs.rss),
    compared('memory per waiting wave, JavaScript heap only', 'KB', '<=1.3', pairs.heap),
  ];
}

async function perWave(side: Side, run: number, count: number): Promise<Used> {
  const waiting = (name: string, length: number) =>
    Array.from({ length }, (_, index): WaveSpec => ({
      id: `${side.name}-memory-${run}-${name}-${index}/wave`,
      goLiveMs: Date.now() + 30 * 86_400_000,
      alsoSigns: ['otto', 'hugo'],
      evaluations: { every: 1, length: 21 },
    }));
  await side.worker.start();
  try {
    // The worker runs something first, so that what it loads and allocates only once is not counted for the waves.
    const first = waiting('first', 25);
    await start(side, first);
    const idle = await side.worker.memory();
    const specs = waiting('wave', count);
    await start(side, specs);
    const full = await side.worker.memory();
    await terminate(side, [...first, ...specs]);
    return { rss: (full.rss - idle.rss) / count / 1_024, heap: (full.heap - idle.heap) / count / 1_024 };
  } finally {
    await side.worker.stop();
  }
}

async function start(side: Side, specs: WaveSpec[]): Promise<void> {
  await inParallel(16, specs, (spec) => side.start(spec));
  await until(side, 'previewed', specs, specs.length, 300_000);
}
