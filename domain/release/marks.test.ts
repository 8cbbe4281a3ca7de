import { expect, test } from 'vitest';
import { entry } from '../../test/support/ledger.ts';
import type { LedgerEntry } from './ledger.ts';
import { markOfRelease, markOfRollback, markOfTune, rollbackId, tuneCounts } from './marks.ts';

const mark = markOfTune('t-1');
type Did = LedgerEntry['steps'][number]['did'];
const did = (did: Did, change: Partial<LedgerEntry> = {}, by = mark) => entry({ ...change, steps: [{ by, did }] });
const retire = (change: Partial<LedgerEntry> = {}) => ({ kind: 'retire' as const, ...change });

test('a tune counts what it granted, revoked and retired, and nothing of another step', () => {
  const ledger = [
    did('granted'),
    did('revoked', { account: 'c.em' }),
    did('granted', { account: 'dea' }, markOfTune('t-2')),
    did('revoked', { account: 'eve' }, markOfRelease),
    did('revoked', retire()),
    did('revoked', retire({ account: 'ben' }), markOfTune('t-2')),
    did('restored', retire({ account: 'c.em' })),
    entry({ account: 'ben', outcome: 'failed' }),
    entry(retire({ account: 'dea', outcome: 'kept' })),
  ];
  expect(tuneCounts(ledger, mark)).toEqual({ granted: 1, revoked: 1, retired: 1 });
  expect(tuneCounts([], mark)).toEqual({ granted: 0, revoked: 0, retired: 0 });
});

test('an entry counts once, however often its tune ran and whatever happened later', () => {
  const often = entry({ outcome: 'gone', steps: [mark, mark, markOfTune('t-2')].map((by) => ({ by, did: 'granted' })) });
  expect(tuneCounts([often], mark)).toEqual({ granted: 1, revoked: 0, retired: 0 });
  const both = entry({
    steps: [
      { by: mark, did: 'revoked' },
      { by: mark, did: 'granted' },
    ],
  });
  expect(tuneCounts([both], mark)).toEqual({ granted: 1, revoked: 1, retired: 0 });
});

test('a revoked grant of an earlier release counts as revoked: its package had granted it', () => {
  const ofThis = entry({ outcome: 'preexisting' });
  expect(tuneCounts([ofThis, did('revoked', retire({ role: 'clerk' }))], mark)).toEqual({ granted: 0, revoked: 1, retired: 0 });
  expect(tuneCounts([ofThis, did('revoked', retire({ role: 'clerk', account: 'ben' }))], mark)).toEqual({ granted: 0, revoked: 0, retired: 1 });
  expect(tuneCounts([did('revoked'), did('revoked', retire({ role: 'clerk' }))], mark)).toEqual({ granted: 0, revoked: 2, retired: 0 });
});

test('marks of a release, a rollback and a tune are never the same', () => {
  expect(markOfRollback(rollbackId('p/w/clerks'))).toBe('rollback p/w/clerks#rollback');
  expect(new Set([markOfRollback('x'), markOfTune('x'), markOfRelease]).size).toBe(3);
  expect([markOfRelease, markOfTune('x')]).toEqual(['release', 'tune x']);
});
