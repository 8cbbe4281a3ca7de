import { expect, test } from 'vitest';
import { claimantOf, isOfAnotherPackage, isOfAnotherRelease, keptFor } from './claims.ts';

const release = { plan: 'p', wave: 'wave-2', package: 'clerks' };
test.each([
  [release, false, false, 'clerks as wave-2 released it'],
  [{ ...release, wave: 'wave-1' }, false, true, 'clerks as wave-1 released it'],
  [{ ...release, package: 'posters' }, true, true, 'posters'],
  [{ ...release, plan: 'q' }, true, true, 'a package of another plan'],
])('a claim of %j: of another package %j, of another release %j', (claim, anotherPackage, anotherRelease, words) => {
  expect([isOfAnotherPackage(claim, release), isOfAnotherRelease(claim, release), claimantOf(claim, release)]).toEqual([anotherPackage, anotherRelease, words]);
});

test('the caller decides how packages are written', () => {
  expect(claimantOf({ ...release, package: 'posters' }, release, (id) => `'${id}'`)).toBe("'posters'");
});

test('a reason names each claimant once, in order', () => {
  expect(keptFor(['posters', 'auditors', 'posters'])).toBe('kept for auditors, posters');
});
