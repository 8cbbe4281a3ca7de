/** Brings what a workflow accepted and what happened to the store: one short transaction, idempotent by the ids inside. */
import { verifySeal } from '../domain/authority/jws.ts';
import type { RecordActivities } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { nativeSignature } from './native-signatures.ts';

/** A workflow believes the keys in its input, and anybody who reaches the engine can choose those: what this worker's keys do not seal is not stored, and occupies no id. */
export const records = (deps: ActivityDeps): RecordActivities => ({
  record: async (batch) => {
    const { notices } = batch;
    await deps.store.record({
      ...batch,
      messages: batch.messages.filter(({ jws }) => verifySeal(jws, deps.trustedKeys, nativeSignature).ok),
    });
    // All of them, and not only those that were new to the store: whoever died between the two steps comes by here again.
    if (notices.length > 0) await deps.startNotices?.(notices);
  },
});
