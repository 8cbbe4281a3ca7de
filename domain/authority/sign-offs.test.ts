import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plan } from '../../test/support/plan.ts';
import { waveSection } from '../plan/section.ts';
import { requiredSigners, signOffStatus, type SignOff } from './sign-offs.ts';

const section = waveSection(plan(), 1, 'wave-1').packages[0]!;
const digests = { planDigest: 'p', previewDigest: 'v' };
const signOff = (change: Partial<SignOff> = {}): SignOff => ({
  id: 'm',
  by: 'olga',
  as: 'olga',
  decision: 'approve',
  planDigest: 'p',
  previewDigest: 'v',
  atMs: 0,
  ...change,
});
const standing = (signOffs: SignOff[], also: string[] = []) => signOffStatus(section, also, signOffs, digests);

test('the owner and everyone else whom the wave names must approve', () => {
  expect(standing([])).toEqual({ complete: false, missing: ['olga'], rejectedBy: [] });
  expect(standing([signOff()])).toEqual({ complete: true, missing: [], rejectedBy: [] });
  expect(standing([signOff()], ['hugo'])).toEqual({ complete: false, missing: ['hugo'], rejectedBy: [] });
  expect(standing([signOff(), signOff({ by: 'hugo', as: 'hugo' })], ['hugo']).complete).toBe(true);
});

test('an owner whom the wave also names signs once; a package that is only observed needs nobody', () => {
  expect(requiredSigners(section, ['hugo', 'olga'])).toEqual(['olga', 'hugo']);
  const observed = { ...section, change: 'observe' as const };
  expect(requiredSigners(observed, ['hugo'])).toEqual([]);
  expect(signOffStatus(observed, ['hugo'], [], digests)).toEqual({ complete: true, missing: [], rejectedBy: [] });
});

test('one rejection blocks a package that everyone else approved', () => {
  const signOffs = [signOff(), signOff({ by: 'hugo', as: 'hugo', decision: 'reject' })];
  expect(standing(signOffs, ['hugo'])).toEqual({ complete: false, missing: [], rejectedBy: ['hugo'] });
});

test('a sign-off counts only when both digests are those that were shown (R3)', () => {
  for (const change of [{ planDigest: 'q' }, { previewDigest: 'w' }]) expect(standing([signOff(change)]).missing).toEqual(['olga']);
  expect(signOffStatus(section, [], [signOff()], { planDigest: 'p', previewDigest: undefined }).missing).toEqual(['olga']);
});

test('a delegate signs for the owner', () => {
  expect(standing([signOff({ by: 'dora', as: 'olga' })]).complete).toBe(true);
});

test('the latest decision stands, whichever it is', () => {
  expect(standing([signOff(), signOff({ decision: 'reject' })])).toEqual({ complete: false, missing: [], rejectedBy: ['olga'] });
  expect(standing([signOff({ decision: 'reject' }), signOff()]).complete).toBe(true);
});

test('no number of sign-offs for other digests completes a sign-off (R3)', () => {
  const other = fc
    .record({ planDigest: fc.constantFrom('p', 'q'), previewDigest: fc.constantFrom('v', 'w') })
    .filter(({ planDigest, previewDigest }) => planDigest !== 'p' || previewDigest !== 'v');
  fc.assert(
    fc.property(fc.array(other), (changes) => {
      expect(standing(changes.map((change) => signOff(change)))).toEqual({ complete: false, missing: ['olga'], rejectedBy: [] });
    }),
  );
});
