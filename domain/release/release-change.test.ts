import { describe, expect, test } from 'vitest';
import { actual, entry, grant, us } from '../../test/support/ledger.ts';
import { exceptRestored, grantsToDrop, neededAgain, unwanted, wantedBy } from './release-change.ts';
import type { LedgerEntry, LedgerOutcome } from './ledger.ts';

const ours = (change: Partial<LedgerEntry> = {}) => entry({ grant: { grantor: us, options: {} }, ...change });

describe('what a later release wants', () => {
  test('is its roles for its accounts', () => {
    const wants = wantedBy('revise', ['clerk'], ['ann', 'ben']);
    expect([wants({ role: 'clerk', account: 'ann' }), wants({ role: 'reader', account: 'ann' }), wants({ role: 'clerk', account: 'dea' })]).toEqual([
      true,
      false,
      false,
    ]);
  });
  test('is nothing when it retires the package', () => expect(wantedBy('retire', ['clerk'], ['ann'])({ role: 'clerk', account: 'ann' })).toBe(false));
  test('leaves the rest of the earlier grants, within its pilot', () => {
    const earlier = [ours(), ours({ account: 'ben', person: 'ben' }), ours({ role: 'reader' }), ours({ kind: 'retire' })];
    const wants = wantedBy('revise', ['clerk'], ['ann']);
    expect(unwanted({ change: 'revise', earlier }, wants).map(({ role, account }) => `${role} ${account}`)).toEqual(['clerk ben', 'reader ann']);
    expect(unwanted({ change: 'revise', earlier, pilot: ['ann'] }, wants).map(({ role, account }) => `${role} ${account}`)).toEqual(['reader ann']);
  });
});

describe('grants that it drops', () => {
  const dropped = (entries: LedgerEntry[], ...held: Parameters<typeof actual>[0]) => grantsToDrop(entries, actual(held));
  test('were made by the earlier release, are held, and carry its grantor (R1)', () => {
    expect(dropped([ours()], grant('clerk', 'ann', us), grant('clerk', 'ann', 'kim'))).toEqual([{ ...grant('clerk', 'ann', us), person: 'ann' }]);
    expect(dropped([ours()])).toEqual([]);
    expect(dropped([ours()], grant('clerk', 'ann', 'kim'))).toEqual([]);
  });
  test.each(['intended', 'preexisting', 'failed', 'unknown', 'revoked', 'kept', 'gone'] satisfies LedgerOutcome[])(
    'are none of an entry that is %s',
    (outcome) => {
      expect(dropped([ours({ outcome })], grant('clerk', 'ann', us))).toEqual([]);
    },
  );
  test('are all held grants where the system reports no grantor', () => {
    expect(dropped([entry({})], { role: 'clerk', account: 'ann', options: {} })).toHaveLength(1);
  });
  test('are listed once and in one order, no matter which releases made them', () => {
    const held = [grant('reader', 'ann', us), grant('clerk', 'ben', us), grant('clerk', 'ann', us)];
    const entries = [ours({ role: 'reader' }), ours({ account: 'ben' }), ours({ wave: 'wave-0' }), ours()];
    expect(dropped(entries, ...held).map(({ role, account }) => `${role} ${account}`)).toEqual(['clerk ann', 'clerk ben', 'reader ann']);
  });
});

describe('what earlier releases need again after a later one is rolled back', () => {
  const again = (earlier: LedgerEntry[][], people?: Set<string>) => neededAgain(earlier, people).map((entries) => entries.map(({ account }) => account));
  test.each<[LedgerOutcome, boolean]>([
    ['intended', true],
    ['created', true],
    ['preexisting', true],
    ['failed', true],
    ['unknown', true],
    ['revoked', false],
    ['kept', false],
    ['gone', false],
  ])('of a grant that is %s: %j', (outcome, needed) => {
    expect(again([[ours({ outcome })]])).toEqual([needed ? ['ann'] : []]);
  });
  test('does not include what a release in between revoked, unless a rollback restored it', () => {
    const between = (outcome: LedgerOutcome) => [entry({ wave: 'wave-1', kind: 'retire', role: 'clerk', outcome })];
    expect(again([[ours()], between('revoked')])).toEqual([[], []]);
    expect(again([[ours()], between('restored')])).toEqual([['ann'], []]);
    expect(again([[ours()], between('notRestored')])).toEqual([['ann'], []]);
  });
  test('includes what a release granted after an earlier one had retired the same access', () => {
    expect(again([[entry({ kind: 'retire', role: 'clerk', outcome: 'revoked' })], [ours()]])).toEqual([[], ['ann']]);
  });
  test('covers only some people where only they are rolled back', () => {
    const ledger = [ours(), ours({ account: 'ben', person: 'ben' })];
    expect(again([ledger], new Set(['ben']))).toEqual([['ben']]);
  });
});

test('a release rolled back for some people only leaves them out afterwards', () => {
  const earlier = [ours(), ours({ account: 'ben', person: 'ben' })];
  const left = exceptRestored({ change: 'revise', earlier, pilot: ['ann'] }, [entry({ kind: 'retire', outcome: 'restored', account: 'ben', person: 'ben' })]);
  expect(left).toEqual({ change: 'revise', earlier: [earlier[0]], pilot: ['ann'] });
});
