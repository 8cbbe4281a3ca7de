import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPreview } from '../access/build-preview.ts';
import { actual, accounts, anyActual, anyGrants, clerksPlan, created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { after, next, type Fact, type LedgerFact } from './facts.ts';
import {
  factOfGrant,
  foundAfterAll,
  grantCounts,
  leftBeforeGranting,
  missingGrants,
  readBack,
  todoOf,
  toGrant,
  unsettled,
  wantedGrants,
  withdrawn,
  withdrawnFromLeavers,
  type Granted,
} from './granting.ts';
import { grantKey, ledgerOutcomes, pairKey, type Held, type LedgerEntry, type LedgerOutcome } from './ledger.ts';

const release = { plan: 'test', wave: 'wave-1', package: 'clerks' };
const at = { system: 'erp', place: 'place' };
const preview = buildPreview(clerksPlan(), 'clerks', 'erp', actual([]));
const wanted = wantedGrants(preview, actual([]));
const ours = grant('clerk', 'ann', us);
const kims = grant('clerk', 'ann', 'kim');
/** About to be committed when its run died; the system no longer knows whether it was. */
const inDoubt = (...grants: Held[]) => happenedIn(entry(), { did: 'granted', grants, transaction: 't1' });
const happenedIn = (start: LedgerEntry, fact: Fact) => {
  const { pending, ...rest } = start;
  return 'transaction' in fact && fact.transaction !== undefined && 'grants' in fact
    ? {
        ...rest,
        outcome: 'pending' as const,
        facts: 1,
        pending: [...pending, { transaction: fact.transaction, did: fact.did as 'granted', by: 'release', grants: fact.grants }],
      }
    : happened(start, fact);
};
/** Grants of kim's as systems show them that tell ids. */
const [anns, bens] = [withIds('ann'), withIds('ben')];
function withIds(account: string): Held {
  return { role: 'clerk', account, grantor: 'kim', options: {}, roleId: 'role-clerk', accountId: `account-${account}` };
}
const facts = (all: LedgerFact[]) => all.map(({ fact }) => fact);
const unconfirmed = { did: 'unconfirmed', why: 'could not be confirmed when it was read back' };

describe('wanted grants', () => {
  test('are every entitlement for every person who was signed for', () => {
    expect(wanted.map(({ role, person, account }) => `${role} ${person} ${account}`)).toEqual([
      'clerk ann ann',
      'clerk ben ben',
      'clerk cem c.em',
      'reader ann ann',
      'reader ben ben',
      'reader cem c.em',
    ]);
  });
  test('are none for an account that is gone', () => {
    expect(wantedGrants(preview, actual([], { unknownAccounts: ['ben'] })).map(({ account }) => account)).toEqual(['ann', 'c.em', 'ann', 'c.em']);
  });
  test('carry the ids of role and account and the content of the role as they were signed, whatever they are now', () => {
    const recreated = actual([], {
      roles: actual([]).roles.map(({ role }) => ({ role, exists: true, id: 'another', digest: 'another' })),
      accounts: accounts.map((account) => ({ account, id: 'another' })),
    });
    expect(wantedGrants(preview, recreated)[2]).toEqual({
      role: 'clerk',
      account: 'c.em',
      person: 'cem',
      roleId: 'role-clerk',
      accountId: 'account-c.em',
      digest: 'digest of clerk',
    });
  });
  test('carry no ids where the system has none, and no content of a role that nobody saw', () => {
    const people = preview.people.map(({ person, account }) => ({ person, account }));
    const [first] = wantedGrants({ ...preview, people, roles: [{ role: 'clerk', exists: true, digest: 'one' }] }, actual([]));
    expect(first).toStrictEqual({ role: 'clerk', account: 'ann', person: 'ann', digest: 'one' });
    expect(wantedGrants({ ...preview, people, roles: [] }, actual([]))[0]).toStrictEqual({ role: 'clerk', account: 'ann', person: 'ann' });
  });
  test('are never more than was signed, whatever the system holds', () => {
    fc.assert(
      fc.property(anyActual, (now) => {
        const signed = new Set(wanted.map(pairKey));
        expect(wantedGrants(preview, now).every((pair) => signed.has(pairKey(pair)))).toBe(true);
      }),
    );
  });
});

describe('what is still to be granted', () => {
  const todo = (...ledger: LedgerEntry[]) => toGrant(wanted, ledger).map(todoOf(release, at, ledger));
  const pairs = (...ledger: LedgerEntry[]) => todo(...ledger).map(({ grant: { role, account } }) => `${role} ${account}`);

  test('is all that is wanted, each with a new entry, while nothing is recorded', () => {
    expect(todo()).toHaveLength(6);
    expect(todo()[2]).toEqual({ grant: wanted[2], entry: entry({ account: 'c.em', person: 'cem' }) });
  });
  test.each(ledgerOutcomes)('is not what the ledger says is %s, unless that is pending', (outcome) => {
    expect(pairs(entry({ outcome })).includes('clerk ann')).toBe(outcome === 'pending');
  });
  test('is not what may have been granted already', () => expect(pairs(inDoubt(ours))).not.toContain('clerk ann'));
  test('goes on where a transaction of an earlier run was aborted', () => {
    const aborted = entry({ facts: 1 });
    expect(todo(aborted)[0]?.entry).toEqual(aborted);
  });
  test('does not depend on retirements', () => expect(pairs(entry({ kind: 'retire', role: 'clerk', outcome: 'revoked' }))).toHaveLength(6));
});

test.each<[string, Granted, Fact, Fact]>([
  ['granted, in a transaction', { outcome: 'created', grant: ours }, { did: 'granted', grants: [ours], transaction: 't1' }, { did: 'granted', grants: [ours] }],
  ['found, all that is held', { outcome: 'preexisting', grants: [kims, ours] }, { did: 'found', grants: [kims, ours] }, { did: 'found', grants: [kims, ours] }],
  [
    'refused, in the system’s words',
    { outcome: 'failed', why: 'no' },
    { did: 'refused', effect: 'grant', why: 'no' },
    { did: 'refused', effect: 'grant', why: 'no' },
  ],
])('the ledger records what was %s', (_, granted, fact, withoutTransaction) => {
  expect(factOfGrant(granted, 't1')).toStrictEqual(fact);
  expect(factOfGrant(granted)).toStrictEqual(withoutTransaction);
});

describe('reading back', () => {
  const read = (one: LedgerEntry, held: Held[], unknownAccounts: string[] = []) => readBack([one], actual(held, { unknownAccounts }), 'release');
  const found = (...grants: Held[]) => happened(entry(), { did: 'found', grants });
  const again = grant('clerk', 'ann', us, 'granted again');

  test.each<[string, LedgerEntry, Held[], object[]]>([
    ['confirms a grant of this release', created('clerk', 'ann'), [ours], []],
    ['confirms it under another name', created('clerk', 'ann'), [{ ...ours, account: 'ann.b' }], []],
    ['confirms one of two', happened(created('clerk', 'ann'), { did: 'granted', grants: [again] }), [again], []],
    [
      'misses what was there before, where its account was renamed and the group kept the old name, which means nobody',
      found({ ...kims, accountId: '7' }),
      [kims],
      [{ did: 'unconfirmed', why: 'was there before, and is no longer there' }],
    ],
    ['misses a grant', created('clerk', 'ann'), [], [{ did: 'unconfirmed', why: 'was granted, and is no longer there' }]],
    ['misses a grant, although others granted the same', created('clerk', 'ann'), [kims], [{ did: 'unconfirmed', why: 'was granted, and is no longer there' }]],
    [
      'misses a row, although the same grantor granted anew',
      created('clerk', 'ann'),
      [again],
      [{ did: 'unconfirmed', why: 'was granted, and is no longer there' }],
    ],
    ['leaves alone what was there before', found(kims), [kims], []],
    ['leaves alone what was there before and was granted anew', found(kims), [grant('clerk', 'ann', 'dba')], []],
    ['misses what was there before', found(kims), [], [{ did: 'unconfirmed', why: 'was there before, and is no longer there' }]],
    ['says nothing of what is in doubt and held', inDoubt(ours), [ours], []],
    ['says nothing of what is in doubt and not held', inDoubt(ours), [], []],
    ['says nothing of what is known to stay in doubt', happened(inDoubt(ours), unconfirmed as Fact), [], []],
    ['leaves alone what is known to be unconfirmed', happened(created('clerk', 'ann'), unconfirmed as Fact), [], []],
    ['ignores a retirement', happened(entry({ kind: 'retire', role: 'clerk' }), { did: 'revoked', grants: [kims] }), [], []],
    ['ignores a retirement in doubt', { ...inDoubt(ours), kind: 'retire' }, [ours], []],
  ])('%s', (_, one, held, expected) => expect(facts(read(one, held))).toEqual(expected));

  test('goes by the account that had it before, not by its name of then, which another may have by now', () => {
    expect(
      read(found(anns), [
        { ...anns, account: 'ben' },
        { ...bens, account: 'ann' },
      ]),
    ).toEqual([]);
    expect(read(found(anns), [{ ...anns, account: 'ann.b' }], ['ann'])).toEqual([]);
    expect(facts(read(found(anns), [{ ...bens, account: 'ann' }]))).toEqual([{ did: 'unconfirmed', why: 'was there before, and is no longer there' }]);
    expect(facts(read(found(anns), [{ ...anns, roleId: 'another role' }]))).toMatchObject([{ did: 'unconfirmed' }]);
  });
  test('asks nobody about what was there before and a tune took from the person: it is gone', () => {
    const taken = happened(found(anns), { did: 'withdrawn' });
    expect(read(taken, [{ ...anns, account: 'ann.b' }])).toEqual([]);
    expect(facts(read(taken, []))).toEqual([{ did: 'gone', grants: [], why: 'was there before, and is no longer there' }]);
    expect(facts(read(happened(created('clerk', 'ann'), { did: 'withdrawn' }), []))).toMatchObject([{ did: 'unconfirmed' }]);
  });
  test.each(ledgerOutcomes.filter((outcome) => outcome !== 'created' && outcome !== 'preexisting'))('leaves alone what is %s', (outcome) => {
    expect(read(entry({ outcome }), [])).toEqual([]);
  });
  test('of an account that is gone or locked, the grant is gone too', () => {
    expect(facts(read(created('clerk', 'ann'), [], ['ann']))).toEqual([{ did: 'gone', grants: [ours], why: 'the account is gone or locked' }]);
    expect(facts(read(found(kims), [], ['ann']))).toEqual([{ did: 'gone', grants: [], why: 'the account is gone or locked' }]);
    expect(facts(read(created('clerk', 'ann'), [], ['ben']))).toMatchObject([{ did: 'unconfirmed' }]);
    expect(read(created('clerk', 'ann'), [ours], ['ann'])).toEqual([]);
  });
  test('is recorded as the next fact of the entry, by its step', () => {
    expect(
      readBack([happened(entry(), { did: 'refused', effect: 'grant', why: 'no' }, { did: 'granted', grants: [ours] })], actual([]), 'tune a'),
    ).toMatchObject([{ ...release, number: 3, by: 'tune a', account: 'ann' }]);
  });
  test('makes nothing its own that was not granted by this release, and settles once (R1, R4)', () => {
    const oneOf = fc.constantFrom(
      entry(),
      created('clerk', 'ann'),
      inDoubt(ours),
      happened(inDoubt(ours), unconfirmed as Fact),
      found(kims),
      found(kims, ours),
    );
    fc.assert(
      fc.property(oneOf, fc.constantFrom(...accounts), anyGrants, fc.subarray(accounts), (one, account, grants, unknownAccounts) => {
        const now = actual(grants, { unknownAccounts });
        const start = { ...one, account };
        const read = readBack([start], now, 'release');
        const settled = read.reduce((state, fact) => after(state, fact), start);
        const known = [...start.made, ...start.pending.flatMap((effect) => effect.grants)].map(grantKey);
        expect(settled.made.every((row) => known.includes(grantKey(row)))).toBe(true);
        expect(readBack([settled], now, 'release')).toEqual([]);
      }),
    );
  });
});

describe('a grant that could not be confirmed', () => {
  const unknown = happened(created('clerk', 'ann'), unconfirmed as Fact);
  const doubtful = happened(inDoubt(ours), unconfirmed as Fact);
  const madeAndDoubtful = happened(
    inDoubt(grant('clerk', 'ann', us, 'granted again')),
    { did: 'takenOver', grants: [ours], from: release },
    unconfirmed as Fact,
  );
  const found = (one: LedgerEntry, ...held: Held[]) => facts(foundAfterAll([one], wanted, actual(held), 'tune a'));
  test.each([
    ['was granted', unknown],
    ['was granted, and may have been granted again', madeAndDoubtful],
  ])('and %s, is this release’s when exactly that is held', (_, one) => {
    expect(found(one, ours, kims)).toEqual([{ did: 'granted', grants: [ours] }]);
    expect(found(one, { ...ours, account: 'ann.b' })).toEqual([{ did: 'granted', grants: [{ ...ours, account: 'ann.b' }] }]);
  });
  test('is another’s when they granted it since', () => {
    expect(found(unknown, kims)).toEqual([{ did: 'found', grants: [kims] }]);
    expect(found(unknown, grant('clerk', 'ann', us, 'granted again'))).toMatchObject([{ did: 'found' }]);
  });
  test('is whose it was signed for, whatever they are called now', () => {
    const nobodyKnows = happened(entry(), unconfirmed as Fact);
    expect(found(nobodyKnows, { ...anns, account: 'ben' }, { ...bens, account: 'ann' })).toEqual([{ did: 'found', grants: [{ ...anns, account: 'ben' }] }]);
    expect(found(nobodyKnows, { ...bens, account: 'ann' })).toEqual([]);
    const joined = { ...happened(nobodyKnows, { did: 'found', grants: [anns] }, unconfirmed as Fact), account: 'joined' };
    expect(found(joined, { ...anns, account: 'ben' }, { ...bens, account: 'joined' })).toEqual([{ did: 'found', grants: [{ ...anns, account: 'ben' }] }]);
  });
  test('stays in doubt while nobody can tell whether this release made what is held (R1)', () => {
    for (const one of [doubtful, inDoubt(ours)]) for (const held of [ours, kims]) expect(found(one, held)).toEqual([]);
  });
  test('and is not held may be granted again, once it is known to be unconfirmed', () => {
    expect(found(unknown)).toEqual([]);
    expect(found(doubtful)).toEqual([]);
    expect(found(inDoubt(ours))).toEqual([]);
  });
  test('is the only entry that changes', () => {
    const others = [
      ...ledgerOutcomes.filter((outcome) => outcome !== 'unknown').map((outcome) => entry({ outcome, made: [ours] })),
      { ...unknown, kind: 'retire' as const },
    ];
    expect(foundAfterAll(others, wanted, actual([ours]), 'tune a')).toEqual([]);
  });
  test('does not count as granted by the step that found it', () => {
    const [fact] = foundAfterAll([unknown], wanted, actual([ours]), 'tune a');
    expect(after(unknown, fact!).steps).toEqual(unknown.steps);
  });
});

describe('a grant is granted again', () => {
  const again = (one: LedgerEntry, ...held: Held[]) =>
    missingGrants(wanted, [one], actual(held))
      .filter(({ role, account }) => role === 'clerk' && account === 'ann')
      .map(todoOf(release, at, [one]));

  test.each(ledgerOutcomes)('when %s and missing, if the release wants it', (outcome) => {
    const isWanted = ['pending', 'created', 'preexisting', 'failed', 'unknown', 'gone'].includes(outcome);
    expect(again(entry({ outcome }))).toHaveLength(isWanted ? 1 : 0);
    expect(again(entry({ outcome, withdrawn: true }))).toEqual([]);
    expect(again(entry({ outcome }), kims)).toEqual([]);
  });
  test('with its entry and what was signed', () => {
    const one = happened(created('clerk', 'ann'), unconfirmed as Fact);
    expect(again(one)).toEqual([{ entry: one, grant: wanted[0] }]);
  });
  test('also when it was left out so far', () => {
    const missing = missingGrants(wanted, [], actual([ours])).map(todoOf(release, at, []));
    expect(missing[0]?.entry).toEqual(entry({ account: 'ben', person: 'ben' }));
    expect(missing.map(({ entry: { role, account, person, facts: count } }) => [role, account, person, count])).toEqual([
      ['clerk', 'ben', 'ben', 0],
      ['clerk', 'c.em', 'cem', 0],
      ['reader', 'ann', 'ann', 0],
      ['reader', 'ben', 'ben', 0],
      ['reader', 'c.em', 'cem', 0],
    ]);
  });
  test('when another account holds it under the name, and not when the account that was signed for holds it under another', () => {
    const one = happened(created('clerk', 'ann'), unconfirmed as Fact);
    expect(again(one, { ...bens, account: 'ann' })).toHaveLength(1);
    expect(again(one, { ...anns, account: 'ben' })).toEqual([]);
  });
  test('but not while it may have been granted', () => {
    expect(again(inDoubt(ours))).toEqual([]);
    expect(again(happened(inDoubt(ours), unconfirmed as Fact))).toHaveLength(1);
  });
  test('but not for an account that was not signed for or no longer exists', () => {
    expect(
      missingGrants(wantedGrants(preview, actual([], { unknownAccounts: ['ann'] })), [created('clerk', 'ann'), created('clerk', 'dea')], actual([])).map(
        ({ account }) => account,
      ),
    ).toEqual(['ben', 'c.em', 'ben', 'c.em']);
  });
  test('whatever was retired of the same pair', () =>
    expect(again(entry({ kind: 'retire', role: 'clerk', outcome: 'revoked', withdrawn: true }))).toHaveLength(1));
});

describe('what a tune takes', () => {
  const take = (which: Parameters<typeof withdrawn>[4], ...ledger: LedgerEntry[]) => withdrawn(release, at, preview, ledger, which, 'tune a');
  const ofAnn = ({ person }: { person: string }) => person === 'ann';
  /** What later steps would grant, once the tune has said what it takes. */
  const granted = (ledger: LedgerEntry[], taken: LedgerFact[]) => {
    const now = taken.map((fact) => after(ledger.find((one) => pairKey(one) === pairKey(fact) && one.kind === 'grant') ?? entry({ ...fact, facts: 0 }), fact));
    return [...toGrant(wanted, now), ...missingGrants(wanted, now, actual([]))].map(({ role, account }) => `${role} ${account}`);
  };

  test('is every entitlement of the people concerned, whether or not it was ever granted', () => {
    expect(take(ofAnn, created('clerk', 'ann')).map(({ role, account, person, number, by, fact }) => [role, account, person, number, by, fact.did])).toEqual([
      ['clerk', 'ann', 'ann', 2, 'tune a', 'withdrawn'],
      ['reader', 'ann', 'ann', 1, 'tune a', 'withdrawn'],
    ]);
    expect(take(({ person }) => person === 'cem')[0]).toMatchObject({ ...release, ...at, kind: 'grant', account: 'c.em', person: 'cem' });
  });
  test('or one entitlement of everybody', () => {
    expect(take(({ role }) => role === 'reader').map(({ role, account }) => `${role} ${account}`)).toEqual(['reader ann', 'reader ben', 'reader c.em']);
  });
  test('is taken once', () => expect(take(ofAnn, entry({ withdrawn: true }), entry({ role: 'reader', withdrawn: true }))).toEqual([]));
  test('has nothing to do with what was retired of the same pair', () => {
    expect(take(ofAnn, entry({ kind: 'retire', role: 'clerk', withdrawn: true, facts: 8 })).map(({ number }) => number)).toEqual([1, 1]);
  });
  test.each<[string, LedgerEntry[]]>([
    ['had failed', [happened(entry(), { did: 'refused', effect: 'grant', why: 'no' })]],
    ['could not be confirmed', [happened(inDoubt(ours), unconfirmed as Fact)]],
    ['was held', [created('clerk', 'ann')]],
    ['was there before', [happened(entry(), { did: 'found', grants: [kims] })]],
    ['was left out because the account was locked', []],
    ['was gone because the account was locked', [happened(created('clerk', 'ann'), { did: 'gone', grants: [ours] })]],
  ])('is granted by no later step, also where it %s', (_, ledger) => {
    expect(granted(ledger, take(ofAnn, ...ledger)).filter((pair) => pair.endsWith(' ann'))).toEqual([]);
    expect(granted(ledger, take(ofAnn, ...ledger)).filter((pair) => pair.endsWith(' ben'))).toHaveLength(4);
  });
});

test('a signed grant is unsettled while nothing is known of it', () => {
  expect(unsettled(wanted, [])).toBe(6);
  for (const outcome of ledgerOutcomes) expect(unsettled(wanted, [entry({ outcome })])).toBe(outcome === 'pending' ? 6 : 5);
  expect(unsettled(wanted, [inDoubt(ours)])).toBe(6);
  expect(unsettled(wanted, [entry({ kind: 'retire', role: 'clerk', outcome: 'revoked' })])).toBe(6);
  expect(unsettled(wanted.slice(0, 1), [entry({ outcome: 'failed' }), entry({ account: 'dea', outcome: 'created' })])).toBe(0);
});

test('grants are counted by their outcome; those of which nothing is known are unknown, and refusals are named', () => {
  const every = (kind: LedgerEntry['kind']) =>
    ledgerOutcomes.map((outcome: LedgerOutcome) => entry({ kind, role: 'clerk', outcome, why: 'permission denied' }));
  const counts = { created: 1, preexisting: 1, failed: 1, unknown: 1, refusals: ["'clerk' of 'ann': permission denied"] };
  expect(grantCounts([...every('grant'), ...every('retire')])).toEqual(counts);
  expect(grantCounts(every('grant'), 3)).toEqual({ ...counts, unknown: 4 });
  expect(grantCounts([next(entry(), 'release', factOfGrant({ outcome: 'created', grant: ours }))].map((fact) => after(entry(), fact)))).toMatchObject({
    created: 1,
    failed: 0,
    refusals: [],
  });
});

test('of many refusals the first three are named, and how many more there are', () => {
  const refused = ['ann', 'ben', 'c.em', 'dea'].map((account) => entry({ account, outcome: 'failed' }));
  const lines = ["'clerk' of 'ann': no reason is known", "'clerk' of 'ben': no reason is known", "'clerk' of 'c.em': no reason is known"];
  expect(grantCounts(refused.slice(0, 3)).refusals).toEqual(lines);
  expect(grantCounts(refused).refusals).toEqual([...lines, 'and 1 more']);
});

describe('people who left', () => {
  const leaving = (...held: Held[]) => ({ release, at, content: preview, ledger: [], now: actual(held), left: new Set(['ann']), by: 'release' });
  const facts = (all: LedgerFact[]) => all.map(({ role, account, fact }) => [role, account, fact.did]);

  test('before go-live keep what their accounts hold, under whatever names', () => {
    const recorded = leftBeforeGranting(leaving({ ...anns, account: 'ben' }, { ...bens, account: 'ann' }));
    expect(recorded[0]?.fact).toEqual({ did: 'found', grants: [{ ...anns, account: 'ben' }] });
    expect(facts(recorded)).toEqual([
      ['clerk', 'ann', 'found'],
      ['clerk', 'ann', 'withdrawn'],
      ['reader', 'ann', 'withdrawn'],
    ]);
  });
  test('are granted nothing later, also where another account holds it under their name', () => {
    const taken = [
      ['clerk', 'ann', 'withdrawn'],
      ['reader', 'ann', 'withdrawn'],
    ];
    expect(facts(leftBeforeGranting(leaving({ ...bens, account: 'ann' })))).toEqual(taken);
    expect(facts(withdrawnFromLeavers(leaving({ ...bens, account: 'ann' })))).toEqual(taken);
    expect(facts(withdrawnFromLeavers(leaving({ ...anns, account: 'ben' })))).toEqual(taken.slice(1));
  });
});
