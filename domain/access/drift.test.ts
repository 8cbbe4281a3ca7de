import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildPreview } from './build-preview.ts';
import { drift } from './drift.ts';
import { actual, anyActual, entry, grant, clerksPlan, us } from '../../test/support/ledger.ts';
import { pairKey, type Actual, type LedgerEntry } from '../release/ledger.ts';

const plan = clerksPlan();
const reviewed = buildPreview(plan, 'clerks', 'erp', actual([grant('clerk', 'somebody'), grant('old_reader', 'ann')]));
const granted: LedgerEntry[] = ['clerk', 'reader'].flatMap((role) => reviewed.people.map(({ person, account }) => entry({ role, person, account })));
const asGranted = granted.map(({ role, account }) => grant(role, account, us));
const retired = entry({ kind: 'retire', outcome: 'revoked', before: [{ ...grant('old_reader', 'ann'), person: 'ann' }] });

test('what was reviewed and done is no drift, nor is who held it before', () => {
  expect(drift(reviewed, [...granted, retired], actual([...asGranted, grant('clerk', 'somebody')])).counts).toEqual({
    missing: 0,
    outOfBand: 0,
    legacy: 0,
    content: 0,
  });
});

test('each kind is found and said', () => {
  const now = actual([...asGranted.slice(1), grant('clerk', 'dea', 'kim'), grant('old_reader', 'ann', 'kim')]);
  const changed = { ...now, roles: now.roles.map((role) => (role.role === 'reader' ? { ...role, digest: 'another' } : role)) };
  expect(drift(reviewed, [...granted, retired], changed)).toEqual({
    counts: { missing: 1, outOfBand: 1, legacy: 1, content: 1 },
    lines: [
      "the role itself: what 'reader' may do is not what was reviewed",
      "unreviewed: 'dea' has 'clerk', granted by kim",
      "old access: 'ann' has 'old_reader' again, granted by kim",
      "missing: 'ann' does not have 'clerk'",
    ],
  });
});

test('reviewed access of another package is no drift of this one', () => {
  const now = actual([...asGranted, grant('clerk', 'dea', us)]);
  expect(drift(reviewed, granted, now).counts.outOfBand).toBe(1);
  expect(drift(reviewed, granted, now, [{ role: 'clerk', account: 'dea' }]).counts.outOfBand).toBe(0);
});

test('a leaver is not missing, and what a tune revoked is not either; given again behind its back it is unreviewed', () => {
  const narrowed = granted.map((each) => (each.account === 'ben' ? { ...each, outcome: 'revoked' as const } : each));
  const left = asGranted.filter(({ account }) => account === 'ann');
  expect(drift(reviewed, narrowed, actual(left, { unknownAccounts: ['c.em'] })).counts).toMatchObject({ missing: 0, outOfBand: 0 });
  expect(drift(reviewed, narrowed, actual([...left, grant('clerk', 'ben', 'kim')], { unknownAccounts: ['c.em'] })).counts).toMatchObject({
    missing: 0,
    outOfBand: 1,
  });
});

test('old access that another package needs is known and is no drift', () => {
  expect(drift(reviewed, [...granted, { ...retired, outcome: 'kept' }], actual([...asGranted, grant('old_reader', 'ann')])).counts.legacy).toBe(0);
});

test('counts are those of the lines, and each pair of everybody is judged once', () => {
  fc.assert(
    fc.property(anyActual, fc.subarray(granted), (now: Actual, ledger) => {
      const { counts, lines } = drift(reviewed, ledger, now);
      expect(lines).toHaveLength(counts.missing + counts.outOfBand + counts.legacy + counts.content);
      const pairs = new Set(now.grants.filter(({ role }) => role === 'clerk' || role === 'reader').map(pairKey)).size;
      expect(counts.outOfBand).toBeLessThanOrEqual(pairs);
      expect(counts.missing + pairs).toBeGreaterThanOrEqual(reviewed.people.filter(({ account }) => !now.unknownAccounts.includes(account)).length * 2);
    }),
  );
});
