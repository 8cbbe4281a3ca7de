/** What workers answer about a rollback: counts, and the digest under which the store has the people; workers of earlier versions answer with the people. */
import { expect, test } from 'vitest';
import type { LiveRollbackPreview, RollbackPreviewPart } from '../../../domain/release/rollback-preview.ts';
import { withPeople } from './preview-now.ts';

const part = (system: string, change: Partial<RollbackPreviewPart> = {}): RollbackPreviewPart => ({
  system,
  loses: [{ person: 'ann', account: 'ann', role: 'clerk' }],
  losesCount: 1,
  comesBack: [],
  comesBackCount: 0,
  stays: [],
  staysCount: 0,
  asks: [],
  asksCount: 0,
  ...change,
});
const of = { plan: 'test', wave: 'wave-1', package: 'clerks' };
const store = { rollbackPreview: async (asked: typeof of, digest: string) => (asked === of && digest === 'of crm' ? part('crm') : undefined) };
const live = (...parts: RollbackPreviewPart[]): LiveRollbackPreview => ({ parts, problems: [{ system: 'hr', why: 'down' }], dependencies: [] });

test('the people are read from the store; those that came with the answer of an earlier version are taken as they are', async () => {
  const answered = live(part('crm', { digest: 'of crm', loses: [] }), part('erp'));
  expect(await withPeople(store, of, answered)).toEqual({ ...answered, parts: [part('crm'), part('erp')] });
});

test('a system whose people are not in the store is not read: it is named, and the ledger is shown for it', async () => {
  expect(await withPeople(store, of, live(part('erp', { digest: 'gone', loses: [] }), part('crm', { digest: 'of crm' })))).toEqual({
    parts: [part('crm')],
    problems: [
      { system: 'hr', why: 'down' },
      { system: 'erp', why: 'what the worker read of this package is not in the store any more' },
    ],
    dependencies: [],
  });
});
