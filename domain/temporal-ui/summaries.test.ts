import { describe, expect, test } from 'vitest';
import { notice } from '../../test/support/notices.ts';
import { recordBatch, type RecordBatch } from '../records.ts';
import { recordSummary, refusedSummary } from './summaries.ts';

const event = (kind: string, rolePackage?: string): RecordBatch['events'][number] => ({
  id: `small/first#${kind}`,
  plan: 'small',
  wave: 'first',
  ...(rolePackage === undefined ? {} : { package: rolePackage }),
  atMs: 1,
  actor: 'ana',
  kind,
  text: "by ana, 'because'",
});

describe('a marker says what was recorded', () => {
  test.each<[string, Partial<RecordBatch>]>([
    ['approved closing; 1 message', { messages: [{ jws: 'x' }], events: [event('approved', 'closing')] }],
    [
      'date set; 1 message; 2 requests answered',
      {
        messages: [{ jws: 'x' }],
        events: [event('date-set')],
        answered: [
          { notices: ['1'], atMs: 1 },
          { notices: ['2'], atMs: 1 },
        ],
      },
    ],
    ['previewed closing; 1 notice', { events: [event('previewed', 'closing')], notices: [notice()] }],
    ['a, b, c, 2 more', { events: ['a', 'b', 'c', 'd', 'e'].map((kind) => event(kind)) }],
    ['note x 3', { events: [event('note'), event('note'), event('note')] }],
    ['final record', { finals: [{ workflowId: 'small/first', state: {} }] }],
  ])('%s', (summary, batch) => {
    expect(recordSummary(recordBatch(batch))).toBe(summary);
  });

  test('and names nobody', () => {
    expect(
      recordSummary(recordBatch({ messages: [{ jws: 'ana' }], events: [event('approved', 'closing')], notices: [notice({ to: ['ana'] })] })),
    ).not.toContain('ana');
  });

  test('within what Temporal takes for a summary', () => {
    const events = ['a', 'b', 'c', 'd'].map((kind) => event(kind, 'é'.repeat(300)));
    expect(Buffer.byteLength(recordSummary(recordBatch({ events })))).toBe(200);
  });
});

test('a marker says which signals were refused, and why', () => {
  const refused = { type: 'signOff', code: 'not-authorized' };
  expect(refusedSummary([refused])).toBe('refused: signOff (not-authorized)');
  expect(refusedSummary([refused, refused, { type: 'note', code: 'malformed' }])).toBe('refused: signOff (not-authorized) x 2, note (malformed)');
});
