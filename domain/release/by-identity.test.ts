import { expect, test } from 'vitest';
import { byIdentity, identified, type PairOfIds } from './ledger.ts';

const pair = { role: 'clerk', account: 'ann' };
const signed = { ...pair, roleId: '1', accountId: '2' };
test.each<[string, PairOfIds, boolean]>([
  ['as it was signed', signed, true],
  ['under other names', { role: 'officer', account: 'ann.b', roleId: '1', accountId: '2' }, true],
  ['of another role of this name', { ...signed, roleId: '9' }, false],
  ['of another account of this name', { ...signed, accountId: '9' }, false],
  ['of which no ids are known', pair, true],
  ['of which no ids are known, under another name', { ...pair, account: 'ann.b' }, false],
])('what is held %s', (_what, one, is) => {
  expect(byIdentity([one])(signed)).toEqual(is ? [one] : []);
});

test('without ids the names decide', () => {
  const other = { ...signed, account: 'ben' };
  expect(byIdentity([signed, other])(pair)).toEqual([signed]);
});

test('a pair has the ids of its grants', () => {
  expect([identified(pair, [{ ...signed, options: {} }]), identified(pair, [])]).toEqual([signed, { ...pair, roleId: undefined, accountId: undefined }]);
});
