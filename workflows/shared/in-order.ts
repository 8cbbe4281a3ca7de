/** Records what one workflow has in its outbox, so that the store has it in the order in which it was decided. */
import { partsOf } from '../../domain/record-parts.ts';
import { bothBatches, recordBatch, type RecordBatch } from '../../domain/records.ts';
import type { LocalTurns } from './local-turns.ts';

export interface Outbox {
  readonly turns: LocalTurns;
  hasPost(): boolean;
  takePost(): RecordBatch;
  putBack(post: RecordBatch): void;
}

/**
 * Several parts of a workflow record, and none comes between the parts of another one. What is recorded is taken out only in its turn: so where it cannot be, as in
 * a run that is cancelled, it is put back before everything that was decided after it.
 */
export async function recordInOrder(inbox: Outbox, record: (part: RecordBatch) => Promise<void>): Promise<void> {
  if (!inbox.hasPost()) return;
  await inbox.turns.take(async () => {
    while (inbox.hasPost()) {
      let left = partsOf(inbox.takePost());
      try {
        for (let part = left[0]; part; part = left[0]) {
          await record(part);
          left = left.slice(1);
        }
      } catch (error) {
        inbox.putBack(left.reduce(bothBatches, recordBatch()));
        throw error;
      }
    }
  });
}
