/**
 * Recovery: the worker is killed with SIGKILL while many windows are open, and each of them has an evaluation that becomes due while no worker runs.
 * The time is measured from the start of the next worker's process until the last of these evaluations has run.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compared, type Pair, type Result } from './result.ts';
import type { Scale } from './scale.ts';
import type { Site } from './site.ts';
import { release, terminate, until, type Side, type WaveSpec } from './side.ts';

/** For ten seconds the server still sends a workflow's tasks to a worker that is gone. Both sides are started after that. */
const forgottenMs = 12_000;

export async function recovery({ product, bare }: Site, scale: Scale): Promise<Result[]> {
  const pairs: Pair[] = [];
  for (let run = 0; run < scale.runs; run += 1) {
    const sides = run % 2 === 0 ? [product, bare] : [bare, product];
    await Promise.all(sides.map((side) => side.worker.start()));
    const windows = await Promise.all(sides.map((side) => open(side, run, scale)));
    await Promise.all(sides.map((side) => side.worker.kill()));
    await sleep(scale.windowDayMs + forgottenMs);

    const measured = { product: 0, bare: 0 };
    for (const [index, side] of sides.entries()) {
      const specs = windows[index] ?? [];
      measured[side.name] = await recover(side, specs);
      await terminate(side, specs);
      await side.worker.stop();
    }
    pairs.push({ product: measured.product, baseline: measured.bare });
  }
  return [compared('recovery of open windows after SIGKILL', 's', '<=1.3', pairs)];
}

/** Opens windows: all waves are released, and no evaluation is due yet. */
async function open(side: Side, run: number, { windows, windowDayMs }: Scale): Promise<WaveSpec[]> {
  const from = Date.now();
  const specs = Array.from({ length: windows }, (_, index): WaveSpec => ({
    id: `${side.name}-recovery-${run}-${index}/wave`,
    goLiveMs: from - windowDayMs,
    alsoSigns: [],
    // One evaluation after a day, and none for the twenty days after that.
    evaluations: { every: 21, length: 21 },
    realDayMs: windowDayMs,
  }));
  await release(side, specs, { atATime: 32, withinMs: windowDayMs, together: true });
  return specs;
}

async function recover(side: Side, specs: WaveSpec[]): Promise<number> {
  const from = performance.now();
  await side.worker.start();
  await until(side, 'evaluation', specs, specs.length, 900_000);
  return (performance.now() - from) / 1_000;
}
