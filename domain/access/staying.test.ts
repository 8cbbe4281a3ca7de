/** What a preview says of access that stays although the release would take it. */
import { expect, test } from 'vitest';
import { previewContent } from '../../test/support/ledger.ts';
import type { IncompatibleRule } from '../plan/schema.ts';
import { eachRow } from './preview-rows.ts';
import { withStaying } from './staying.ts';

const system = 'erp';
const people = ['ann', 'ben', 'cem'].map((person) => ({ person, account: person }));
const grant = (role: string, person: string) => ({ role, account: person, person, options: {} });
const content = previewContent({
  system,
  entitlements: [{ system, role: 'clerk' }],
  legacy: [{ system, role: 'order', design: 'superseded' }],
  people,
  before: [grant('order', 'ann'), grant('order', 'ben'), grant('clerk', 'ben'), grant('order', 'cem')],
  roles: ['clerk', 'order'].map((role) => ({ role, exists: true, digest: role })),
});
const rule = (change: Partial<IncompatibleRule> = {}): IncompatibleRule => ({
  id: 'order-and-clerk',
  reason: 'Four eyes',
  entitlements: [
    { system, role: 'order' },
    { system, role: 'clerk' },
  ],
  ...change,
});
const why = 'kept for a package of another plan';
const stays = (...who: string[]) => who.map((person) => ({ role: 'order', account: person, person, why }));

test('nothing stays: the content, and so its digest, is as it was', () => {
  expect(withStaying(content, [], [rule()])).toBe(content);
});

test('who would be switched is counted apart from those who hold the new access already or may hold both', () => {
  const excepted = rule({ exceptions: [{ person: 'cem', reason: 'r', until: 0 }] });
  expect(withStaying(content, stays('ann', 'ben', 'cem'), [excepted]).conflicts).toEqual([
    `'order' of 1 person stays (${why}), so this person cannot be switched: take them out of the cohort, name an exception in the plan, or wait until nothing keeps it`,
    `'order' of 2 people stays (${why}): it is retired only if nothing keeps it any more at the release`,
  ]);
});

test('without a rule nobody would be switched', () => {
  expect(withStaying(content, stays('ann'), []).conflicts).toEqual([expect.not.stringContaining('switched')]);
});

test('the row of such a person says why it stays, and those of the others are as they were', () => {
  const rows = [...eachRow(withStaying(content, stays('ann'), [rule()]))].filter(({ change }) => change === 'loses');
  expect(rows).toMatchObject([
    { person: 'ann', why: `stays unless nothing keeps it any more at the release: ${why}` },
    { person: 'ben', why: 'legacy access, retired' },
    { person: 'cem', why: 'legacy access, retired' },
  ]);
});
