import { expect, test } from 'vitest';
import { claimantOf, isOfAnotherPackage, isOfAnotherRelease, isOn, keptFor } from './claims.ts';

const release = { plan: 'p', wave: 'wave-2', package: 'clerks' };
test.each([
  [release, false, false, 'clerks as wave-2 released it'],
  [{ ...release, wave: 'wave-1' }, false, true, 'clerks as wave-1 released it'],
  [{ ...release, package: 'posters' }, true, true, 'posters'],
  [{ ...release, plan: 'q' }, true, true, 'clerks of plan q'],
])('a claim of %j: of another package %j, of another release %j', (claim, anotherPackage, anotherRelease, words) => {
  expect([isOfAnotherPackage(claim, release), isOfAnotherRelease(claim, release), claimantOf(claim, release)]).toEqual([anotherPackage, anotherRelease, words]);
});

test('the caller decides how packages and plans are written', () => {
  expect(claimantOf({ ...release, plan: 'q' }, release, (id) => `'${id}'`)).toBe("'clerks' of plan 'q'");
});

test('a reason names each claimant once, in order', () => {
  expect(keptFor(['posters', 'auditors', 'posters'])).toBe('kept for auditors, posters');
});

test.each([
  ['as it was signed', [{ roleId: '1', accountId: '2' }], true],
  [
    'one of several',
    [
      { roleId: '1', accountId: '9' },
      { roleId: '1', accountId: '2' },
    ],
    true,
  ],
  ['of another role of this name', [{ roleId: '9', accountId: '2' }], false],
  ['of another account of this name', [{ roleId: '1', accountId: '9' }], false],
  ['of a system without ids', [{}], true],
  ['not held', [], true],
])('a claim on a grant %s', (_what, grants, is) => {
  const claim = { ...release, system: 'erp', role: 'clerk', account: 'ann' };
  expect([isOn({ ...claim, roleId: '1', accountId: '2' }, grants), isOn(claim, grants)]).toEqual([is, true]);
});
