import { describe, expect, test } from 'vitest';
import { actual, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { exceptRestored, grantsToDrop, neededAgain, unwanted, wantedBy } from './release-change.ts';
import type { Fact } from './facts.ts';
import { ledgerOutcomes, type Held, type LedgerEntry, type LedgerOutcome } from './ledger.ts';

const ours = ({ role = 'clerk', account = 'ann', ...change }: Partial<LedgerEntry> = {}) => created(role, account, change);

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
    const earlier = [ours(), ours({ account: 'ben', person: 'ben' }), ours({ role: 'reader' }), ours({ kind: 'retire', role: 'old_reader' })];
    const wants = wantedBy('revise', ['clerk'], ['ann']);
    expect(unwanted({ change: 'revise', earlier }, wants).map(({ role, account }) => `${role} ${account}`)).toEqual(['clerk ben', 'reader ann']);
    expect(unwanted({ change: 'revise', earlier, pilot: ['ann'] }, wants).map(({ role, account }) => `${role} ${account}`)).toEqual(['reader ann']);
  });
});

describe('grants that it drops', () => {
  const dropped = (entries: LedgerEntry[], ...held: Parameters<typeof actual>[0]) => grantsToDrop(entries, actual(held));
  const made = grant('clerk', 'ann', us);
  test('were made by the earlier release and are held, exactly as it made them (R1)', () => {
    expect(dropped([ours()], made, grant('clerk', 'ann', 'kim'))).toEqual([{ ...made, person: 'ann' }]);
    expect(dropped([ours()])).toEqual([]);
    expect(dropped([ours()], grant('clerk', 'ann', 'kim'))).toEqual([]);
    // The same grantor granted it anew: another administrator did, with the same login.
    expect(dropped([ours()], grant('clerk', 'ann', us, 'granted again'))).toEqual([]);
  });
  test('have the names of today and the person of the entry', () => {
    expect(dropped([ours({ person: 'dora' })], { ...made, account: 'ann.b' })).toEqual([{ ...made, account: 'ann.b', person: 'dora' }]);
  });
  test.each<[string, Fact]>([
    ['was revoked', { did: 'revoked', grants: [made] }],
    ['was gone', { did: 'gone', grants: [made] }],
    ['was left to another release', { did: 'handedOn', grants: [made], to: { plan: 'test', wave: 'w', package: 'p' }, name: 'p' }],
  ])('are none of an entry that %s', (_, fact) => expect(dropped([happened(ours(), fact)], made)).toEqual([]));
  test('are none of what was only found, refused or not confirmed', () => {
    for (const fact of [
      { did: 'found', grants: [made] },
      { did: 'refused', effect: 'grant', why: 'no' },
      { did: 'unconfirmed', why: 'x' },
    ] satisfies Fact[])
      expect(dropped([happened(entry(), fact)], made)).toEqual([]);
  });
  test('are known by role, account and grantor where the system has no ids', () => {
    const plain: Held = { role: 'clerk', account: 'ann', options: {} };
    const entryOfPlain = happened(entry(), { did: 'granted', grants: [plain] });
    expect(dropped([entryOfPlain], plain)).toEqual([{ ...plain, person: 'ann' }]);
    expect(dropped([entryOfPlain], { ...plain, grantor: 'kim' })).toEqual([]);
  });
  test('are listed once and in one order, no matter which releases made them', () => {
    const again = grant('clerk', 'ann', us, 'a second row');
    const held = [grant('reader', 'ann', us), grant('clerk', 'ben', us), grant('clerk', 'ann', us), again];
    const entries = [ours({ role: 'reader' }), ours({ account: 'ben' }), ours({ wave: 'wave-0' }), happened(ours(), { did: 'granted', grants: [again] })];
    for (const order of [entries, entries.toReversed()])
      expect(dropped(order, ...held).map(({ role, account, id }) => `${role} ${account} ${id}`)).toEqual([
        'clerk ann a second row',
        'clerk ann clerk/ann/rolewave',
        'clerk ben clerk/ben/rolewave',
        'reader ann reader/ann/rolewave',
      ]);
  });
});

describe('what earlier releases need again after a later one is rolled back', () => {
  const again = (earlier: LedgerEntry[][], people?: Set<string>) => neededAgain(earlier, people).map((entries) => entries.map(({ account }) => account));
  test.each<[LedgerOutcome, boolean]>([
    ['pending', true],
    ['created', true],
    ['preexisting', true],
    ['failed', true],
    ['unknown', true],
    ['revoked', false],
    ['kept', false],
    ['gone', false],
  ])('of a grant that is %s: %j, unless a tune withdrew it', (outcome, needed) => {
    expect(again([[entry({ outcome })]])).toEqual([needed ? ['ann'] : []]);
    expect(again([[happened(entry({ outcome }), { did: 'withdrawn' })]])).toEqual([[]]);
  });
  test('does not include what a release in between revoked, unless a rollback restored it', () => {
    const between = (outcome: LedgerOutcome) => [entry({ wave: 'wave-1', kind: 'retire', role: 'clerk', outcome })];
    expect(again([[ours()], between('revoked')])).toEqual([[], []]);
    expect(again([[ours()], between('restored')])).toEqual([['ann'], []]);
    expect(again([[ours()], between('notRestored')])).toEqual([['ann'], []]);
  });
  test('includes what a release in between granted too', () => {
    expect(again([[ours()], [ours({ wave: 'wave-1' })]])).toEqual([['ann'], ['ann']]);
  });
  test('includes what a release granted after an earlier one had retired the same access', () => {
    expect(again([[entry({ kind: 'retire', role: 'clerk', outcome: 'revoked' })], [ours()]])).toEqual([[], ['ann']]);
  });
  test('covers only some people where only they are rolled back', () => {
    const ledger = [ours(), ours({ account: 'ben', person: 'ben' })];
    expect(again([ledger], new Set(['ben']))).toEqual([['ben']]);
  });
});

test.each(ledgerOutcomes)('people of whom something is %s are left out if a rollback for them decided that', (outcome) => {
  const earlier = [ours(), ours({ account: 'ben', person: 'ben' })];
  const left = exceptRestored({ change: 'revise', earlier, pilot: ['ann'] }, [entry({ kind: 'retire', outcome, account: 'ben', person: 'ben' })]);
  expect(left).toEqual({ change: 'revise', earlier: outcome === 'restored' || outcome === 'notRestored' ? [earlier[0]] : earlier, pilot: ['ann'] });
});
