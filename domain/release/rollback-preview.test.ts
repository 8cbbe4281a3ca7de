import { expect, test } from 'vitest';
import { entry, grant, us } from '../../test/support/ledger.ts';
import { rollbackPreviewFromLedger } from './rollback-preview.ts';

const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };
const before = [{ ...grant('old_reader', 'ann'), person: 'ann' }];
const ours = { grantor: us, options: {} };
const preview = (
  entries: Parameters<typeof rollbackPreviewFromLedger>[2],
  claims: Parameters<typeof rollbackPreviewFromLedger>[3] = [],
  rejected: string[] = [],
) => rollbackPreviewFromLedger(release, 'erp', entries, claims, new Set(rejected));

test('without the system, the preview assumes that the system holds what this release left behind', () => {
  expect(preview([entry({ grant: ours }), entry({ kind: 'retire', outcome: 'revoked', before })])).toMatchObject({
    system: 'erp',
    loses: [{ person: 'ann', account: 'ann', role: 'clerk' }],
    comesBack: [{ person: 'ann', account: 'ann', role: 'old_reader' }],
    staysCount: 0,
    asksCount: 0,
    usageNote: 'the system was not read',
  });
});

test('grants that others need stay, with the name of their plan or wave', () => {
  const claim = { ...release, role: 'clerk', account: 'ann' };
  for (const [change, why] of [
    [{ package: 'posters' }, 'kept for posters'],
    [{ plan: 'other' }, 'kept for clerks of plan other'],
    [{ wave: 'wave-0' }, 'kept for clerks as wave-0 released it'],
  ] as const)
    expect(preview([entry({ grant: ours })], [{ ...claim, ...change }])).toMatchObject({ losesCount: 0, stays: [{ account: 'ann', role: 'clerk', why }] });
  expect(preview([entry({ grant: ours })], [claim])).toMatchObject({ losesCount: 1, staysCount: 0 });
});

test('legacy access whose design was rejected does not come back, and a grant that failed is not lost', () => {
  expect(preview([entry({ kind: 'retire', outcome: 'revoked', before }), entry({ outcome: 'failed' })], [], ['old_reader'])).toMatchObject({
    losesCount: 0,
    comesBackCount: 0,
    stays: [{ role: 'old_reader', why: 'legacy access that is not restored: its design was rejected' }],
  });
});

test('a person decides on a grant that could not be confirmed', () => {
  expect(preview([entry({ outcome: 'unknown', grant: ours })])).toMatchObject({ losesCount: 0, asks: [{ account: 'ann', role: 'clerk' }] });
});
