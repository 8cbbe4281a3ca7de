/** What the releases of a wave changed together, planned and done: from the signed previews and the ledger, both of which outlive its workflows. */
import { radiusOf, waveNumbers, type ReleaseRadius } from '../../../domain/access/planned-and-done.ts';
import type { Done } from '../../../domain/release/done.ts';
import type { WaveNumbers } from '../../../domain/views/release-numbers.ts';
import { inParallel } from '../../in-parallel.ts';
import { contentsOf, partsOf } from '../../packages/preview/contents.ts';
import type { Services } from '../../route.ts';

/** For as long as the ledger of the release has nothing more. */
const known = new WeakMap<readonly Done[], ReleaseRadius>();

/** A release whose signed preview is not on record is left out. */
export async function numbersOfWave({ store, grants }: Services, { plan, wave }: { plan: string; wave: string }): Promise<WaveNumbers> {
  const releases = (await store.releases({ plan })).filter((release) => release.wave === wave && release.change !== 'observe');
  const found = await inParallel(4, releases, async (release) => {
    const done = await grants.done(release);
    const before = known.get(done);
    if (before) return before;
    const target = { plan, wave, package: release.package };
    const parts = await partsOf(store, target, release.previewDigest);
    const contents = parts && (await contentsOf(store, target, parts));
    if (!contents) return undefined;
    const radius = radiusOf(contents, done);
    known.set(done, radius);
    return radius;
  });
  return waveNumbers(found.filter((radius) => radius !== undefined));
}
