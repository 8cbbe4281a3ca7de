/** The same preview of many holders, in slices. */
import { expect, test } from 'vitest';
import { actual, clerksPlan, grant } from '../../test/support/ledger.ts';
import { pairKey } from '../release/ledger.ts';
import { atOnce, inASlice } from '../slices.ts';
import { buildingPreview, buildPreview, concerned } from './build-preview.ts';

const plan = clerksPlan();
const holders = 20 * inASlice;
const now = actual([
  grant('old_reader', 'ann'),
  ...Array.from({ length: holders }, (_, n) => grant('clerk', `other ${(n * 7_919) % holders}`)),
  grant('clerk', 'ben'),
]);
const building = () => buildingPreview(concerned(plan, 'clerks', 'erp'), plan, 'erp', now);

test('others have their turn after each thousand that hold an entitlement', () => {
  let turns = 0;
  const work = building();
  while (!work.next().done) turns += 1;
  // Read, sorted, and put in their order.
  expect(turns).toBeGreaterThanOrEqual((3 * holders) / inASlice);
});

test('it is the same as in one piece, sorted, and knows which grants are of its people', () => {
  const { content, own } = atOnce(building());
  expect(content).toEqual(buildPreview(plan, 'clerks', 'erp', now));
  expect(content.others.map(pairKey)).toEqual(content.others.map(pairKey).toSorted());
  expect(content.others).toHaveLength(holders);
  expect(own.map(({ account }) => account)).toEqual(['ann', 'ben']);
});
