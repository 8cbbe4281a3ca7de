import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { assertReaching } from '../../test/support/reaching.ts';
import { actual, anyGrants, entry, grant, clerksPlan, us } from '../../test/support/ledger.ts';
import { isOurs, pairKey, type Held, type LedgerEntry, type LedgerOutcome } from './ledger.ts';
import { receiptFrom } from './receipt.ts';
import { afterDecision, afterRestore, afterRevoke, decided, markedBefore, undo, undoing, type Undo, type UndoFacts } from './rollback.ts';

const there = { role: true, account: true };
const facts: UndoFacts = { identity: us, claims: [], rejected: false, begun: false };
const undone = (change: Partial<LedgerEntry>, held: Held[], more: Partial<UndoFacts> = {}, is = there) => undo(entry(change), held, is, { ...facts, ...more });

describe('what this release granted', () => {
  test('is revoked, by its grantor', () => expect(undone({}, [grant('clerk', 'ann', us)])).toEqual({ do: 'revoke', grant: grant('clerk', 'ann', us) }));
  test("is revoked, and another administrator's grant of the same role is not", () =>
    expect(undone({}, [grant('clerk', 'ann', 'kim'), grant('clerk', 'ann', us)])).toEqual({ do: 'revoke', grant: grant('clerk', 'ann', us) }));
  test('stays when another package needs it', () =>
    expect(undone({}, [grant('clerk', 'ann', us)], { claims: ['posters'] })).toEqual({ do: 'keep', why: 'kept for posters', wasThere: false }));
  test('is gone when someone has already revoked it', () => expect(undone({}, [])).toEqual({ do: 'gone', byUs: false }));
  test('counts as revoked when this rollback had begun with it', () => expect(undone({}, [], { begun: true })).toEqual({ do: 'gone', byUs: true }));
  test('an intent without outcome is revoked when it is ours and was not there before', () => {
    expect(undone({ outcome: 'intended' }, [grant('clerk', 'ann', us)])).toMatchObject({ do: 'revoke' });
    expect(undone({ outcome: 'intended', before: [{ ...grant('clerk', 'ann', us), person: 'ann' }] }, [grant('clerk', 'ann', us)])).toMatchObject({
      do: 'keep',
      why: 'had it before',
    });
    expect(undone({ outcome: 'intended' }, [grant('clerk', 'ann', 'kim')])).toEqual({ do: 'gone', byUs: false });
  });
  test('is left for a person to decide when it could not be confirmed and is held', () => {
    expect(undone({ outcome: 'unknown' }, [grant('clerk', 'ann', us)])).toMatchObject({ do: 'ask' });
    expect(undone({ outcome: 'unknown' }, [])).toMatchObject({ do: 'gone' });
    expect(undone({ outcome: 'unknown', before: [{ ...grant('clerk', 'ann'), person: 'ann' }] }, [])).toMatchObject({ do: 'keep', wasThere: true });
  });
  test('had it before: it stays', () =>
    expect(undone({ outcome: 'preexisting' }, [grant('clerk', 'ann', us)])).toEqual({ do: 'keep', why: 'had it before', wasThere: true }));
});

describe('legacy access that this release retired', () => {
  const retired = { kind: 'retire', outcome: 'revoked', before: [{ ...grant('old_reader', 'ann'), person: 'ann' }] } as const;
  test('is restored exactly as it was', () =>
    expect(undone({ ...retired, before: [...retired.before] }, [])).toEqual({ do: 'restore', grants: retired.before }));
  test('is never restored when its design was rejected', () =>
    expect(undone({ ...retired, before: [...retired.before] }, [], { rejected: true })).toEqual({ do: 'notRestored', why: 'its design was rejected' }));
  test('is not restored when someone has granted it again', () =>
    expect(undone({ ...retired, before: [...retired.before] }, [grant('old_reader', 'ann', 'kim')])).toEqual({
      do: 'notRestored',
      why: 'granted by kim again in the meantime',
    }));
  test('is not restored when the account or the role is gone', () => {
    expect(undone({ ...retired, before: [...retired.before] }, [], {}, { role: true, account: false })).toMatchObject({ do: 'notRestored' });
    expect(undone({ ...retired, before: [...retired.before] }, [], {}, { role: false, account: true })).toMatchObject({ do: 'notRestored' });
  });
  test('is not restored twice when the rollback was interrupted', () => {
    expect(undone({ ...retired, before: [...retired.before] }, [grant('old_reader', 'ann')], { begun: true })).toEqual({ do: 'restore', grants: [] });
    expect(undone({ ...retired, before: [...retired.before] }, [grant('old_reader', 'ann', us)], { begun: true })).toMatchObject({ do: 'restore' });
  });
  test('a retirement that was kept for another package needs no action', () =>
    expect(undone({ kind: 'retire', outcome: 'kept' }, [grant('old_reader', 'ann')])).toEqual({ do: 'nothing' }));
});

const outcomes: LedgerOutcome[] = ['intended', 'created', 'preexisting', 'failed', 'unknown', 'revoked', 'kept', 'gone', 'restored', 'notRestored'];
const seldom = fc.nat(4).map((drawn) => drawn === 0);
const anyCase = fc
  .record({
    kind: fc.constantFrom('grant' as const, 'retire' as const),
    outcome: fc.constantFrom(...outcomes),
    before: anyGrants,
    held: anyGrants,
    claims: fc.oneof(fc.constant<string[]>([]), fc.subarray(['posters', 'desk'])),
    rejected: seldom,
    begun: fc.boolean(),
    role: seldom.map((gone) => !gone),
    account: seldom.map((gone) => !gone),
  })
  .map(({ before, held, ...rest }) => ({
    ...rest,
    before: before.slice(0, 3).map((one) => ({ ...one, role: 'clerk', account: 'ann', person: 'ann' })),
    held: held.slice(0, 3).map((one) => ({ ...one, role: 'clerk', account: 'ann' })),
  }));

/** R1, for every possible history. */
test('a rollback revokes only grants in our own name that this release made or intended, and that nobody else needs', () => {
  const outcomes = ['ask', 'gone', 'keep', 'notRestored', 'nothing', 'restore', 'revoke created', 'revoke intended'];
  assertReaching(anyCase, outcomes, ({ kind, outcome, before, held, claims, rejected, begun, role, account }) => {
    const decision = undo(entry({ kind, outcome, before }), held, { role, account }, { identity: us, claims, rejected, begun });
    if (decision.do === 'restore') {
      expect(kind).toBe('retire');
      expect(rejected).toBe(false);
      expect(role && account).toBe(true);
      for (const one of decision.grants) expect(before).toContainEqual(one);
    }
    if (decision.do !== 'revoke') return decision.do;
    expect(kind).toBe('grant');
    expect(['created', 'intended']).toContain(outcome);
    expect(claims).toEqual([]);
    expect(decision.grant.grantor).toBe(us);
    if (outcome === 'intended') expect(before.some((one) => isOurs(one, us))).toBe(false);
    return `revoke ${outcome}`;
  });
});

test('the receipt says what was granted, revoked and kept, and why, once per grant', () => {
  const plan = clerksPlan();
  const content = buildPreview(plan, 'clerks', 'erp', actual([grant('reader', 'ben', 'kim')]));
  const ledger = [
    entry({ outcome: 'revoked', grant: { grantor: us, options: {} } }),
    entry({ account: 'ben', person: 'ben', outcome: 'kept', grant: { grantor: us, options: {} }, why: 'kept for posters' }),
    entry({ role: 'reader', account: 'ben', person: 'ben', outcome: 'preexisting', before: [{ ...grant('reader', 'ben', 'kim'), person: 'ben' }] }),
    entry({ kind: 'retire', outcome: 'restored' }),
    entry({ kind: 'retire', role: 'old_admin', outcome: 'notRestored', why: 'its design was rejected' }),
  ];
  const now = actual([grant('clerk', 'ann', 'dba_kim'), grant('clerk', 'ben', us), grant('reader', 'ben', 'kim'), grant('clerk', 'dea', 'dba_kim')]);
  expect(receiptFrom(content, ledger, now, { claimed: [], check: 'select 1' })).toEqual({
    system: 'erp',
    granted: 2,
    revoked: 1,
    restored: 1,
    failed: [],
    check: 'select 1',
    kept: [
      { role: 'clerk', account: 'ann', why: 'granted by dba_kim' },
      { role: 'clerk', account: 'ben', why: 'kept for posters' },
      { role: 'clerk', account: 'dea', why: 'granted by dba_kim' },
      { role: 'reader', account: 'ben', why: 'had it before' },
    ],
    notRestored: [{ role: 'old_admin', account: 'ann', why: 'its design was rejected' }],
  });
});

test('every grant that was made is on the receipt', () => {
  const content = buildPreview(clerksPlan(), 'clerks', 'erp', actual([]));
  const pairs = content.entitlements.flatMap(({ role }) => content.people.map(({ person, account }) => ({ role, account, person })));
  fc.assert(
    fc.property(
      fc.tuple(...pairs.map(() => fc.constantFrom<LedgerOutcome>('created', 'revoked', 'kept', 'gone', 'preexisting', 'failed', 'unknown'))),
      anyGrants,
      (drawn, grants) => {
        const ledger = pairs.map((pair, index) => entry({ ...pair, outcome: drawn[index]!, grant: { grantor: us, options: {} }, why: 'why' }));
        const receipt = receiptFrom(content, ledger, actual(grants), { claimed: [], check: '' });
        const number = (...which: LedgerOutcome[]) => drawn.filter((outcome) => which.includes(outcome)).length;
        expect(receipt.granted).toBe(number('created', 'revoked', 'kept', 'gone'));
        expect(receipt.granted).toBe(receipt.revoked + (receipt.gone ?? 0) + number('kept') + number('created'));
        expect(receipt.failed).toHaveLength(number('created', 'unknown'));
        expect(new Set(receipt.kept.map((line) => `${pairKey(line)} ${line.why}`)).size).toBe(receipt.kept.length);
      },
    ),
  );
});

describe('the entry after the rollback', () => {
  test.each<[string, Parameters<typeof afterDecision>[1], Partial<LedgerEntry>, Partial<LedgerEntry>]>([
    ['nothing to do', { do: 'nothing' }, { outcome: 'failed', why: 'no' }, { outcome: 'failed', why: 'no' }],
    ['it was there before', { do: 'keep', why: 'had it before', wasThere: true }, { outcome: 'intended' }, { outcome: 'preexisting' }],
    ['it stays for others', { do: 'keep', why: 'kept for posters', wasThere: false }, {}, { outcome: 'kept', why: 'kept for posters' }],
    ['it was gone', { do: 'gone', byUs: false }, { why: 'old' }, { outcome: 'gone' }],
    ['an earlier run revoked it', { do: 'gone', byUs: true }, { why: 'being undone' }, { outcome: 'revoked' }],
    ['it was never granted', { do: 'gone', byUs: false }, { outcome: 'intended' }, { outcome: 'failed', why: 'was never granted' }],
    ['a person decides', { do: 'ask', why: 'unclear' }, { outcome: 'unknown' }, { outcome: 'unknown', why: 'unclear' }],
    ['it is not restored', { do: 'notRestored', why: 'the role is gone' }, { kind: 'retire' }, { outcome: 'notRestored', why: 'the role is gone' }],
  ])('when %s', (_, decision, before, after) => {
    const { why: _why, ...rest } = entry(before);
    expect(afterDecision(entry(before), decision)).toEqual({ ...rest, ...after });
  });
  test('when its grant was revoked, or the system refused', () => {
    const ours = grant('clerk', 'ann', us);
    expect(afterRevoke(entry({ why: 'mark' }), ours)).toEqual(entry({ outcome: 'revoked', grant: { grantor: us, options: {} } }));
    expect(afterRevoke(entry({ outcome: 'intended' }), ours, 'no')).toEqual(entry({ outcome: 'created', grant: { grantor: us, options: {} }, why: 'no' }));
  });
  test('when legacy access was restored, or the system refused', () => {
    const retired = entry({ kind: 'retire', outcome: 'revoked', why: 'mark' });
    expect(afterRestore(retired, [])).toEqual(entry({ kind: 'retire', outcome: 'restored' }));
    expect(afterRestore(retired, ['in our name', 'without admin'])).toMatchObject({ outcome: 'restored', why: 'in our name; without admin' });
    expect(afterRestore(retired, ['in our name'], 'no')).toMatchObject({ outcome: 'revoked', why: 'no' });
  });
});

describe('entries of one system', () => {
  const content = buildPreview(clerksPlan(), 'clerks', 'erp', actual([]));
  const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };
  const all = (entries: LedgerEntry[], held: Held[], claims: Parameters<typeof decided>[2] = [], unknownAccounts: string[] = []) =>
    decided(release, entries, claims, undoing(content, actual(held, { unknownAccounts }), us, 'mark')).map(({ decision }) => decision);
  const claim = (change: Record<string, string>) => ({ ...release, role: 'clerk', account: 'ann', ...change });

  test('are each decided from what is held of their own pair and from claims on it', () => {
    const entries = [entry({}), entry({ account: 'ben', person: 'ben' })];
    const held = [grant('clerk', 'ann', us), grant('clerk', 'ben', us)];
    const kept: Undo = { do: 'keep', why: 'kept for posters', wasThere: false };
    expect(all(entries, held, [claim({ package: 'posters' })])).toEqual([kept, { do: 'revoke', grant: held[1] }]);
    expect(all(entries, held, [claim({}), claim({ package: 'posters', account: 'dea' })]).map((decision) => decision.do)).toEqual(['revoke', 'revoke']);
  });
  test('are not restored where the design was rejected, or the role or the account is gone', () => {
    const retired = (role: string, account = 'ann') =>
      entry({ kind: 'retire', role, account, outcome: 'revoked', before: [{ ...grant(role, account), person: account }] });
    expect(all([retired('old_admin'), retired('no_such_role'), retired('old_reader', 'ben'), retired('old_reader')], [], [], ['ben'])).toMatchObject([
      { do: 'notRestored', why: 'its design was rejected' },
      { do: 'notRestored', why: 'the role is gone' },
      { do: 'notRestored', why: 'the account is gone or locked' },
      { do: 'restore' },
    ]);
  });
  test('carry the mark before they are changed, once, and only those that are changed', () => {
    const touched: Undo = { do: 'revoke', grant: grant('clerk', 'ann', us) };
    const of = (change: Partial<LedgerEntry>, decision: Undo) => ({ entry: entry(change), decision });
    expect(
      markedBefore(
        [of({}, touched), of({ why: 'mark' }, touched), of({}, { do: 'gone', byUs: false }), of({ kind: 'retire' }, { do: 'restore', grants: [] })],
        'mark',
      ),
    ).toEqual([entry({ why: 'mark' }), entry({ kind: 'retire', why: 'mark' })]);
  });
});
