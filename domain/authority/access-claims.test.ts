/** Claims of people: which count, what they keep, and what their end does. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterClaim,
  askedFromMs,
  claimOn,
  claimsFrom,
  keptText,
  mostClaims,
  mostClaimsOfOne,
  mostTimesOfOne,
  noClaims,
  refusalOfClaim,
  unchangedForMs,
  type AccessClaims,
} from './access-claims.ts';

const dayMs = 86_400_000;
const terms = { package: 'clerks', atMost: 30 * dayMs };
const clerkOfAnn = { system: 'erp', role: 'clerk', person: 'ann' };
const clerkOfBen = { ...clerkOfAnn, person: 'ben' };
type Sent = Parameters<typeof claimsFrom>[0][number];

const claim = (id: string, by: string, grants = [clerkOfAnn], untilMs = 10 * dayMs, atMs = 0): Sent => ({
  message: { id, type: 'claim', by, body: { grants, untilMs, reason: 'the month-end close' } },
  said: { atMs, byOwner: false },
});
const end = (by: string, id: string, byOwner = false, atMs = dayMs): Sent => ({
  message: { id: `end-${id}`, type: 'endClaim', by, body: { claim: id, reason: 'done' } },
  said: { atMs, byOwner },
});
const after = (...sent: Sent[]) => claimsFrom(sent, terms);
const refused = (claims: AccessClaims, { message, said }: Sent) => refusalOfClaim(claims, message, said, terms)?.code;

describe('a claim', () => {
  test('is never on one’s own access (R8), and is refused as a whole', () => {
    expect(refused(noClaims(), claim('c-1', 'ann', [clerkOfBen, clerkOfAnn]))).toBe('not-authorized');
  });

  test('ends on a date to come, and lasts no longer than the plan allows', () => {
    expect(refused(noClaims(), claim('c-1', 'otto', [clerkOfAnn], dayMs, dayMs))).toBe('in-the-past');
    expect(refused(noClaims(), claim('c-1', 'otto', [clerkOfAnn], 30 * dayMs))).toBeUndefined();
    expect(refused(noClaims(), claim('c-1', 'otto', [clerkOfAnn], 30 * dayMs + 1))).toBe('claim-out-of-range');
  });

  test('of the same person on the same grant replaces the earlier one; another person’s stands beside it', () => {
    const claims = after(claim('c-1', 'otto', [clerkOfAnn, clerkOfBen]), claim('c-2', 'otto', [clerkOfAnn], 20 * dayMs, dayMs), claim('c-3', 'sam'));
    expect(claims.standing.map(({ id, grants }) => [id, grants.map(({ person }) => person)])).toEqual([
      ['c-1', ['ben']],
      ['c-2', ['ann']],
      ['c-3', ['ann']],
    ]);
    expect(claimOn(claims, clerkOfAnn, 0, false)?.id).toBe('c-2');
  });

  test('is made by one person a hundred times at most in a release, and can always be ended', () => {
    const renewed = Array.from({ length: mostTimesOfOne }, (_, n) => claim(`c-${n}`, 'otto', [clerkOfAnn], 10 * dayMs, n * unchangedForMs));
    const claims = after(...renewed);
    const later = mostTimesOfOne * unchangedForMs;
    expect(claims.standing.map(({ id }) => id)).toEqual([`c-${mostTimesOfOne - 1}`]);
    expect(refused(claims, claim('one-more', 'otto', [clerkOfBen], 10 * dayMs, later))).toBe('claim-out-of-range');
    expect(refused(claims, claim('another', 'sam', [clerkOfAnn], 10 * dayMs, later))).toBeUndefined();
    expect(after(...renewed, end('otto', `c-${mostTimesOfOne - 1}`, false, later)).standing).toEqual([]);
  });

  test('is one of a number that people can still read', () => {
    const many = after(...Array.from({ length: mostClaims }, (_, index) => claim(`c-${index}`, `claimant-${index}`)));
    expect(many.standing).toHaveLength(mostClaims);
    expect(refused(many, claim('one-more', 'otto'))).toBe('claim-out-of-range');
    expect(refused(many, claim('renewed', 'claimant-0', [clerkOfAnn], 10 * dayMs, dayMs))).toBeUndefined();
  });

  test('is one of a few of its claimant, who leaves room for the others', () => {
    const of = (index: number) => [{ ...clerkOfAnn, role: `role-${index}` }];
    const many = after(...Array.from({ length: mostClaimsOfOne }, (_, index) => claim(`c-${index}`, 'otto', of(index))));
    expect(many.standing).toHaveLength(mostClaimsOfOne);
    expect(refused(many, claim('one-more', 'otto', of(mostClaimsOfOne)))).toBe('claim-out-of-range');
    expect(refused(many, claim('renewed', 'otto', of(0), 10 * dayMs, dayMs))).toBeUndefined();
    expect(refused(many, claim('of-sam', 'sam', of(mostClaimsOfOne)))).toBeUndefined();
  });
});

describe('a claimant is not ahead of the owner, who names the claim that they contest', () => {
  const at = (atMs: number, id = 'c-9', grants = [clerkOfAnn], by = 'otto') => claim(id, by, grants, 10 * dayMs, atMs);
  const made = after(at(0, 'c-1', [clerkOfAnn, clerkOfBen]));

  test('what they have claimed stays as it is for ten minutes; other access, and other claimants, do not wait', () => {
    expect([unchangedForMs - 1, unchangedForMs].map((atMs) => refused(made, at(atMs)))).toEqual(['claim-out-of-range', undefined]);
    expect(refused(made, at(1, 'c-9', [{ ...clerkOfAnn, role: 'reader' }]))).toBeUndefined();
    expect(refused(made, at(1, 'c-9', [clerkOfAnn], 'sam'))).toBeUndefined();
  });

  test('nor is it withdrawn and claimed anew within these', () => {
    const claims = claimsFrom([at(0, 'c-1'), end('otto', 'c-1')], terms);
    expect([1, unchangedForMs].map((later) => refused(claims, at(dayMs + later)))).toEqual(['claim-out-of-range', undefined]);
    // What was withdrawn long ago is forgotten.
    const again = claimsFrom([at(0, 'c-1'), end('otto', 'c-1'), at(2 * dayMs, 'c-2'), end('otto', 'c-2', false, 3 * dayMs)], terms);
    expect(again.withdrawn).toMatchObject([{ atMs: 3 * dayMs }]);
  });

  test('it ends at any time', () => {
    expect(refused(made, end('olga', 'c-1', true, 1))).toBeUndefined();
    expect(refused(made, end('otto', 'c-1', false, 1))).toBeUndefined();
  });
});

describe('its end', () => {
  test('is the claimant’s or the owner’s, and nobody else’s', () => {
    const claims = after(claim('c-1', 'otto'));
    expect(refused(claims, end('sam', 'c-1'))).toBe('not-authorized');
    expect(refused(claims, end('otto', 'c-1'))).toBeUndefined();
    expect(refused(claims, end('olga', 'c-1', true))).toBeUndefined();
    expect(refused(claims, end('olga', 'c-2', true))).toBe('unknown-claim');
  });

  test('by its claimant lets the access be claimed again', () => {
    const claims = after(claim('c-1', 'otto'), end('otto', 'c-1'));
    expect(claims).toMatchObject(noClaims());
    expect(refused(claims, claim('c-2', 'otto', [clerkOfAnn], 10 * dayMs, 2 * dayMs))).toBeUndefined();
  });

  test('by the owner is for good: no other claim keeps the same access, and nobody claims it again', () => {
    const claims = after(claim('c-1', 'otto'), claim('c-2', 'sam', [clerkOfAnn, clerkOfBen]), end('olga', 'c-1', true));
    expect(claims.standing.map(({ id, grants }) => [id, grants])).toEqual([['c-2', [clerkOfBen]]]);
    expect(refused(claims, claim('c-3', 'sam'))).toBe('contested');
    expect(refused(claims, claim('c-3', 'sam', [clerkOfBen], 10 * dayMs, dayMs))).toBeUndefined();
  });

  test('keeps nothing at a rollback after its date, and revokes nothing by itself of what a rollback kept', () => {
    const claims = after(claim('c-1', 'otto'));
    expect([10 * dayMs - 1, 10 * dayMs].map((nowMs) => claimOn(claims, clerkOfAnn, nowMs, false)?.id)).toEqual(['c-1', undefined]);
    expect(claimOn(claims, clerkOfAnn, 11 * dayMs, true)?.id).toBe('c-1');
    expect(claimOn(claims, clerkOfBen, 0, true)).toBeUndefined();
  });

  test('is asked for three days ahead, or half the time where that is less', () => {
    expect(askedFromMs({ atMs: 0, untilMs: 10 * dayMs })).toBe(7 * dayMs);
    expect(askedFromMs({ atMs: 0, untilMs: 2 * dayMs })).toBe(dayMs);
  });
});

test('what it keeps says for whom, until when and why', () => {
  expect(keptText({ by: 'otto', untilMs: Date.parse('2027-03-08T12:00:00Z'), reason: 'the close' })).toBe(
    'kept for otto until 2027-03-08 12:00 UTC: the close',
  );
});

const people = ['ann', 'ben', 'otto', 'sam'];
const anyGrant = fc.record({ system: fc.constantFrom('erp', 'crm'), role: fc.constantFrom('clerk', 'reader'), person: fc.constantFrom('ann', 'ben') });
const anySent: fc.Arbitrary<Sent> = fc.oneof(
  fc
    .record({
      id: fc.integer({ min: 0, max: 9 }),
      by: fc.constantFrom(...people),
      grants: fc.array(anyGrant, { minLength: 1, maxLength: 3 }),
      untilMs: fc.integer({ min: 0, max: 40 * dayMs }),
      atMs: fc.integer({ min: 0, max: 20 * dayMs }),
    })
    .map(({ id, by, grants, untilMs, atMs }) => claim(`c-${id}`, by, grants, untilMs, atMs)),
  fc.record({ id: fc.integer({ min: 0, max: 9 }), by: fc.constantFrom(...people, 'olga') }).map(({ id, by }) => end(by, `c-${id}`, by === 'olga')),
);

test('whatever is sent, no claim is its claimant’s own, lasts too long, keeps what was contested, or holds a grant twice for one person', () => {
  fc.assert(
    fc.property(fc.array(anySent, { maxLength: 20 }), (sent) => {
      const { standing, contested } = after(...sent);
      const keys = standing.flatMap(({ by, grants }) => grants.map((grant) => JSON.stringify([by, grant.system, grant.role, grant.person])));
      expect(new Set(keys).size).toBe(keys.length);
      for (const { by, grants, atMs, untilMs } of standing) {
        expect(grants.length).toBeGreaterThan(0);
        expect(grants.some(({ person }) => person === by)).toBe(false);
        expect(untilMs).toBeGreaterThan(atMs);
        expect(untilMs).toBeLessThanOrEqual(atMs + terms.atMost);
        for (const grant of contested) expect(grants).not.toContainEqual(grant);
      }
    }),
  );
});

test('a message that is refused changes nothing, and one that counts is the same step as in the fold over all', () => {
  fc.assert(
    fc.property(fc.array(anySent, { maxLength: 12 }), (sent) => {
      let now = noClaims();
      for (const { message, said } of sent) if (!refusalOfClaim(now, message, said, terms)) now = afterClaim(now, message, said);
      expect(now).toEqual(after(...sent));
    }),
  );
});
