/** A batch of records in parts that Temporal takes as the input of an activity, whatever piled up while the store could not be reached. */
import { bytesOf } from './plan/fields.ts';
import { recordBatch, type RecordBatch } from './records.ts';

/** Bytes of JSON: half of what Temporal takes. One record that is larger is a part of its own. */
export const mostOfPart = 1024 * 1024;

/** In their order, messages first: what a message led to is never on record without it. One part where all of it fits. */
export function partsOf(batch: RecordBatch, most = mostOfPart): RecordBatch[] {
  if (bytesOf(JSON.stringify(batch)) <= most) return [batch];
  const parts: RecordBatch[] = [];
  let left = 0;
  const add = <K extends keyof RecordBatch>(kind: K, record: RecordBatch[K][number]): void => {
    const bytes = bytesOf(JSON.stringify(record)) + 1;
    let part = parts.at(-1);
    if (!part || bytes > left) {
      parts.push((part = recordBatch()));
      left = most - bytesOf(JSON.stringify(part));
    }
    left -= bytes;
    (part[kind] as RecordBatch[K][number][]).push(record);
  };
  for (const kind of ['messages', 'evaluations', 'events', 'notices', 'answered', 'finals'] as const) for (const record of batch[kind]) add(kind, record);
  return parts;
}
