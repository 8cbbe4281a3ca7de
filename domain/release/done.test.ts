/** What a release did stays done, whatever became of it since. */
import { expect, test } from 'vitest';
import { entry, grant, happened } from '../../test/support/ledger.ts';
import { doneOf } from './done.ts';
import type { Fact } from './facts.ts';

const ours = grant('clerk', 'ann');
const did = (kind: 'grant' | 'retire', ...facts: Fact[]) => doneOf(happened(entry({ kind, role: 'clerk', account: 'ann', person: 'ann' }), ...facts)).did;

test('a grant that a rollback revoked was created, and legacy access that it restored was retired', () => {
  expect(did('grant', { did: 'granted', grants: [ours] }, { did: 'revoked', grants: [ours] })).toBe('created');
  expect(did('retire', { did: 'revoked', grants: [ours] }, { did: 'restored', grants: [ours], as: [ours], notes: [] })).toBe('retired');
});

test('what was held already, what the system refused and what nobody knows are told apart', () => {
  expect(did('grant', { did: 'found', grants: [ours] })).toBe('preexisting');
  expect(did('grant', { did: 'refused', effect: 'grant', why: 'no' })).toBe('failed');
  expect(did('retire', { did: 'refused', effect: 'revoke', why: 'no' })).toBe('failed');
  expect(did('grant', { did: 'found', grants: [ours] }, { did: 'unconfirmed', why: 'gone' })).toBe('open');
  expect(did('retire', { did: 'kept', why: 'kept for another package' })).toBe('nothing');
  expect(did('retire', { did: 'gone', grants: [ours] })).toBe('nothing');
});

test('of a grant that was tried again, the success counts', () => {
  expect(did('grant', { did: 'refused', effect: 'grant', why: 'no' }, { did: 'granted', grants: [ours] })).toBe('created');
});
