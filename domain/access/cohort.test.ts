import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actual, created, entry, grant, previewContent, us } from '../../test/support/ledger.ts';
import { people as everyone, plan } from '../../test/support/plan.ts';
import { assertReaching } from '../../test/support/reaching.ts';
import { cohortNow, joinedBefore, peopleAnswered, settledPeople, withCohort, withPeople } from './cohort.ts';
import { joining, type JoiningFacts } from './joining.ts';
import { heldByLeavers } from './leavers.ts';
import { compare } from './recheck.ts';

const people = Array.from({ length: 12 }, (_, at) => `p${String(at).padStart(2, '0')}`);
const some = fc.subarray(people);
const query = { system: 'hr' };

test('accounts of an answer become people of the cohort, by their accounts in the system that was asked', () => {
  const of = plan({
    people: everyone('olga', 'ines', 'hugo', 'ann', 'ben').map((one) => (one.id === 'ann' ? { ...one, accounts: { erp: 'A1' } } : one)),
    packages: [{ cohort: ['ann', 'ben'] }],
  });
  expect([...peopleAnswered(of, of.packages[0]!, 'erp', ['A1', 'olga', 'nobody'])]).toEqual(['ann']);
  expect([...peopleAnswered(of, of.packages[0]!, 'erp', ['ann', 'ben'])]).toEqual(['ben']);
  expect(withCohort(of, 'clerks', new Set(['ben', 'olga'])).packages[0]?.cohort).toEqual(['ben']);
});

describe('an answer', () => {
  const anyCase = fc.record({
    signed: fc.subarray(people, { minLength: 1 }),
    more: some,
    answered: fc.subarray(people, { minLength: 1 }),
    settled: some,
    max: fc.option(fc.integer({ min: 0, max: 12 })),
  });

  test('is believed only while few are missing in it and somebody is left; who is in it has never left, and who was in it has never joined (R2)', () => {
    assertReaching(anyCase, ['believed, all there', 'believed, some left', 'not believed', 'nobody left'], ({ signed, more, answered, settled, max }) => {
      const now = cohortNow({ ...query, ...(max === null ? {} : { maxLeavers: max }) }, new Set(answered), {
        signed: new Set(signed),
        inCohort: new Set([...signed, ...more]),
        settled: new Set(settled),
      });
      expect(now.left).toEqual(signed.filter((one) => !answered.includes(one)));
      expect(now.joined).toEqual(answered.filter((one) => !signed.includes(one) && !more.includes(one)));
      const missing = now.left.filter((one) => !settled.includes(one)).length;
      const allowed = max ?? Math.max(1, Math.floor(signed.length / 5));
      const isNobody = missing > 0 && now.left.length === signed.length;
      expect(now.doubt?.missing).toBe(missing > allowed || isNobody ? missing : undefined);
      if (now.doubt) return isNobody ? 'nobody left' : 'not believed';
      return now.left.length > 0 ? 'believed, some left' : 'believed, all there';
    });
  });

  test('that misses one of four is believed, and one that misses two is not', () => {
    const signed = new Set(people.slice(0, 4));
    const answer = (many: number) => cohortNow(query, new Set(people.slice(many, 4)), { signed, inCohort: signed });
    expect(answer(1)).toEqual({ left: ['p00'], joined: [] });
    expect(answer(2).doubt?.why).toMatch(/2 of the 4 people who were signed for are missing in it, and at most 1 may be/);
  });
});

describe('the people of now', () => {
  test('are those who were signed for and those who joined, without those who left', () => {
    assertReaching(fc.record({ left: some, joined: some }), ['the same', 'fewer', 'more'], ({ left, joined }) => {
      const frozen = people.slice(0, 6).map((person) => ({ person, account: person }));
      const content = previewContent({ people: frozen });
      const before = joined.filter((one) => !people.slice(0, 6).includes(one)).map((person) => ({ person, account: person }));
      const now = withPeople(content, new Set(left), before).people.map(({ person }) => person);
      for (const person of left) expect(now).not.toContain(person);
      for (const { person } of before) if (!left.includes(person)) expect(now).toContain(person);
      expect(new Set(now).size).toBe(now.length);
      return now.length === 6 ? 'the same' : now.length < 6 ? 'fewer' : 'more';
    });
  });

  test('who joined are those of the ledger who were not signed for, each with the id that the system gave', () => {
    const content = previewContent({ people: [{ person: 'ann', account: 'ann' }] });
    const joined = entry({ account: 'dea', person: 'dea', made: [{ ...grant('clerk', 'dea', us), accountId: 'id-dea' }] });
    const retired = entry({ kind: 'retire', role: 'old_reader', account: 'ben', person: 'ben' });
    expect(joinedBefore(content, [created('clerk', 'ann'), joined, entry({ role: 'reader', account: 'dea', person: 'dea' }), retired])).toEqual([
      { person: 'dea', account: 'dea', accountId: 'id-dea' },
    ]);
  });

  test('are settled once every grant of theirs was withdrawn', () => {
    const taken = created('clerk', 'ben', { withdrawn: true });
    expect([...settledPeople([created('clerk', 'ann'), taken])]).toEqual(['ben']);
    expect([...settledPeople([taken, created('reader', 'ben')])]).toEqual([]);
  });
});

test('what leavers hold is known while it is what the release granted or found, and nobody gave it to them since', () => {
  const content = previewContent({
    entitlements: ['clerk', 'reader'].map((role) => ({ system: 'erp', role })),
    people: [
      { person: 'ann', account: 'ann' },
      { person: 'ben', account: 'ben' },
    ],
  });
  const [ours, theirs] = [grant('clerk', 'ann', us), grant('reader', 'ann', 'kim')];
  const made = created('clerk', 'ann', { made: [ours] });
  const found = entry({ role: 'reader', account: 'ann', person: 'ann', outcome: 'preexisting', found: [theirs] });
  const left = new Set(['ann']);
  expect(heldByLeavers(content, left, [made, found], actual([ours, theirs]))).toEqual({
    known: [
      { role: 'clerk', account: 'ann' },
      { role: 'reader', account: 'ann' },
    ],
    granted: [{ role: 'clerk', account: 'ann', person: 'ann' }],
  });
  const since = [ours, grant('clerk', 'ann', 'kim'), theirs];
  expect(heldByLeavers(content, left, [made], actual(since))).toEqual({ known: [], granted: [] });
  expect(heldByLeavers(content, new Set(), [made], actual(since))).toEqual({ known: [], granted: [] });
});

describe('people who joined an open cohort', () => {
  const facts = (change: Partial<JoiningFacts> = {}): JoiningFacts => ({
    deciders: new Set(),
    taken: new Map(),
    accounts: new Map(people.map((one) => [one, `id-${one}`])),
    denied: () => undefined,
    breaks: () => undefined,
    tooMany: () => undefined,
    ...change,
  });
  const joiners = (...names: string[]) => names.map((person) => ({ person, account: person }));

  test('each either receive the access or are told why not, and never both', () => {
    const drawn = fc.record({ joined: some, deciders: some, locked: some, taken: some, most: fc.integer({ min: 0, max: 12 }) });
    assertReaching(drawn, ['all', 'some', 'nobody', 'too many'], ({ joined, deciders, locked, taken, most }) => {
      const found = joining(
        joiners(...joined),
        facts({
          deciders: new Set(deciders),
          accounts: new Map(people.filter((one) => !locked.includes(one)).map((one) => [one, undefined])),
          taken: new Map(taken.map((account) => [account, 'another'])),
          tooMany: (many) => (many > most ? 'too many' : undefined),
        }),
      );
      const [given, refused] = [found.people.map(({ person }) => person), found.refused.map(({ person }) => person)];
      expect([...given, ...refused].toSorted()).toEqual(joined.toSorted());
      for (const person of [...deciders, ...locked, ...taken]) expect(given).not.toContain(person);
      expect(given.length).toBeLessThanOrEqual(most);
      if (found.refused.some(({ why }) => why === 'too many')) return 'too many';
      return refused.length === 0 ? 'all' : given.length === 0 ? 'nobody' : 'some';
    });
  });

  test('of two with one account, one receives it', () => {
    const found = joining(
      [
        { person: 'a', account: 'p01' },
        { person: 'b', account: 'p01' },
      ],
      facts(),
    );
    expect([found.people, found.refused]).toEqual([
      [{ person: 'a', account: 'p01', accountId: 'id-p01' }],
      [{ person: 'b', why: "account 'p01' belongs to 'a' too" }],
    ]);
  });
});

test('at go-live, people who joined are wider than what was signed unless it was signed with them (R3)', () => {
  const cohort = (joiners: 'granted' | 'unsigned' | 'notInPilot', ...inIt: string[]) => previewContent({ cohort: { people: inIt, joiners } });
  for (const [joiners, wider] of [
    ['unsigned', 1],
    ['granted', 0],
    ['notInPilot', 0],
  ] as const)
    expect(compare(cohort(joiners, 'ann'), cohort(joiners, 'ann', 'dea'))).toMatchObject({ wider });
});
