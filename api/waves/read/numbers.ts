/** What the releases of a wave changed together, planned and done: from the signed previews and the ledger, both of which outlive its workflows. */
import { setImmediate as pause } from 'node:timers/promises';
import { findingRadius, waveNumbers, type ReleaseRadius } from '../../../domain/access/planned-and-done.ts';
import { withPauses } from '../../../domain/slices.ts';
import type { WaveNumbers } from '../../../domain/views/release-numbers.ts';
import { inParallel } from '../../in-parallel.ts';
import { contentsOf, partsOf } from '../../packages/preview/contents.ts';
import type { Services } from '../../route.ts';

/** Two previews and ledgers in memory at a time. */
const releasesAtOnce = 2;

/** A release whose signed preview is not on record is left out. In a page turn (page-turns.ts), as the numbers of one release. */
export async function numbersOfWave({ store, grants }: Services, { plan, wave }: { plan: string; wave: string }): Promise<WaveNumbers> {
  const releases = (await store.releases({ plan })).filter((release) => release.wave === wave && release.change !== 'observe');
  const found = await inParallel(releasesAtOnce, releases, async (release) => {
    const { radius } = await grants.madeOf<{ radius?: ReleaseRadius }>(release, { what: 'radius', of: release.previewDigest }, async (done) => {
      const target = { plan, wave, package: release.package };
      const parts = await partsOf(store, target, release.previewDigest);
      const contents = parts && (await contentsOf(store, target, parts));
      if (!contents) return { value: {}, size: 0, isBrief: true };
      const changed = await withPauses(findingRadius(contents, done), pause);
      const size = [...changed.planned.values(), ...changed.done.values()].reduce((sum, accounts) => sum + accounts.size, 0);
      return { value: { radius: changed }, size };
    });
    return radius;
  });
  return waveNumbers(found.filter((radius) => radius !== undefined));
}
