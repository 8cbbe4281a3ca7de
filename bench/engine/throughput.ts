/** Released waves per second under saturation, without evaluations: from the start of the first until the last has granted its access. Each takes evidence and three sign-offs. */
import { compared, type Pair, type Result } from './result.ts';
import type { Scale } from './scale.ts';
import type { Site } from './site.ts';
import { release, terminate, type Side, type WaveSpec } from './side.ts';

export async function throughput({ product, bare }: Site, scale: Scale): Promise<Result[]> {
  await Promise.all([product.worker.start(), bare.worker.start()]);
  await wavesPerSecond(product, 'warm-up', 10);
  await wavesPerSecond(bare, 'warm-up', 10);
  const pairs: Pair[] = [];
  for (let run = 0; run < scale.runs; run += 1) {
    const measured = { product: 0, bare: 0 };
    for (const side of run % 2 === 0 ? [product, bare] : [bare, product]) measured[side.name] = await wavesPerSecond(side, String(run), scale.releases);
    pairs.push({ product: measured.product, baseline: measured.bare });
  }
  return [compared('released waves without evaluations, saturated', 'waves/s', '>=0.7', pairs)];
}

async function wavesPerSecond(side: Side, run: string, count: number): Promise<number> {
  const specs = Array.from({ length: count }, (_, index): WaveSpec => ({
    id: `${side.name}-throughput-${run}-${index}/wave`,
    // In the past, so that each wave goes live as soon as it is ready. Its window is long.
    goLiveMs: Date.now() - 3_600_000,
    alsoSigns: ['otto', 'hugo'],
    evaluations: { every: 1, length: 21 },
  }));
  const from = performance.now();
  await release(side, specs, { atATime: 32, withinMs: 600_000 });
  const seconds = (performance.now() - from) / 1_000;
  await terminate(side, specs);
  return count / seconds;
}
