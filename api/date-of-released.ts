/** A go-live date for a wave that has released everything: it would change nothing, and be shown as when the wave went live. */
import { Problem } from './errors.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

/** Throws `wrong-stage`. What there is no plan for, and those who may set no date, are refused elsewhere. */
export async function refuseDateOfReleased({ store }: Pick<Services, 'store'>, { plan, wave }: Target, by: string): Promise<void> {
  const outline = (await store.latestOutline(plan))?.outline;
  if (!outline?.facts.operators.includes(by)) return;
  const planned = outline.waves.find((one) => one.wave === wave);
  if (!planned || planned.packages.length === 0) return;
  const released = new Set(await store.recordedAsReleased({ plan, wave }));
  if (planned.packages.every((each) => released.has(each.package)))
    throw new Problem('wrong-stage', `All packages of wave '${wave}' are released, so there is no date to set. A package is released again by another wave.`);
}
