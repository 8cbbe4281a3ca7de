import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { assertReaching } from '../../test/support/reaching.ts';
import { actual, clerksPlan, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { after, next, type Fact } from './facts.ts';
import { grantKey, ledgerOutcomes, type Held, type LedgerEntry } from './ledger.ts';
import { decided, factOfDecision, factsOfRestore, handOver, type Restored, type Undo, type UndoFacts } from './rollback.ts';

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
  decided([one], { content, now: actual(held), madeByRolewave: new Set(), ...more })[0]!.decision;
const inDoubt = (one: LedgerEntry): LedgerEntry => ({
  ...one,
  pending: [{ transaction: 't1', did: one.kind === 'grant' ? 'granted' : 'revoked', by: 'release', grants: one.kind === 'grant' ? [ours] : [legacy] }],
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
    ['is gone when somebody else revoked it', made, [], { do: 'gone' }],
    ['is gone when somebody else revoked it and others granted the same', made, [kims], { do: 'gone' }],
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
      'had it before, and somebody else revoked it: nothing of it is this release’s',
      { ...entry({ outcome: 'unknown' }), found: [kims] },
      [],
      { do: 'keep', why: 'had it before' },
    ],
    ['was refused: there is nothing to undo', happened(entry(), refused('grant')), [ours], { do: 'nothing' }],
    ['was never tried: there is nothing to undo', entry(), [ours], { do: 'nothing' }],
    ['is left for a person while it is not known', inDoubt(entry()), [], { do: 'ask', why: 'could not be confirmed when it was granted: a person decides' }],
    [
      'is left for a person while a part of it is not known',
      inDoubt(made),
      [ours],
      { do: 'ask', why: 'could not be confirmed when it was granted: a person decides' },
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
      'of somebody who is not in this release is restored beside what others granted',
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
      { do: 'ask', why: 'could not be confirmed when it was retired: a person decides' },
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
  const all = decided(entries, { content, now: actual([ours, grant('reader', 'ann', us)]), madeByRolewave: new Set() });
  expect(all.map(({ entry: { role, account }, decision }) => `${role} ${account} ${decision.do}`)).toEqual([
    'clerk ann revoke',
    'clerk ben gone',
    'reader ann revoke',
  ]);
});

describe('a decision that changes no grant', () => {
  const facts = (one: LedgerEntry, decision: Undo) =>
    factOfDecision({ entry: one, decision }, 'rollback x').map(({ fact, number, by }) => ({ fact, number, by }));
  test('is recorded where what was made is gone, with all of it', () => {
    const two = happened(created('clerk', 'ann'), { did: 'granted', grants: [again] });
    expect(facts(two, { do: 'gone' })).toEqual([{ fact: { did: 'gone', grants: [ours, again] }, number: 3, by: 'rollback x' }]);
  });
  test('is recorded once where legacy access is not restored', () => {
    const decision: Undo = { do: 'notRestored', why: 'its design was rejected' };
    const [fact] = factOfDecision({ entry: entry({ kind: 'retire' }), decision }, 'rollback x');
    const done = after(entry({ kind: 'retire' }), fact!);
    expect(fact?.fact).toEqual({ did: 'notRestored', why: 'its design was rejected' });
    expect(facts(done, decision)).toEqual([]);
    expect(facts(done, { do: 'notRestored', why: 'granted by kim again in the meantime' })).toHaveLength(1);
    expect(facts({ ...done, outcome: 'revoked' }, decision)).toHaveLength(1);
  });
  test.each<Undo>([
    { do: 'ask', why: 'x' },
    { do: 'keep', why: 'x' },
    { do: 'nothing' },
    { do: 'revoke', grants: [ours] },
    { do: 'restore', grants: [legacy] },
  ])('is not recorded otherwise: %j', (decision) => expect(facts(created('clerk', 'ann'), decision)).toEqual([]));
});

describe('after the system answered a restore', () => {
  const retired = happened(entry({ kind: 'retire' }), revoked(legacy, kimsLegacy));
  const anew = (row: Held): Restored => ({ outcome: 'created', grant: { ...row, id: `${row.id} again` } });
  const restored = (grants: Held[], answers: Restored[], owners: LedgerEntry[] = [], one = retired) =>
    factsOfRestore(one, grants, answers, owners, 'rollback x', 't1');
  /** With the system's word that all was committed. */
  const ends = (grants: Held[], answers: Restored[], one = retired) =>
    factsOfRestore(one, grants, answers, [], 'rollback x').reduce((state, fact) => after(state, fact), one);

  test('what came back is in its transaction, as it is held now', () => {
    const facts = restored([legacy, kimsLegacy], [anew(legacy), { ...anew(kimsLegacy), note: 'in our name' } as Restored]);
    expect(facts).toMatchObject([{ number: 2, by: 'rollback x', kind: 'retire', role: 'old_reader' }]);
    expect(facts[0]?.fact).toStrictEqual({
      did: 'restored',
      grants: [legacy, kimsLegacy],
      as: [
        { ...legacy, id: `${legacy.id} again` },
        { ...kimsLegacy, id: `${kimsLegacy.id} again` },
      ],
      notes: ['in our name'],
      transaction: 't1',
    });
    expect(factsOfRestore(retired, [legacy, kimsLegacy], [anew(legacy), anew(kimsLegacy)], [], 'x')[0]?.fact).not.toHaveProperty('transaction');
  });
  test('what somebody granted meanwhile is back, and nothing of it is new', () => {
    expect(restored([legacy, kimsLegacy], [{ outcome: 'preexisting', grants: [legacy], note: 'by dba' }, anew(kimsLegacy)])[0]?.fact).toMatchObject({
      grants: [legacy, kimsLegacy],
      as: [{ ...kimsLegacy, id: `${kimsLegacy.id} again` }],
      notes: ['by dba'],
    });
  });
  test('what need not be restored is no longer owed: nothing is left of the retirement', () => {
    expect(ends([legacy], [anew(legacy)])).toMatchObject({ outcome: 'restored', taken: [] });
  });
  test('a refusal is the last word, and what was refused is still owed', () => {
    const facts = restored([legacy, kimsLegacy], [{ outcome: 'failed', why: 'no' }, anew(kimsLegacy)]);
    expect(facts.map(({ number, fact }) => [number, fact.did])).toEqual([
      [2, 'restored'],
      [3, 'refused'],
    ]);
    expect(facts[1]?.fact).toEqual({ did: 'refused', effect: 'restore', why: 'no' });
    expect(ends([legacy, kimsLegacy], [{ outcome: 'failed', why: 'no' }, anew(kimsLegacy)])).toMatchObject({ outcome: 'revoked', why: 'no', taken: [legacy] });
    expect(ends([legacy], [{ outcome: 'failed', why: 'no' }])).toMatchObject({ outcome: 'revoked', taken: [legacy] });
  });
  test('nothing came back where all was refused, or not answered', () => {
    expect(
      restored(
        [legacy, kimsLegacy],
        [
          { outcome: 'failed', why: 'no' },
          { outcome: 'failed', why: 'never' },
        ],
      ).map(({ fact }) => fact),
    ).toEqual([{ did: 'refused', effect: 'restore', why: 'no; never' }]);
    expect(restored([legacy, kimsLegacy], [])).toEqual([]);
  });

  describe('grants that Rolewave had made for another release', () => {
    const made = grant('old_reader', 'ann', us);
    const retiredThem = happened(entry({ kind: 'retire' }), revoked(made, legacy));
    const owner = happened(entry({ package: 'posters', role: 'old_reader' }), { did: 'granted', grants: [made] });
    const another = happened(entry({ package: 'desk', role: 'old_reader' }), { did: 'granted', grants: [again] });

    test('are that release’s again, in the same transaction', () => {
      const facts = restored([made, legacy], [anew(made), anew(legacy)], [another, owner], retiredThem);
      expect(facts.map((fact) => `${fact.package} ${fact.kind} ${fact.number} ${fact.fact.did}`)).toEqual([
        'clerks retire 2 restored',
        'posters grant 2 granted',
      ]);
      expect(facts[1]?.fact).toEqual({ did: 'granted', grants: [{ ...made, id: `${made.id} again` }], transaction: 't1' });
    });
    test('stand for legacy access from then on, where the system grants nothing beside them', () => {
      const theirs = happened(entry({ package: 'posters', role: 'old_reader' }), { did: 'granted', grants: [made] });
      const facts = restored([legacy], [{ outcome: 'preexisting', grants: [made] }], [another, theirs]);
      expect(facts.map((fact) => `${fact.package} ${fact.number} ${fact.fact.did}`)).toEqual(['clerks 2 restored', 'posters 2 gone', 'posters 3 found']);
      expect(facts.slice(1).reduce((state, fact) => after(state, fact), theirs)).toMatchObject({ outcome: 'preexisting', made: [], found: [made] });
    });
    test('stand for nothing where others hold the legacy access again, or where it came back', () => {
      expect(restored([legacy], [{ outcome: 'preexisting', grants: [made, kimsLegacy] }], [owner])).toHaveLength(1);
      expect(restored([legacy, kimsLegacy], [anew(legacy), { outcome: 'preexisting', grants: [made] }], [owner])).toHaveLength(1);
      expect(restored([legacy], [{ outcome: 'failed', why: 'no' }], [owner]).map((fact) => fact.package)).toEqual(['clerks', 'clerks']);
    });
    test('are nobody’s where they did not come back', () => {
      expect(restored([made, legacy], [{ outcome: 'failed', why: 'no' }, anew(legacy)], [owner], retiredThem).map((fact) => fact.package)).toEqual([
        'clerks',
        'clerks',
      ]);
      expect(restored([made, legacy], [{ outcome: 'preexisting', grants: [made] }, anew(legacy)], [owner], retiredThem)).toHaveLength(1);
    });
  });
});

describe('a release that leaves', () => {
  const posters = { plan: 'test', wave: 'wave-2', package: 'posters' };
  const claim = (of: typeof release, role = 'clerk', account = 'ann', system = 'erp') => ({ ...of, system, role, account });
  const leaves = (claims: ReturnType<typeof claim>[], claimants: LedgerEntry[] = [], leaving = [created('clerk', 'ann')]) =>
    handOver(release, leaving, claims, claimants, 'rollback x');

  test('hands on what it made to a release that claims it', () => {
    const heir = happened(entry({ ...posters }), found(ours));
    const [given, taken, ...more] = leaves(
      [claim(release), claim(posters)],
      [entry({ ...posters, account: 'ben' }), { ...heir, kind: 'retire', facts: 9 }, heir],
    );
    expect(given).toEqual(next(created('clerk', 'ann'), 'rollback x', { did: 'handedOn', grants: [ours], to: posters, name: 'posters' }));
    expect(taken).toEqual(next(heir, 'rollback x', { did: 'takenOver', grants: [ours], from: release }));
    expect(more).toEqual([]);
  });
  test('hands on to one of many, by the name of its plan or wave', () => {
    const other = { ...release, plan: 'other' };
    expect(leaves([claim(other), claim(posters)]).map(({ fact }) => fact)).toMatchObject([{ to: other, name: 'clerks of plan other' }, { did: 'takenOver' }]);
    expect(leaves([claim({ ...release, wave: 'wave-0' })])[0]?.fact).toMatchObject({ name: 'clerks as wave-0 released it' });
  });
  test('hands on also to a claimant of which nothing is recorded yet, under the system that its plan names', () => {
    expect(leaves([claim(posters, 'clerk', 'ann', 'erp-2')], [happened(entry({ ...posters }), found(ours))])[1]).toMatchObject({
      ...posters,
      system: 'erp-2',
      place: 'place',
      person: 'ann',
      number: 1,
      fact: { did: 'takenOver' },
    });
  });
  test('keeps nothing back, and hands on nothing that it did not make or that nobody else claims', () => {
    expect(leaves([])).toEqual([]);
    expect(leaves([claim(release)])).toEqual([]);
    expect(leaves([claim(posters, 'clerk', 'ben'), claim(posters, 'reader')])).toEqual([]);
    const notMade = [
      happened(entry(), found(ours)),
      happened(entry({ kind: 'retire', role: 'clerk' }), revoked(ours)),
      happened(created('clerk', 'ann'), revoked(ours)),
    ];
    expect(leaves([claim(posters)], [], notMade)).toEqual([]);
    // Not even where it looks as if it had: a retirement makes nothing.
    expect(leaves([claim(posters)], [], [{ ...created('clerk', 'ann'), kind: 'retire' }])).toEqual([]);
  });
});
