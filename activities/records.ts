/** Brings what a workflow accepted and what happened to the store: one short transaction, idempotent by the ids inside. */
import type { RecordActivities } from './contract.ts';
import type { ActivityDeps } from './deps.ts';

export const records = (deps: ActivityDeps): RecordActivities => ({ record: (batch) => deps.store.record(batch) });
