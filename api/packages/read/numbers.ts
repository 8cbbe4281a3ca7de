/** The numbers of a release, planned and done: from the signed previews and the ledger, both of which outlive its workflows. */
import { rulesOf } from '../../../domain/plan/incompatible-rules.ts';
import { releaseNumbers } from '../../../domain/access/planned-and-done.ts';
import type { Done } from '../../../domain/release/done.ts';
import type { ReleaseNumbers } from '../../../domain/views/release-numbers.ts';
import type { WavePackageView } from '../../../domain/views/wave.ts';
import type { Services } from '../../route.ts';
import type { Target } from '../../target.ts';
import { contentsOf } from '../preview/contents.ts';

/** Previews of thousands are read and compared once for each state of the ledger, and kept as long as its list is. */
const known = new WeakMap<readonly Done[], { previewDigest: string | undefined; numbers: ReleaseNumbers }>();

/** Undefined: nothing was released, or its preview is not on record. */
export async function numbersOf({ store, grants }: Services, target: Target, inWave: WavePackageView | undefined): Promise<ReleaseNumbers | undefined> {
  const { plan, wave, package: id = '' } = target;
  if (!inWave?.preview || inWave.releasedAtMs === undefined || inWave.change === 'observe') return undefined;
  const { previewDigest, releasedAtMs } = inWave;
  const done = await grants.done({ plan, wave, package: id });
  const before = known.get(done);
  if (before && before.previewDigest === previewDigest) return before.numbers;
  const contents = await contentsOf(store, target, inWave.preview);
  if (!contents) return undefined;
  const release = (await store.releases({ plan, package: id })).find((each) => each.wave === wave);
  const document = release && (await store.revision(plan, release.revision))?.document;
  const rolePackage = document?.packages.find((each) => each.id === id);
  const numbers = releaseNumbers(contents, done, document && rolePackage ? rulesOf(document, rolePackage) : [], releasedAtMs, Date.now());
  // Of somebody who holds neither, the time goes on.
  if (!done.some(({ switching }) => switching !== undefined)) known.set(done, { previewDigest, numbers });
  return numbers;
}
