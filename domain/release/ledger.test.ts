import { describe, expect, test } from 'vitest';
import { actual, entry, grant, us } from '../../test/support/ledger.ts';
import { byPair, each, grantedBy, grantKey, heldBefore, isOneOf, keyOf, pairKey, refusalLines, stillHeld, without, type Held } from './ledger.ts';

const plain: Held = { role: 'clerk', account: 'ann', grantor: 'dba', options: {} };
const known: Held = { ...plain, roleId: '1', accountId: '2', grantorId: '3' };

describe('a grant is the same as another', () => {
  test.each<[string, Held, Held, boolean]>([
    ['by its own id, under whatever names', { ...known, id: '7' }, { ...plain, role: 'clerks', account: 'ann.b', grantor: us, id: '7' }, true],
    ['not when it has another id, though all names are the same', { ...known, id: '7' }, { ...known, id: '8' }, false],
    ['by the ids of role, account and grantor where it has none', known, { ...known, role: 'clerks', account: 'ann.b', grantor: us }, true],
    ['not of another role', known, { ...known, roleId: '9' }, false],
    ['not of another account', known, { ...known, accountId: '9' }, false],
    ['not by another grantor', known, { ...known, grantorId: '9' }, false],
    ['by names where the system has no ids', plain, { ...plain, options: { admin: true } }, true],
    ['not under another name then', plain, { ...plain, account: 'ben' }, false],
    ['not by another name of the grantor then', plain, { ...plain, grantor: us }, false],
    [
      'by role and account where the system tells no grantor',
      { role: 'clerk', account: 'ann', options: {} },
      { role: 'clerk', account: 'ann', options: {} },
      true,
    ],
  ])('%s', (_, a, b, same) => expect(grantKey(a) === grantKey(b)).toBe(same));
  test('never because its names run together', () => {
    expect(pairKey({ role: 'a', account: 'bc' })).not.toBe(pairKey({ role: 'ab', account: 'c' }));
    expect(grantKey({ role: 'a', account: 'bc' })).not.toBe(grantKey({ role: 'ab', account: 'c' }));
  });
});

test('grants are left out by identity', () => {
  const renamed = { ...grant('clerk', 'ann'), account: 'ann.b' };
  expect(without([grant('clerk', 'ann'), grant('clerk', 'ann', 'kim')], [renamed])).toEqual([grant('clerk', 'ann', 'kim')]);
});

test('each grant is there once, as it was seen last', () => {
  const renamed = { ...grant('clerk', 'ann'), account: 'ann.b' };
  expect(each([grant('clerk', 'ann'), grant('reader', 'ann'), renamed])).toEqual([renamed, grant('reader', 'ann')]);
});

test('what is still held is as it is held now', () => {
  const renamed = { ...grant('clerk', 'ann'), account: 'ann.b' };
  expect(stillHeld(actual([renamed, grant('clerk', 'ben')]))([grant('clerk', 'ann'), grant('reader', 'ann')])).toEqual([renamed]);
});

test('what is held is found by role and account', () => {
  const held = byPair([grant('clerk', 'ann'), grant('clerk', 'ben'), grant('clerk', 'ann', 'kim')]);
  expect(held({ role: 'clerk', account: 'ann' })).toEqual([grant('clerk', 'ann'), grant('clerk', 'ann', 'kim')]);
  expect(held({ role: 'reader', account: 'ann' })).toEqual([]);
});

test('before an effect each grant carries its person', () => {
  expect(heldBefore([grant('clerk', 'c.em')], 'cem')).toEqual([{ ...grant('clerk', 'c.em'), person: 'cem' }]);
});

describe('an account is one of those that were seen', () => {
  const pair = (account: string, accountId?: string, role = 'clerk') => ({ role, account, ...(accountId === undefined ? {} : { accountId }) });
  test.each<[string, ReturnType<typeof pair>, ReturnType<typeof pair>, boolean]>([
    ['by its id and name', pair('ann', '2'), pair('ann', '2'), true],
    ['under another name', pair('ann', '2'), pair('ann.b', '2'), true],
    ['not when it was created again under the old name', pair('ann', '2'), pair('ann', '9'), false],
    ['by its name where it had no id then', pair('ann'), pair('ann', '2'), true],
    ['by its name where it has no id now', pair('ann', '2'), pair('ann'), true],
    ['by its name where the system has no ids', pair('ann'), pair('ann'), true],
    ['not as another account', pair('ann', '2'), pair('ben', '3'), false],
    ['not as another account without ids', pair('ann'), pair('ben'), false],
    ['not for another role', pair('ann', '2'), pair('ann', '2', 'reader'), false],
    ['not for another role without ids', pair('ann'), pair('ann', undefined, 'reader'), false],
  ])('%s', (_, seen, now, is) => expect(isOneOf([pair('zoe', '99'), seen])(now)).toBe(is));
});

test('grantors are named once each, in order; one that the system does not tell is someone', () => {
  expect(grantedBy([{ grantor: 'kim' }, { grantor: 'dba' }, { grantor: 'kim' }])).toBe('granted by dba and kim');
  expect(grantedBy([{}])).toBe('granted by someone');
  const many = Array.from({ length: 5_000 }, (_, n) => ({ grantor: `g${String(n).padStart(4, '0')}${'x'.repeat(1_000)}` }));
  expect(grantedBy(many).length).toBeLessThan(1_100);
  expect(grantedBy(many)).toMatch(/^granted by g0000x+… and g0001.* and 4996 others$/);
  expect(grantedBy(many.slice(0, 5)).split(' and ')).toHaveLength(5);
});

test('a release is known by plan, wave and package', () => {
  expect(keyOf(entry())).toEqual({ plan: 'test', wave: 'wave-1', package: 'clerks' });
});

test('refusals are of one kind, and in the system’s words', () => {
  const failed = [
    entry({ outcome: 'failed', why: 'permission denied' }),
    entry({ kind: 'retire', outcome: 'failed', why: 'no' }),
    entry({ account: 'ben', outcome: 'unknown', why: 'x' }),
  ];
  expect(refusalLines(failed, 'grant')).toEqual(["'clerk' of 'ann': permission denied"]);
  expect(refusalLines(failed, 'retire')).toEqual(["'old_reader' of 'ann': no"]);
});
