import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { partsOf } from './record-parts.ts';
import { bothBatches, recordBatch, type AuditEvent, type RecordBatch } from './records.ts';

const event = (id: number, text: string) => ({ id: `p/w#${id}`, plan: 'p', atMs: 1, actor: 'ann', kind: 'note', text }) as AuditEvent;
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

const anyBatch = fc
  .record({
    messages: fc.array(fc.string({ maxLength: 900 })),
    events: fc.array(fc.string({ maxLength: 900, unit: 'binary' })),
    finals: fc.array(fc.string({ maxLength: 900 })),
  })
  .map(({ messages, events, finals }): RecordBatch =>
    recordBatch({
      messages: messages.map((jws) => ({ jws })),
      events: events.map((text, index) => event(index, text)),
      finals: finals.map((workflowId) => ({ workflowId, state: {} })),
    }),
  );

test('the parts are the batch, in its order, and each fits', () => {
  fc.assert(
    fc.property(anyBatch, (batch) => {
      const parts = partsOf(batch, 6_000);
      expect(parts.reduce(bothBatches, recordBatch())).toEqual(batch);
      for (const part of parts) expect(bytes(part)).toBeLessThanOrEqual(6_000);
    }),
  );
});

test('what fits is one part, as it is', () => {
  const batch = recordBatch({ events: [event(1, 'short')] });
  expect(partsOf(batch)).toEqual([batch]);
  expect(partsOf(batch)[0]).toBe(batch);
});

test('messages go before what they led to, and what is larger than a part goes alone', () => {
  const batch = recordBatch({ messages: [{ jws: 'a' }, { jws: 'b'.repeat(5_000) }, { jws: 'c' }], events: [event(1, 'x'.repeat(1_000))] });
  expect(partsOf(batch, 1_500).map(({ messages, events }) => [messages.map(({ jws }) => jws[0]), events.length])).toEqual([
    [['a'], 0],
    [['b'], 0],
    [['c'], 1],
  ]);
});

test('a thousand long events do not go at once, and Temporal takes each part', () => {
  const parts = partsOf(recordBatch({ events: Array.from({ length: 1_000 }, (_, index) => event(index, '語'.repeat(2_000))) }));
  expect(parts.length).toBeGreaterThan(5);
  for (const part of parts) expect(bytes(part)).toBeLessThan(2 * 1024 * 1024);
});
