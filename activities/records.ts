/** Records in the store what a workflow accepted and what happened: one short transaction, idempotent by the ids inside. */
import { verifySeal } from '../domain/authority/jws.ts';
import { trustedAt } from '../domain/authority/keys.ts';
import type { RecordActivities } from './contract.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { nativeSignature } from './native-signatures.ts';

/** A workflow trusts the keys in its input, and anyone with access to Temporal can choose those. A message that this worker's keys do not verify is not stored and occupies no id. */
export const records = (deps: ActivityDeps): RecordActivities => ({
  record: async (batch) => {
    const { notices } = batch;
    await deps.store.record({
      ...batch,
      messages: batch.messages.filter(({ jws }) => verifySeal(jws, trustedAt(deps.trustedKeys, nowMs(deps)), nativeSignature).ok),
    });
    // Start all of them, not only those that are new to the store: a retry after a crash between the two steps must start them too.
    if (notices.length > 0) await deps.startNotices?.(notices);
  },
});
