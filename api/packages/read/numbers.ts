/** The numbers of a release, planned and done: from the signed previews and the ledger, both of which outlive its workflows. */
import { setImmediate as pause } from 'node:timers/promises';
import { rulesOf } from '../../../domain/plan/incompatible-rules.ts';
import { countingNumbers } from '../../../domain/access/planned-and-done.ts';
import { withPauses } from '../../../domain/slices.ts';
import type { ReleaseNumbers } from '../../../domain/views/release-numbers.ts';
import type { WavePackageView } from '../../../domain/views/wave.ts';
import type { Services } from '../../route.ts';
import type { Target } from '../../target.ts';
import { contentsOf } from '../preview/contents.ts';

/** Undefined: nothing was released, or its preview is not on record. In a page turn (page-turns.ts): previews and ledger may have hundreds of thousands of rows. */
export async function numbersOf({ store, grants }: Services, target: Target, inWave: WavePackageView | undefined): Promise<ReleaseNumbers | undefined> {
  const { plan, wave, package: id = '' } = target;
  if (!inWave?.preview || inWave.releasedAtMs === undefined || inWave.change === 'observe') return undefined;
  const { preview, previewDigest, releasedAtMs } = inWave;
  const { numbers } = await grants.madeOf<{ numbers?: ReleaseNumbers }>({ plan, wave, package: id }, { what: 'numbers', of: previewDigest }, async (done) => {
    const contents = await contentsOf(store, target, preview);
    if (!contents) return { value: {}, size: 0, isBrief: true };
    const release = (await store.releases({ plan, package: id })).find((each) => each.wave === wave);
    const document = release && (await store.revision(plan, release.revision))?.document;
    const rolePackage = document?.packages.find((each) => each.id === id);
    const rules = document && rolePackage ? rulesOf(document, rolePackage) : [];
    const counted = await withPauses(countingNumbers(contents, done, rules, releasedAtMs, Date.now()), pause);
    // Of somebody who holds neither, the time goes on.
    return { value: { numbers: counted }, size: counted.systems.length, isBrief: done.some(({ switching }) => switching !== undefined) };
  });
  return numbers;
}
