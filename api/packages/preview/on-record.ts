/** Which preview a package has. While Temporal or its workers are silent, the store still has the last one, and knows who may read it. */
import { packageDigest } from '../../../domain/plan/digest.ts';
import type { SignOffView } from '../../../domain/views/sign-off.ts';
import type { StoreReader } from '../../../store/contract.ts';
import type { Target } from '../../target.ts';
import { lastPreviewed, type Part } from './contents.ts';

export interface Previewed {
  planDigest: string;
  previewDigest: string;
  parts: Part[];
  /** Of the plan, which has the rules about incompatible entitlements. */
  revision: number;
  signOffs: SignOffView[];
  asRecorded?: true;
}

/**
 * The preview that was recorded last: a wave that runs may have another one by now. Who has signed it is the wave's to say. Undefined: none is on record, or
 * the plan no longer has the package.
 */
export async function previewOnRecord(store: StoreReader, target: Target): Promise<Previewed | undefined> {
  const { plan, wave, package: id = '' } = target;
  const [previewed, latest] = await Promise.all([lastPreviewed(store, target), store.latestRevision(plan)]);
  const isPlanned = latest?.document.waves.some((one) => one.id === wave && one.packages.some((entry) => entry.package === id));
  const planDigest = latest && isPlanned ? packageDigest(latest.document, id, wave) : undefined;
  if (!previewed || !latest || planDigest === undefined) return undefined;
  return { planDigest, previewDigest: previewed.digest, parts: previewed.parts, revision: latest.number, signOffs: [], asRecorded: true };
}
