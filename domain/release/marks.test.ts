import { expect, test } from 'vitest';
import { entry } from '../../test/support/ledger.ts';
import { keepMark, markOfRollback, markOfTune, rollbackId, tuneCounts } from './marks.ts';

const mark = markOfTune('t-1');

test('a tune counts entries with its mark, and none of another tune', () => {
  const ledger = [
    entry({ why: mark }),
    entry({ account: 'ben', why: mark, outcome: 'failed' }),
    entry({ account: 'c.em', why: mark, outcome: 'revoked' }),
    entry({ account: 'dea', why: markOfTune('t-2') }),
    entry({ account: 'eve' }),
    entry({ kind: 'retire', why: mark, outcome: 'revoked' }),
    entry({ kind: 'retire', account: 'ben', why: mark, outcome: 'kept' }),
  ];
  expect(tuneCounts(ledger, mark)).toEqual({ granted: 1, revoked: 1, retired: 1 });
});

test('a revoked grant of an earlier release counts once, as revoked', () => {
  const ledger = [entry({ why: mark, outcome: 'revoked' }), entry({ kind: 'retire', role: 'clerk', why: mark, outcome: 'revoked' })];
  expect(tuneCounts(ledger, mark)).toEqual({ granted: 0, revoked: 1, retired: 0 });
});

test('the mark stays on entries that are done or still to do, and not on those that were refused or kept', () => {
  for (const outcome of ['revoked', 'intended'] as const) expect(keepMark(entry({ outcome }), mark).why).toBe(mark);
  for (const outcome of ['failed', 'kept', 'gone'] as const) expect(keepMark(entry({ outcome, why: 'said' }), mark).why).toBe('said');
});

test('marks of a rollback and of a tune are never the same', () => {
  expect(markOfRollback(rollbackId('p/w/clerks'))).toBe('being undone by p/w/clerks#rollback');
  expect(markOfRollback('x')).not.toBe(markOfTune('x'));
});
