import { describe, expect, test } from 'vitest';
import { entry, grant, happened, us } from '../../test/support/ledger.ts';
import { after, entriesFrom, LedgerMoved, newEntry, next, type Fact, type RecordedFact } from './facts.ts';
import type { Held, LedgerEntry } from './ledger.ts';

const posters = { plan: 'test', wave: 'wave-2', package: 'posters' };
const ours = grant('clerk', 'ann', us);
const again = grant('clerk', 'ann', us, 'granted again');
const dbas = grant('clerk', 'ann');
const legacy = grant('old_reader', 'ann');
const kims = grant('old_reader', 'ann', 'kim');

const granted = (...grants: Held[]): Fact => ({ did: 'granted', grants });
const revoked = (...grants: Held[]): Fact => ({ did: 'revoked', grants });
const restored = (...grants: Held[]): Fact => ({ did: 'restored', grants, as: grants, notes: [] });
const refused = (effect: 'grant' | 'revoke' | 'restore'): Fact => ({ did: 'refused', effect, why: 'permission denied' });
const found = (...grants: Held[]): Fact => ({ did: 'found', grants });
const gone = (...grants: Held[]): Fact => ({ did: 'gone', grants });
const unconfirmed: Fact = { did: 'unconfirmed', why: 'could not be confirmed' };
const kept: Fact = { did: 'kept', why: 'kept for posters' };
const handedOn = (...grants: Held[]): Fact => ({ did: 'handedOn', grants, to: posters, name: 'posters' });
const takenOver = (...grants: Held[]): Fact => ({ did: 'takenOver', grants, from: posters });
const notRestored: Fact = { did: 'notRestored', why: 'its design was rejected' };
const withdrawn: Fact = { did: 'withdrawn' };
const asked: Fact = { did: 'asked', why: 'cannot be told', approval: 'm1' };
const left: Fact = { did: 'left', why: 'left as it is', approval: 'm2' };

const theGrant = (...facts: Fact[]) => happened(entry(), ...facts);
const theRetirement = (...facts: Fact[]) => happened(entry({ kind: 'retire' }), ...facts);
const seen = ({ outcome, why, made, found: before, taken }: LedgerEntry) => ({
  says: why === undefined ? outcome : `${outcome}: ${why}`,
  ...(made.length > 0 ? { made } : {}),
  ...(before.length > 0 ? { found: before } : {}),
  ...(taken.length > 0 ? { taken } : {}),
});

describe('of a grant, the ledger says', () => {
  test.each<[string, Fact[], ReturnType<typeof seen>]>([
    ['that nothing happened', [], { says: 'pending' }],
    ['that this release made it', [granted(ours)], { says: 'created', made: [ours] }],
    ['that it was there', [found(dbas)], { says: 'preexisting', found: [dbas] }],
    ['why the system refused it', [refused('grant')], { says: 'failed: permission denied' }],
    ['no reason of an earlier attempt once it was granted', [refused('grant'), granted(ours)], { says: 'created', made: [ours] }],
    ['that nobody knows', [granted(ours), unconfirmed], { says: 'unknown: could not be confirmed', made: [ours] }],
    ['that it was found after all, and is this release’s', [granted(ours), unconfirmed, granted(ours)], { says: 'created', made: [ours] }],
    [
      'each row once, under its latest name',
      [granted(ours), granted({ ...ours, account: 'ann.b' })],
      { says: 'created', made: [{ ...ours, account: 'ann.b' }] },
    ],
    ['two rows where it was granted twice', [granted(ours), granted(again)], { says: 'created', made: [ours, again] }],
    ['that it was made here, although another grant was found later', [granted(ours), found(dbas)], { says: 'created', made: [ours], found: [dbas] }],
    ['that it was revoked', [granted(ours), revoked(ours)], { says: 'revoked' }],
    ['that a row is left of two', [granted(ours), granted(again), revoked(again)], { says: 'revoked', made: [ours] }],
    ['that the system refused to revoke it', [granted(ours), refused('revoke')], { says: 'created: permission denied', made: [ours] }],
    ['that someone else revoked it', [granted(ours), gone(ours)], { says: 'gone' }],
    ['why it is gone', [granted(ours), { ...gone(ours), why: 'locked' } as Fact], { says: 'gone: locked' }],
    ['nothing of a row that is gone while another one is left', [granted(ours), granted(again), gone(ours)], { says: 'created', made: [again] }],
    ['that what was found is gone', [found(dbas), gone(dbas)], { says: 'gone' }],
    ['whom it was left to', [granted(ours), handedOn(ours)], { says: 'kept: kept for posters' }],
    ['that it was taken over', [found(ours), takenOver(ours)], { says: 'created', made: [ours], found: [ours] }],
    ['that a tune took it from someone who never had it', [refused('grant'), withdrawn], { says: 'withdrawn' }],
    ['that a tune took it before anything was tried', [withdrawn], { says: 'withdrawn' }],
    ['that a tune took it although it could not be confirmed', [unconfirmed, withdrawn], { says: 'withdrawn' }],
    ['nothing else of what a tune has still to revoke', [granted(ours), refused('revoke'), withdrawn], { says: 'created: permission denied', made: [ours] }],
    [
      'that it is not confirmed, of what a tune has still to revoke',
      [granted(ours), unconfirmed, withdrawn],
      { says: 'unknown: could not be confirmed', made: [ours] },
    ],
    ['that a person is asked, and still owns it', [granted(ours), asked], { says: 'created: cannot be told', made: [ours] }],
    ['that a person left it as it is, and owns it no more', [granted(ours), asked, left], { says: 'kept: left as it is' }],
    ['that it was there, of what a tune took', [found(dbas), withdrawn], { says: 'preexisting', found: [dbas] }],
  ])('%s', (_, facts, expected) => expect(seen(theGrant(...facts))).toEqual(expected));

  test('whether this release ever made it, whatever became of it', () => {
    expect(theGrant(granted(ours), revoked(ours), found(dbas)).granted).toBe(true);
    expect(theGrant(takenOver(ours), handedOn(ours)).granted).toBe(true);
    expect(theGrant(refused('grant'), found(dbas), gone(dbas), unconfirmed).granted).toBe(false);
  });

  test('that a tune withdrew it, also after a reading that finds it', () => {
    expect(theGrant().withdrawn).toBe(false);
    for (const later of [granted(ours), found(dbas), gone(ours), unconfirmed, refused('revoke')]) expect(theGrant(withdrawn, later).withdrawn).toBe(true);
  });
});

describe('of a retirement, the ledger says', () => {
  test.each<[string, Fact[], ReturnType<typeof seen>]>([
    ['that it was revoked', [revoked(legacy)], { says: 'revoked', taken: [legacy] }],
    ['all that was revoked, in several runs', [revoked(legacy), revoked(kims)], { says: 'revoked', taken: [legacy, kims] }],
    ['why the system refused', [refused('revoke')], { says: 'failed: permission denied' }],
    ['what was revoked before the system refused the rest', [revoked(legacy), refused('revoke')], { says: 'failed: permission denied', taken: [legacy] }],
    ['that someone else did it', [refused('revoke'), gone(legacy)], { says: 'gone' }],
    ['that this release revoked some of it, and someone else the rest', [revoked(legacy), gone(kims)], { says: 'revoked', taken: [legacy] }],
    ['that it stays for another package', [kept], { says: 'kept: kept for posters' }],
    ['what is to be restored, although it stays for another package now', [revoked(legacy), kept], { says: 'kept: kept for posters', taken: [legacy] }],
    ['that it was restored', [revoked(legacy), restored(legacy)], { says: 'restored' }],
    [
      'in what other form it was restored',
      [revoked(legacy), { ...restored(legacy), notes: ['in our name', 'without admin'] } as Fact],
      { says: 'restored: in our name; without admin' },
    ],
    ['what is still to be restored', [revoked(legacy, kims), restored(kims), refused('restore')], { says: 'revoked: permission denied', taken: [legacy] }],
    ['that a person is asked to restore it', [revoked(legacy), asked], { says: 'revoked: cannot be told', taken: [legacy] }],
    ['that a person left it as it is', [revoked(legacy), asked, left], { says: 'notRestored: left as it is' }],
    ['why it is not restored', [revoked(legacy), notRestored], { says: 'notRestored: its design was rejected', taken: [legacy] }],
  ])('%s', (_, facts, expected) => expect(seen(theRetirement(...facts))).toEqual(expected));
});

describe('the steps of an entry', () => {
  const steps = (start: LedgerEntry, ...facts: [string, Fact][]) =>
    facts.reduce((state, [by, fact]) => after(state, next(state, by, fact)), start).steps.map(({ by, did }) => `${by} ${did}`);

  test('are what was granted, revoked and restored, in order', () => {
    expect(steps(entry(), ['release', granted(ours)], ['tune a', revoked(ours)], ['tune b', granted(again)])).toEqual([
      'release granted',
      'tune a revoked',
      'tune b granted',
    ]);
    expect(steps(entry({ kind: 'retire' }), ['release', revoked(legacy)], ['rollback', restored(legacy)])).toEqual(['release revoked', 'rollback restored']);
  });
  test('are one list for all entries that have the same, and stay as they are when one of them goes on', () => {
    const [ann, ben] = ['ann', 'ben'].map((account) => after(undefined, next(entry({ account }), 'release', granted(grant('clerk', account, us)))));
    expect(ann!.steps).toBe(ben!.steps);
    expect([steps(ann!, ['tune a', revoked(ours)]), steps(ann!, ['tune b', revoked(ours)]), steps(ben!)]).toEqual([
      ['release granted', 'tune a revoked'],
      ['release granted', 'tune b revoked'],
      ['release granted'],
    ]);
  });
  test('are not what was found, refused, taken over or handed on', () => {
    const facts = [found(dbas), refused('grant'), takenOver(ours), handedOn(ours), gone(ours), unconfirmed, withdrawn];
    expect(steps(entry(), ...facts.map((fact): [string, Fact] => ['tune a', fact]))).toEqual([]);
  });
  test('do not have a grant twice that a later step only found again', () => {
    expect(steps(entry(), ['release', granted(ours)], ['tune a', granted(ours)])).toEqual(['release granted']);
  });
});

/** Facts of one entry as the store has them. */
const stored = (start: LedgerEntry, facts: Fact[], committed: Partial<Record<string, boolean>> = {}): RecordedFact[] =>
  facts.map((fact, index) => {
    const state = 'transaction' in fact && fact.transaction !== undefined ? committed[fact.transaction] : undefined;
    return {
      ...next({ ...start, facts: start.facts + index }, `step ${index}`, fact),
      ...(state === undefined ? {} : { committed: state }),
      atMs: 1_000 + index,
    };
  });
const folded = (start: LedgerEntry, facts: Fact[], committed: Partial<Record<string, boolean>> = {}) => entriesFrom(stored(start, facts, committed))[0];
const inT = (fact: Fact, transaction = 't1') => ({ ...fact, transaction }) as Fact;

test('a person has the access since it was first granted or found', () => {
  expect(folded(entry(), [refused('grant'), granted(ours), revoked(ours), granted(dbas)])?.heldSinceMs).toBe(1_001);
  expect(folded(entry(), [found(dbas), unconfirmed])?.heldSinceMs).toBe(1_000);
  expect(folded(entry(), [refused('grant'), inT(granted(ours))])?.heldSinceMs).toBeUndefined();
});

describe('an effect that was about to be committed', () => {
  test('counts once the system says that it was', () => {
    expect(folded(entry(), [inT(granted(ours))], { t1: true })).toMatchObject({
      outcome: 'created',
      made: [ours],
      pending: [],
      steps: [{ by: 'step 0', did: 'granted' }],
    });
  });
  test('changes nothing once the system says that it was not', () => {
    expect(folded(entry(), [found(dbas), inT(granted(ours))], { t1: false })).toEqual({
      ...theGrant(found(dbas)),
      facts: 2,
      updatedAtMs: 1_001,
      heldSinceMs: 1_000,
    });
  });
  test('makes the entry pending until the system says', () => {
    expect(folded(entry(), [refused('grant'), inT(granted(ours))])).toMatchObject({
      outcome: 'pending',
      made: [],
      granted: false,
      pending: [{ transaction: 't1', did: 'granted', by: 'step 1', grants: [ours] }],
      steps: [],
    });
    expect(folded(entry({ kind: 'retire' }), [inT(revoked(legacy)), inT(restored(legacy), 't2')])).toMatchObject({
      outcome: 'pending',
      taken: [],
      pending: [
        { transaction: 't1', did: 'revoked', grants: [legacy] },
        { transaction: 't2', did: 'restored', grants: [legacy] },
      ],
    });
  });
  test('is still not known after what says nothing of it', () => {
    for (const fact of [unconfirmed, refused('grant'), kept, takenOver(again), handedOn(again), withdrawn, gone(again), revoked(again)])
      expect(folded(entry(), [inT(granted(ours)), fact])?.pending).toHaveLength(1);
  });
  test.each<[string, Fact[], Partial<LedgerEntry>]>([
    ['it is found as it was made', [inT(granted(ours)), unconfirmed, granted(ours)], { outcome: 'created', made: [ours] }],
    ['it is granted again, because nothing of it was held', [inT(granted(ours)), unconfirmed, granted(again)], { outcome: 'created', made: [again] }],
    ['only someone else’s grant is found', [inT(granted(ours)), unconfirmed, found(dbas)], { outcome: 'preexisting', made: [] }],
    ['it is gone', [inT(granted(ours)), gone(ours)], { outcome: 'gone', made: [] }],
    ['it is revoked', [granted(ours), inT(revoked(ours)), revoked(ours)], { outcome: 'revoked', made: [] }],
  ])('is answered when %s', (_, facts, expected) => {
    expect(folded(entry(), facts)).toMatchObject({ ...expected, pending: [] });
  });
  test('is answered by the person who was asked and approved again, and by nothing before', () => {
    const start = [inT(granted(ours)), unconfirmed, asked];
    expect(folded(entry(), start)).toMatchObject({ outcome: 'unknown', why: 'cannot be told', asked: 'm1', pending: [{ transaction: 't1' }] });
    expect(folded(entry(), [...start, left])).toMatchObject({ outcome: 'kept', made: [], pending: [] });
    expect(folded(entry({ kind: 'retire' }), [inT(revoked(legacy)), asked, left])).toMatchObject({ outcome: 'notRestored', pending: [] });
  });
  test('is a new question after anything else has happened', () => {
    for (const fact of [granted(again), unconfirmed, refused('revoke'), withdrawn, left]) expect(folded(entry(), [asked, fact])).not.toHaveProperty('asked');
  });
  test('is not answered by a reading that finds it among others, but not as this release’s', () => {
    expect(folded(entry(), [inT(granted(ours)), found(ours, dbas)])?.pending).toHaveLength(1);
  });
  test('is not answered by what happened to some of its grants', () => {
    expect(folded(entry({ kind: 'retire' }), [inT(revoked(legacy, kims)), revoked(kims)])?.pending).toHaveLength(1);
    expect(folded(entry({ kind: 'retire' }), [inT(revoked(legacy)), revoked(legacy)])).toMatchObject({ pending: [], taken: [legacy] });
    expect(folded(entry({ kind: 'retire' }), [revoked(legacy), inT(restored(legacy)), restored(legacy)])).toMatchObject({ pending: [], taken: [] });
  });
  test('is no longer pending when the next effect of the same kind was not committed', () => {
    expect(folded(entry(), [inT(granted(ours)), inT(granted(again), 't2')], { t2: false })).toMatchObject({
      outcome: 'pending',
      pending: [{ transaction: 't1' }],
    });
  });
});

test('facts have the numbers 1, 2, 3, and the entry is as old as its last one', () => {
  const first = next(entry(), 'release', granted(ours));
  expect(first).toEqual({
    plan: 'test',
    wave: 'wave-1',
    package: 'clerks',
    system: 'erp',
    kind: 'grant',
    role: 'clerk',
    account: 'ann',
    person: 'ann',
    place: 'place',
    number: 1,
    by: 'release',
    fact: granted(ours),
  });
  const one = after(entry(), first, 70);
  expect(one).toMatchObject({ facts: 1, updatedAtMs: 70 });
  expect(next(one, 'tune', revoked(ours)).number).toBe(2);
  expect(after(one, next(one, 'tune', revoked(ours)))).toMatchObject({ facts: 2, updatedAtMs: 70 });
});

test('a fact is taken as committed where the caller knows that it will be', () => {
  expect(after(entry(), next(entry(), 'release', inT(granted(ours))))).toMatchObject({ outcome: 'created', made: [ours], pending: [] });
});

test('a ledger that moved is told from other errors by its name', () => expect(new LedgerMoved('x').name).toBe('LedgerMoved'));

test('an entry of which nothing has happened is pending and owes nothing', () => {
  const { plan, wave, package: id } = entry();
  expect(newEntry({ plan, wave, package: id }, { system: 'erp', place: 'place', kind: 'grant', role: 'clerk', account: 'ann', person: 'ann' })).toEqual(
    entry(),
  );
});

test('facts of many keys become one entry for each key, in their order', () => {
  const keys: Partial<LedgerEntry>[] = [
    {},
    { account: 'ben' },
    { account: 'ben', role: 'reader' },
    { account: 'ben', role: 'reader', kind: 'retire' },
    { account: 'ben', role: 'reader', kind: 'retire', system: 'hr' },
    { account: 'ben', role: 'reader', kind: 'retire', system: 'hr', package: 'posters' },
    { account: 'ben', role: 'reader', kind: 'retire', system: 'hr', package: 'posters', wave: 'wave-9' },
    { account: 'ben', role: 'reader', kind: 'retire', system: 'hr', package: 'posters', wave: 'wave-9', plan: 'other' },
  ];
  const starts = keys.map((key) => entry({ role: 'clerk', ...key }));
  const entries = entriesFrom(starts.flatMap((start) => stored(start, [unconfirmed, kept])));
  expect(entries).toEqual(starts.map((start) => ({ ...start, outcome: 'kept', why: 'kept for posters', facts: 2, updatedAtMs: 1_001 })));
  expect(entriesFrom([])).toEqual([]);
});
