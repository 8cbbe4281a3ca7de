/** What a rollback writes into the ledger: of decisions, of the system's answers, and of grants that it hands on. */
import { describe, expect, test } from 'vitest';
import { actual, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { after, next, type Fact } from './facts.ts';
import type { Held, LedgerEntry } from './ledger.ts';
import { factOfDecision, factsOfRestore, handOver, type Restored, type Undo } from './rollback.ts';

const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };
const ours = grant('clerk', 'ann', us);
const again = grant('clerk', 'ann', us, 'granted again');
const legacy = grant('old_reader', 'ann');
const kimsLegacy = grant('old_reader', 'ann', 'kim');

const revoked = (...grants: Held[]): Fact => ({ did: 'revoked', grants });
const found = (...grants: Held[]): Fact => ({ did: 'found', grants });

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
  test('what someone granted meanwhile is back, and nothing of it is new', () => {
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
  test('what can be restored to nobody is not restored, and the system’s words say why, each once', () => {
    const never = (why: string): Restored => ({ outcome: 'failed', why, nothingThere: true });
    expect(restored([legacy, kimsLegacy], [never('the account is gone'), never('the account is gone')]).map(({ fact }) => fact)).toEqual([
      { did: 'notRestored', why: 'the account is gone' },
    ]);
    expect(restored([legacy, kimsLegacy], [never('the role is gone'), never('the account is gone')])[0]?.fact).toMatchObject({
      why: 'the role is gone; the account is gone',
    });
    expect(restored([legacy, kimsLegacy], [never('the account is gone'), { outcome: 'failed', why: 'no' }]).map(({ fact }) => fact.did)).toEqual([
      'notRestored',
      'refused',
    ]);
    expect(ends([legacy, kimsLegacy], [never('the account is gone'), anew(kimsLegacy)])).toMatchObject({
      outcome: 'notRestored',
      why: 'the account is gone',
      taken: [legacy],
    });
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
  const leaves = (
    claims: ReturnType<typeof claim>[],
    claimants: LedgerEntry[] = [],
    leaving = [created('clerk', 'ann')],
    now = actual([ours, ...leaving.flatMap(({ made }) => made)]),
  ) => handOver(release, { own: leaving, claims, others: claimants }, now, 'rollback x');

  test('hands on what it made to a release that claims it', () => {
    const heir = happened(entry({ ...posters }), found(ours));
    const [given, taken, ...more] = leaves(
      [claim(release), claim(posters)],
      [entry({ ...posters, account: 'ben' }), heir, { ...heir, kind: 'retire', facts: 9 }],
    );
    expect(given).toEqual(next(created('clerk', 'ann'), 'rollback x', { did: 'handedOn', grants: [ours], to: posters, name: 'posters' }));
    expect(taken).toEqual(next(heir, 'rollback x', { did: 'takenOver', grants: [ours], from: release }));
    expect(more).toEqual([]);
  });
  test('hands on nothing that is not held any more', () => {
    expect(leaves([claim(posters)], [], [created('clerk', 'ann')], actual([again]))).toEqual([]);
  });
  test('hands on to one of many, by the name of its plan or wave', () => {
    const other = { ...release, plan: 'other' };
    expect(leaves([claim(other), claim(posters)]).map(({ fact }) => fact)).toMatchObject([
      { to: other, name: 'a package of another plan' },
      { did: 'takenOver' },
    ]);
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
  test('hands on nothing to who claims another account of the same name', () => {
    const [row] = created('clerk', 'ann').made;
    const leaving = [happened(entry(), { did: 'granted', grants: [{ ...row!, roleId: '1', accountId: '2' }] })];
    const claims = [
      { ...claim(posters), roleId: '1', accountId: '9' },
      { ...claim({ ...posters, package: 'desk' }), accountId: '2' },
    ];
    expect(leaves(claims, [], leaving)[0]?.fact).toMatchObject({ did: 'handedOn', name: 'desk' });
    expect(leaves(claims.slice(0, 1), [], leaving)).toEqual([]);
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
