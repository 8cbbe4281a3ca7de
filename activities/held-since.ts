/** A hold that a revision later than the released one has written: its wave may not have heard of it. */
import { isRecorded } from '../domain/authority/applied.ts';
import { entryOf } from '../domain/entry-of.ts';
import { nativeSignature } from '../store/native-signatures.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { notCovered } from './failures.ts';
import type { Released } from './past-deciders.ts';

/** What is released is lifted by the hold of its own revision, which is checked elsewhere. */
export async function refuseIfHeldSince({ store, trustedKeys }: ActivityDeps, { revision, latest }: Released, { plan, wave }: ReleaseRef): Promise<void> {
  for (let number: number | undefined = latest; number !== undefined && number > revision.number; number = await store.newestRevisionNumber(plan, number)) {
    const head = await store.revisionHead(plan, number);
    // A row that the endpoint did not apply holds nothing.
    if (!head || !isRecorded(head, trustedKeys, nativeSignature)) continue;
    const since = entryOf(head.record.heldSince ?? {}, wave);
    if (since !== undefined && since > revision.number)
      throw notCovered(`revision ${since} of plan '${plan}' put wave '${wave}' on hold, and nobody has lifted that hold, so nothing was granted`);
    return;
  }
}
