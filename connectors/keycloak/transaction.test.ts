import { expect, test } from 'vitest';
import { isForgotten, newNonce, readTransaction, transactionText, type Transaction } from './transaction.ts';

const transaction: Transaction = { nonce: newNonce(), did: 'added', entitlementId: 'a/b %', accountId: '', after: 'first', lockGroupId: 'ü' };

test('is read as it was written, whatever the ids have in them', () => {
  expect(readTransaction(transactionText(transaction))).toEqual(transaction);
});

test.each([
  '',
  '1',
  'no transaction of this system',
  `${transactionText(transaction)}/x`,
  transactionText(transaction).replace('added', 'made'),
  '%/%/%/%/%/%',
])("'%s' is none", (text) => {
  expect(readTransaction(text)).toBeUndefined();
});

test('is forgotten after 45 days', () => {
  const nowMs = Date.parse('2027-03-01');
  expect([44, 46].map((days) => isForgotten(newNonce(nowMs - days * 86_400_000), nowMs))).toEqual([false, true]);
});
