import { expect, test } from 'vitest';
import type { MessageOf } from '../messages.ts';
import { claimsFrom, noClaims, refusalOfClaim, type ClaimedGrant } from './access-claims.ts';
import { mostBytesClaimed, mostClaimedTogether } from './claims-size.ts';

const dayMs = 86_400_000;
const terms = { package: 'clerks', atMost: 30 * dayMs };
type Sent = Parameters<typeof claimsFrom>[0][number];
const claim = (id: number, grants: ClaimedGrant[], reason = 'the month-end close'): Sent => ({
  message: { id: `claim-${id}`, type: 'claim', by: `claimant-${id}`, body: { grants, untilMs: 10 * dayMs, reason } satisfies MessageOf<'claim'>['body'] },
  said: { atMs: 0, byOwner: false },
});
const contest = (id: number): Sent => ({
  message: { id: `contest-${id}`, type: 'endClaim', by: 'olga', body: { claim: `claim-${id}`, reason: 'no' } },
  said: { atMs: dayMs, byOwner: true },
});
const hundred = (id: number, role = 'clerk') => Array.from({ length: 100 }, (_, index) => ({ system: 'erp', role, person: `p-${id}-${index}` }));
const refused = (before: Sent[], { message, said }: Sent) => refusalOfClaim(claimsFrom(before, terms), message, said, terms);

const full = Array.from({ length: 10 }, (_, id) => claim(id, hundred(id), 'r'.repeat(2_000)));

test('claims of one release are on so much access together, and one more is refused with what to do', () => {
  expect(claimsFrom(full, terms).standing.flatMap(({ grants }) => grants)).toHaveLength(mostClaimedTogether);
  expect(refused(full, claim(10, hundred(10).slice(0, 1)))).toEqual({
    code: 'claim-out-of-range',
    message:
      "claims on access of 'clerks' would be on 1,001 accesses together with those that were contested, and the limit is 1,000: claim less, or end claims first. To keep all of it, ask the owner of 'clerks' to decline the rollback",
  });
});

test('one that renews a claim takes its place', () => {
  expect(refused(full, { ...claim(9, hundred(9)), said: { atMs: dayMs, byOwner: false } })).toBeUndefined();
});

test('what was contested counts, because the workflow carries it for good', () => {
  const contested = [...full, ...full.map((_, id) => contest(id))];
  expect(claimsFrom(contested, terms)).toMatchObject({ standing: [], contested: { length: mostClaimedTogether } });
  expect(refused(contested, claim(10, hundred(10)))).toMatchObject({ code: 'claim-out-of-range' });
});

test('long names count by their bytes, and the message says how many', () => {
  const long = hundred(0, '語'.repeat(900));
  expect(refused([], claim(0, long))).toMatchObject({ message: expect.stringContaining('would take 265 KiB') });
  expect(refused([], claim(0, long.slice(0, 50)))).toBeUndefined();
});

test('so the state of all claims is far from what Temporal takes', () => {
  const names = Array.from({ length: 50 }, (_, id) => claim(id, hundred(id, 'r'.repeat(900)).slice(0, 4), '\u0001'.repeat(2_000)));
  const claims = claimsFrom([...full, ...names], terms);
  expect(Buffer.byteLength(JSON.stringify(claimsFrom(names, terms)))).toBeLessThan(2 * mostBytesClaimed);
  expect(Buffer.byteLength(JSON.stringify(claims))).toBeLessThan(2 * mostBytesClaimed);
  expect(claims.standing[0]!.reason).toHaveLength(250);
  expect(noClaims()).toEqual({ standing: [], contested: [] });
});
