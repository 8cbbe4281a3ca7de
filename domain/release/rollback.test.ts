import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { assertReaching } from '../../test/support/reaching.ts';
import { actual, clerksPlan, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { after, type Fact } from './facts.ts';
import { grantKey, ledgerOutcomes, type Held, type LedgerEntry } from './ledger.ts';
import { decided, factOfDecision, type Undo, type UndoFacts } from './rollback.ts';

const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };
const content = buildPreview(clerksPlan(), 'clerks', 'erp', actual([]));
const ours = grant('clerk', 'ann', us);
const again = grant('clerk', 'ann', us, 'granted again');
const kims = grant('clerk', 'ann', 'kim');
const legacy = grant('old_reader', 'ann');
const kimsLegacy = grant('old_reader', 'ann', 'kim');

const revoked = (...grants: Held[]): Fact => ({ did: 'revoked', grants });
const found = (...grants: Held[]): Fact => ({ did: 'found', grants });
const refused = (effect: 'grant' | 'revoke' | 'restore'): Fact => ({ did: 'refused', effect, why: 'no' });
const undo = (one: LedgerEntry, held: Held[], more: Partial<UndoFacts> = {}): Undo =>
  decided([one], { content, now: actual(held), place: 'place', madeByRolewave: new Set(), ...more })[0]!.decision;
const inDoubt = (one: LedgerEntry): LedgerEntry => ({
  ...one,
  pending: [{ transaction: 't1', did: one.kind === 'grant' ? 'granted' : 'revoked', by: 'release', grants: one.kind === 'grant' ? [ours] : [legacy] }],
});

describe('in another server than the one that the system was', () => {
  const moved = { place: 'another place' };
  const taken = happened(entry({ kind: 'retire', role: 'old_reader' }), revoked(legacy));
  test.each<[string, LedgerEntry, Held[], Undo['do']]>([
    ['a grant of ours by name is left to a person', created('clerk', 'ann'), [again], 'byHand'],
    ['what has the id of ours is not revoked', created('clerk', 'ann'), [{ ...kims, id: grantKey(ours) }], 'gone'],
    ['what is not held is gone', created('clerk', 'ann'), [], 'gone'],
    ['what could not be confirmed and is not held is gone', inDoubt(entry()), [], 'gone'],
    ['legacy access is given back by a person', taken, [], 'byHand'],
    ['legacy access that somebody has given back is as it was', taken, [grant('old_reader', 'ann', 'kim')], 'notRestored'],
    ['legacy access that was in doubt is given back by a person', inDoubt(entry({ kind: 'retire', role: 'old_reader' })), [], 'byHand'],
    ['legacy access that was in doubt and is held is as it was', inDoubt(entry({ kind: 'retire', role: 'old_reader' })), [legacy], 'notRestored'],
  ])('%s', (_, one, held, expected) => {
    expect(undo(one, held, moved).do).toBe(expected);
  });
  test('what is left of something that was in doubt is in doubt no more', () => {
    const one = inDoubt(entry({ kind: 'retire', role: 'old_reader' }));
    const decision = undo(one, [legacy], moved);
    const [fact] = factOfDecision({ entry: one, decision }, 'rollback');
    expect(after(one, fact!)).toMatchObject({ outcome: 'notRestored', pending: [], why: 'granted by dba again in the meantime' });
  });
});

describe('in another database of the server than the one that the system was', () => {
  const of = (one: Held): Held => ({ ...one, roleId: 'there' });
  const now = (outOfReach: string[]) => ({ now: { ...actual([]), outOfReach } });
  const [made, taken] = [
    happened(entry(), { did: 'granted', grants: [of(ours)] }),
    happened(entry({ kind: 'retire', role: 'old_reader' }), revoked(of(legacy))),
  ];
  test.each<[string, LedgerEntry, string]>([
    ['what was granted may still be held there', made, 'granted in another database'],
    ['what was retired may have to come back there', taken, 'retired in another database'],
  ])('%s: a person is asked, and once they have approved again it is left', (_, one, why) => {
    const decision = undo(one, [], { ...now(['there']), approval: 'first' });
    expect(decision).toMatchObject({ do: 'byHand', why: expect.stringContaining(why) });
    const asked = factOfDecision({ entry: one, decision }, 'rollback', 'first').reduce((state, fact) => after(state, fact), one);
    expect(undo(asked, [], { ...now(['there']), approval: 'second' }).do).toBe('leave');
    expect(undo(one, [], now(['elsewhere'])).do).toBe(one === made ? 'gone' : 'restore');
    // On another server only names are left.
    expect(undo(one, [], { ...now(['there']), place: 'another place' })).toEqual(undo(one, [], { place: 'another place' }));
  });
});

describe('once a claim has ended, nobody approves again, and what a person has done by hand is done', () => {
  const settles = { settles: true } as const;
  const unknown = (one: LedgerEntry): LedgerEntry => ({ ...one, pending: [{ transaction: 't1', did: 'revoked', by: 'rollback', grants: one.made }] });
  test.each<[string, LedgerEntry, Held[], Partial<UndoFacts>, Undo['do']]>([
    ['what is left of it is revoked', created('clerk', 'ann'), [ours], {}, 'revoke'],
    ['a revoke that could not be confirmed, and whose grant is held, is left to a person', unknown(created('clerk', 'ann')), [ours], {}, 'byHand'],
    ['a revoke that could not be confirmed, and whose grant is not held, is done', unknown(created('clerk', 'ann')), [], {}, 'gone'],
    ['what somebody else granted in the meantime is no obstacle', unknown(created('clerk', 'ann')), [kims], {}, 'gone'],
    ['the last holder of a role is left to a person', created('clerk', 'ann'), [ours], { leftEmpty: new Set(['clerk']) }, 'byHand'],
    ['what was granted in another server is left to a person', created('clerk', 'ann'), [again], { place: 'another place' }, 'byHand'],
  ])('%s', (_, one, held, more, expected) => {
    const decision = undo(one, held, { ...more, ...settles });
    expect(decision.do).toBe(expected);
    expect('why' in decision ? decision.why : '').not.toContain('approve');
    // It is recorded once, and leaves no doubt where it is done.
    const facts = factOfDecision({ entry: one, decision }, 'rollback');
    const then = facts.reduce((state, fact) => after(state, fact), one);
    expect(factOfDecision({ entry: then, decision }, 'rollback')).toEqual(expected === 'gone' ? expect.anything() : []);
    expect(then.pending.length).toBe(expected === 'gone' ? 0 : one.pending.length);
  });
});

describe('what a rollback cannot decide', () => {
  const moved = { place: 'another place' };
  const questions: [string, LedgerEntry, Held[], Partial<UndoFacts>, string][] = [
    ['a grant in doubt', inDoubt(entry()), [ours], {}, 'kept'],
    ['legacy access in doubt', inDoubt(entry({ kind: 'retire', role: 'old_reader' })), [], {}, 'notRestored'],
    ['a grant that was made in another server', created('clerk', 'ann'), [again], moved, 'kept'],
    ['legacy access that was retired in another server', happened(entry({ kind: 'retire', role: 'old_reader' }), revoked(legacy)), [], moved, 'notRestored'],
  ];
  const play = (one: LedgerEntry, held: Held[], more: Partial<UndoFacts>): LedgerEntry =>
    factOfDecision({ entry: one, decision: undo(one, held, more) }, 'rollback', more.approval).reduce((state, fact) => after(state, fact), one);

  test.each(questions)('is asked of who approved, and left as it is when they approve again: %s', (_, one, held, more, outcome) => {
    const first = play(one, held, { ...more, approval: 'm1' });
    expect(first).toMatchObject({ asked: 'm1', why: expect.stringMatching(/by hand if .*then approve again, which leaves what is held then$/) });
    // The activity's own retry is no answer.
    expect(play(first, held, { ...more, approval: 'm1' })).toEqual(first);
    const second = play(first, held, { ...more, approval: 'm2' });
    expect(second).toMatchObject({ outcome, why: 'left as it is by the person who approved again', pending: [], made: [], taken: [] });
    expect(['keep', 'nothing', 'notRestored', 'byHand']).toContain(undo(second, held, { ...more, approval: 'm2' }).do);
    expect(play(second, held, { ...more, approval: 'm3' }).outcome).toBe(outcome);
  });
  test.each(questions)('is not answered by a rollback that no person approved: %s', (_, one, held, more) => {
    const first = play(one, held, { ...more, approval: 'm1' });
    expect(['ask', 'byHand']).toContain(undo(first, held, more).do);
  });
  test.each(questions)('is decided by what the person did by hand in between: %s', (_, one, held, more) => {
    const first = play(one, held, { ...more, approval: 'm1' });
    const settled = { ...first, pending: [] };
    const now = one.kind === 'grant' ? [] : [legacy];
    expect(['gone', 'nothing', 'notRestored']).toContain(undo(settled, now, { ...more, approval: 'm2' }).do);
  });
});

describe('what a release granted', () => {
  const made = created('clerk', 'ann');
  test.each<[string, LedgerEntry, Held[], Undo]>([
    ['is revoked, and another administrator’s grant of the same role is not', made, [kims, ours], { do: 'revoke', grants: [ours] }],
    [
      'is revoked under the names of today',
      made,
      [{ ...ours, role: 'clerks', account: 'ann.b', grantor: 'rolewave2' }],
      { do: 'revoke', grants: [{ ...ours, role: 'clerks', account: 'ann.b', grantor: 'rolewave2' }] },
    ],
    ['is revoked, although the system refused that before', happened(made, refused('revoke')), [ours], { do: 'revoke', grants: [ours] }],
    ['is revoked, although a grant by others was found later', happened(made, found(kims)), [ours, kims], { do: 'revoke', grants: [ours] }],
    ['is revoked, although a reading had missed it', happened(made, { did: 'unconfirmed', why: 'x' }), [ours], { do: 'revoke', grants: [ours] }],
    [
      'is revoked with what is gone of it, which the system says of each',
      happened(made, { did: 'granted', grants: [again] }),
      [again],
      { do: 'revoke', grants: [again, ours] },
    ],
    ['is gone when someone else revoked it', made, [], { do: 'gone' }],
    ['is gone when someone else revoked it and others granted the same', made, [kims], { do: 'gone' }],
    ['is gone when the same grantor granted it anew: that row is not this release’s', made, [again], { do: 'gone' }],
    ['needs nothing once it was revoked', happened(made, revoked(ours)), [], { do: 'nothing' }],
    [
      'needs nothing once it belongs to another release',
      happened(made, { did: 'handedOn', grants: [ours], to: release, name: 'posters' }),
      [ours],
      { do: 'nothing' },
    ],
    [
      'needs nothing where it was found first and belongs to another release',
      happened(entry(), found(ours), { did: 'takenOver', grants: [ours], from: release }, { did: 'handedOn', grants: [ours], to: release, name: 'posters' }),
      [ours],
      { do: 'nothing' },
    ],
    ['had it before: it stays', happened(entry(), found(kims)), [kims], { do: 'keep', why: 'had it before' }],
    ['had it before, under this release’s own login: it stays', happened(entry(), found(ours)), [ours], { do: 'keep', why: 'had it before' }],
    [
      'had it before, and a tune no longer wants it: it stays',
      happened(entry(), found(kims), { did: 'withdrawn' }),
      [kims],
      { do: 'keep', why: 'had it before' },
    ],
    [
      'had it before, and someone else revoked it: nothing of it is this release’s',
      { ...entry({ outcome: 'unknown' }), found: [kims] },
      [],
      { do: 'keep', why: 'had it before' },
    ],
    ['was refused: there is nothing to undo', happened(entry(), refused('grant')), [ours], { do: 'nothing' }],
    ['was never tried: there is nothing to undo', entry(), [ours], { do: 'nothing' }],
    [
      'is left for a person while it is not known',
      inDoubt(entry()),
      [],
      { do: 'ask', why: 'could not be confirmed when it was granted; revoke it by hand if it must go, then approve again, which leaves what is held then' },
    ],
    [
      'is left for a person while a part of it is not known',
      inDoubt(made),
      [ours],
      { do: 'ask', why: 'could not be confirmed when it was granted; revoke it by hand if it must go, then approve again, which leaves what is held then' },
    ],
  ])('%s', (_, one, held, decision) => expect(undo(one, held)).toEqual(decision));

  test('is revoked by names where the system has no ids', () => {
    const plain = { role: 'clerk', account: 'ann', grantor: us, options: {} };
    const one = happened(entry(), { did: 'granted', grants: [plain] });
    expect(undo(one, [plain, { ...plain, grantor: 'kim' }])).toEqual({ do: 'revoke', grants: [plain] });
    expect(undo(one, [{ ...plain, grantor: 'kim' }])).toEqual({ do: 'gone' });
  });
  test('is known by the ids of role, account and grantor where a row has none: a renamed account is the same, one created again is not', () => {
    const row = { role: 'clerk', account: 'ann', grantor: us, options: {}, roleId: '1', accountId: '2', grantorId: '3' };
    const one = happened(entry(), { did: 'granted', grants: [row] });
    const renamed = { ...row, role: 'clerks', account: 'ann.b', grantor: 'rolewave2' };
    expect(undo(one, [renamed])).toEqual({ do: 'revoke', grants: [renamed] });
    for (const change of [{ accountId: '9' }, { roleId: '9' }, { grantorId: '9' }]) expect(undo(one, [{ ...row, ...change }])).toEqual({ do: 'gone' });
  });
});

describe('legacy access that a release retired', () => {
  const retired = happened(entry({ kind: 'retire' }), revoked(legacy));
  const rejected = { ...content, legacy: content.legacy.map((old) => ({ ...old, design: 'rejected' as const })) };
  const dropped = { ...content, legacy: [] };
  test.each<[string, LedgerEntry, Held[], Partial<UndoFacts>, Undo]>([
    ['is restored exactly as it was', happened(retired, revoked(kimsLegacy)), [], {}, { do: 'restore', grants: [legacy, kimsLegacy] }],
    [
      'is restored, although it was kept for another package later',
      happened(retired, { did: 'kept', why: 'kept for posters' }),
      [],
      {},
      { do: 'restore', grants: [legacy] },
    ],
    [
      'is restored, although another administrator retired it again',
      happened(retired, { did: 'gone', grants: [grant('old_reader', 'ann', 'dba', 'granted again')] }),
      [],
      {},
      { do: 'restore', grants: [legacy] },
    ],
    ['is restored where the system refused to retire the rest', happened(retired, refused('revoke')), [], {}, { do: 'restore', grants: [legacy] }],
    ['is not restored when its design was rejected', retired, [], { content: rejected }, { do: 'notRestored', why: 'its design was rejected' }],
    ['is not restored when another administrator granted it', retired, [kimsLegacy], {}, { do: 'notRestored', why: 'granted by kim again in the meantime' }],
    [
      'is not restored when its own administrator granted it anew',
      retired,
      [grant('old_reader', 'ann', 'dba', 'granted again')],
      {},
      { do: 'notRestored', why: 'granted by dba again in the meantime' },
    ],
    [
      'is restored as far as it was not granted anew',
      happened(retired, revoked(kimsLegacy)),
      [grant('old_reader', 'ann', 'kim', 'granted again')],
      {},
      { do: 'restore', grants: [legacy] },
    ],
    [
      'is restored beside what Rolewave granted to another package',
      retired,
      [grant('old_reader', 'ann', us)],
      { madeByRolewave: new Set([grantKey(grant('old_reader', 'ann', us))]) },
      { do: 'restore', grants: [legacy] },
    ],
    [
      'is not restored beside what others granted in Rolewave’s name',
      retired,
      [grant('old_reader', 'ann', us)],
      {},
      { do: 'notRestored', why: 'granted by rolewave again in the meantime' },
    ],
    [
      'is not kept back by what others hold',
      retired,
      [grant('old_reader', 'ben', 'kim'), grant('old_admin', 'ann', 'kim')],
      {},
      { do: 'restore', grants: [legacy] },
    ],
    ['of an earlier release is restored beside what others granted', retired, [kimsLegacy], { content: dropped }, { do: 'restore', grants: [legacy] }],
    [
      'of someone who is not in this release is restored beside what others granted',
      { ...retired, account: 'dea' },
      [{ ...kimsLegacy, account: 'dea' }],
      {},
      { do: 'restore', grants: [legacy] },
    ],
    [
      'is not this release’s to restore when the system refused and an administrator did it by hand',
      happened(entry({ kind: 'retire' }), refused('revoke'), { did: 'gone', grants: [legacy] }),
      [],
      {},
      { do: 'nothing' },
    ],
    [
      'is not this release’s to restore when another administrator was first',
      happened(entry({ kind: 'retire' }), { did: 'gone', grants: [legacy] }),
      [],
      {},
      { do: 'nothing' },
    ],
    ['is not restored twice', happened(retired, { did: 'restored', grants: [legacy], as: [legacy], notes: [] }), [], {}, { do: 'nothing' }],
    [
      'and kept for another package needs nothing',
      happened(entry({ kind: 'retire' }), { did: 'kept', why: 'kept for posters' }),
      [legacy],
      {},
      { do: 'nothing' },
    ],
    [
      'is left for a person while it is not known',
      inDoubt(entry({ kind: 'retire' })),
      [],
      {},
      { do: 'ask', why: 'could not be confirmed when it was retired; correct it by hand if need be, then approve again, which leaves what is held then' },
    ],
  ])('%s', (_, one, held, facts, decision) => expect(undo(one, held, facts)).toEqual(decision));

  test('has the same grantor by its id, or by its name where one of the two has none', () => {
    const by = (change: Partial<Held>): Held => ({ ...legacy, ...change });
    const taken = (row: Held) => happened(entry({ kind: 'retire' }), revoked(row));
    const others = (row: Held, held: Held) => undo(taken(row), [{ ...held, id: 'granted again' }]);
    const known = { do: 'notRestored', why: 'granted by dba again in the meantime' };
    expect(others(by({ grantorId: '3' }), by({ grantorId: '3', grantor: 'dba_renamed' }))).toEqual(known);
    expect(others(by({ grantorId: '3' }), by({ grantorId: '4' }))).toEqual(known);
    expect(others(by({ grantorId: '3' }), by({}))).toEqual(known);
    expect(others(by({}), by({ grantorId: '3' }))).toEqual(known);
    const two = happened(taken(by({ grantorId: '3' })), revoked(kimsLegacy));
    expect(undo(two, [by({ grantorId: '3', grantor: 'dba_renamed', id: 'x' })])).toEqual({ do: 'restore', grants: [kimsLegacy] });
    const withoutId = happened(taken(by({})), revoked(kimsLegacy));
    expect(undo(withoutId, [by({ grantorId: '3', id: 'x' })], { madeByRolewave: new Set(['x']) })).toEqual({ do: 'restore', grants: [kimsLegacy] });
    expect(undo(two, [by({ grantorId: '4', id: 'x' })], { madeByRolewave: new Set(['x']) })).toEqual({
      do: 'restore',
      grants: [by({ grantorId: '3' }), kimsLegacy],
    });
  });
});

/** R1, whatever the ledger says and the system holds. */
test('a rollback revokes only rows that this release made, and restores only rows that it took and that nobody holds', () => {
  const rows = [ours, again, kims, grant('clerk', 'ann', 'dba')];
  const some = fc.subarray(rows);
  const seldom = fc.nat(4).map((drawn) => drawn === 0);
  const any = fc.record({
    kind: fc.constantFrom('grant' as const, 'retire' as const),
    outcome: fc.constantFrom(...ledgerOutcomes),
    made: some,
    found: some,
    taken: some,
    held: some,
    byRolewave: some,
    pending: seldom,
    rejected: seldom,
    isLegacy: fc.boolean(),
  });
  assertReaching(
    any,
    ['ask', 'gone', 'keep', 'notRestored', 'nothing', 'restore', 'revoke'],
    ({ kind, outcome, made, found: before, taken, held, byRolewave, pending, rejected, isLegacy }) => {
      const one = entry({
        kind,
        role: 'clerk',
        outcome,
        found: before,
        ...(kind === 'grant' ? { made } : { taken }),
        pending: pending ? inDoubt(entry()).pending : [],
      });
      const design = rejected ? ('rejected' as const) : ('superseded' as const);
      const decision = undo(one, held, {
        content: { ...content, legacy: isLegacy ? [{ system: 'erp', role: 'clerk', design }] : [] },
        madeByRolewave: new Set(byRolewave.map(grantKey)),
      });
      const heldKeys = held.map(grantKey);
      if (decision.do === 'revoke') {
        expect([kind, pending]).toEqual(['grant', false]);
        for (const row of decision.grants) expect(made.map(grantKey)).toContain(grantKey(row));
        // All of them that are held, so that nothing is left behind.
        for (const row of made) if (heldKeys.includes(grantKey(row))) expect(decision.grants.map(grantKey)).toContain(grantKey(row));
      } else if (kind === 'grant' && !pending) expect(made.some((row) => heldKeys.includes(grantKey(row)))).toBe(false);
      if (decision.do === 'restore') {
        expect([kind, pending, rejected && isLegacy]).toEqual(['retire', false, false]);
        expect(decision.grants.length).toBeGreaterThan(0);
        for (const row of decision.grants) {
          expect(taken.map(grantKey)).toContain(grantKey(row));
          expect(heldKeys).not.toContain(grantKey(row));
        }
      }
      return decision.do;
    },
  );
});

test('each entry is decided from what is held of its own pair', () => {
  const entries = [created('clerk', 'ann'), created('clerk', 'ben'), created('reader', 'ann')];
  const all = decided(entries, { content, now: actual([ours, grant('reader', 'ann', us)]), place: 'place', madeByRolewave: new Set() });
  expect(all.map(({ entry: { role, account }, decision }) => `${role} ${account} ${decision.do}`)).toEqual([
    'clerk ann revoke',
    'clerk ben gone',
    'reader ann revoke',
  ]);
});
