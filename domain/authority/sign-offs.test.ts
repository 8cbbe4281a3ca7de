import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan } from '../../test/support/plan.ts';
import { waveSection, type OwnersWord } from '../plan/section.ts';
import { hasDecided, overrules, requiredSigners, signerIn, signOffStatus, withSignOff, type SignOff } from './sign-offs.ts';

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
const deciding = (alsoSigns: string[] = [], given = section) => ({ section: given, alsoSigns, operators: ['ines', 'hugo'], nowMs: 0 });
const standing = (signOffs: SignOff[], also: string[] = []) => signOffStatus(deciding(also), signOffs, digests);

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
  expect(signOffStatus(deciding(['hugo'], observed), [], digests)).toEqual({ complete: true, missing: [], rejectedBy: [] });
});

test('one rejection blocks a package that everyone else approved', () => {
  const signOffs = [signOff(), signOff({ by: 'hugo', as: 'hugo', decision: 'reject' })];
  expect(standing(signOffs, ['hugo'])).toEqual({ complete: false, missing: [], rejectedBy: ['hugo'] });
});

test('a sign-off counts only when both digests are those that were shown (R3)', () => {
  for (const change of [{ planDigest: 'q' }, { previewDigest: 'w' }]) expect(standing([signOff(change)]).missing).toEqual(['olga']);
  expect(signOffStatus(deciding(), [signOff()], { planDigest: 'p', previewDigest: undefined }).missing).toEqual(['olga']);
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

test('a delegate whom the wave also names signs once, for both', () => {
  const withDora = { ...section, delegates: [{ of: 'olga', to: 'dora', until: 100 }] };
  const signer = (by: string, atMs = 0, also = ['dora']) => signerIn(withDora, also, by, atMs);
  expect(signer('dora')).toEqual({ as: 'dora', alsoFor: 'olga' });
  expect(signer('dora', 0, [])).toEqual({ as: 'olga' });
  expect(signer('dora', 100)).toEqual({ as: 'dora' });
  expect(signer('olga', 0, ['dora', 'olga'])).toEqual({ as: 'olga' });
  const both = (decision: SignOff['decision'], change: Partial<SignOff> = {}) => signOff({ by: 'dora', ...signer('dora'), decision, ...change });
  expect(standing([both('approve')], ['dora'])).toEqual({ complete: true, missing: [], rejectedBy: [] });
  expect(standing([both('reject')], ['dora'])).toEqual({ complete: false, missing: [], rejectedBy: ['olga', 'dora'] });
  expect(standing([both('approve'), both('withdraw')], ['dora'])).toEqual({ complete: false, missing: ['olga', 'dora'], rejectedBy: [] });
  expect(standing([both('approve', { previewDigest: 'w' })], ['dora']).missing).toEqual(['olga', 'dora']);
  // The owner's own rejection stands, and dora's word for herself counts all the same.
  expect(standing([signOff({ decision: 'reject' }), both('approve')], ['dora'])).toEqual({ complete: false, missing: [], rejectedBy: ['olga'] });
  expect(overrules(both('approve'), [signOff({ decision: 'reject' })])).toBe(undefined);
  expect(standing([both('reject'), signOff()], ['dora'])).toEqual({ complete: false, missing: [], rejectedBy: ['dora'] });
});

const byDora = (change: Partial<SignOff> = {}) => signOff({ by: 'dora', as: 'olga', ...change });
const rejected = { complete: false, missing: [], rejectedBy: ['olga'] };
const open = { complete: false, missing: ['olga'], rejectedBy: [] };

test('the rejection of the owner stands against every approval of a delegate, also of another preview or plan, until the owner approves', () => {
  const no = signOff({ decision: 'reject' });
  expect(standing([no, byDora()])).toEqual(rejected);
  expect(standing([signOff({ decision: 'reject', previewDigest: 'earlier' }), byDora()])).toEqual(open);
  expect(standing([signOff({ decision: 'reject', planDigest: 'earlier' }), byDora()])).toEqual(open);
  expect(standing([no, byDora(), signOff()]).complete).toBe(true);
  expect(overrules(byDora(), [no])).toBe(no);
  expect([overrules(signOff(), [no]), overrules(byDora({ decision: 'reject' }), [no]), overrules(byDora(), [no, signOff()])]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('once the owner has withdrawn the rejection, a delegate may sign; an approval from before does not count then', () => {
  const no = signOff({ decision: 'reject' });
  const back = signOff({ decision: 'withdraw' });
  expect(standing([no, back])).toEqual(open);
  expect(standing([no, back, byDora()]).complete).toBe(true);
  expect(standing([no, byDora(), back])).toEqual(open);
  // Nobody else can withdraw it.
  expect(standing([no, byDora({ decision: 'withdraw' }), byDora()])).toEqual(rejected);
});

test("a withdrawal withdraws only the person's own decisions", () => {
  expect(standing([signOff(), byDora({ decision: 'reject' }), byDora({ decision: 'withdraw' })]).complete).toBe(true);
  expect(standing([byDora(), signOff({ decision: 'withdraw' })]).complete).toBe(true);
  expect([hasDecided('olga', [signOff()]), hasDecided('olga', [byDora()]), hasDecided('olga', [signOff(), signOff({ decision: 'withdraw' })])]).toEqual([
    true,
    false,
    false,
  ]);
});

test('a delegate may reject what the owner approved, and the owner decides last', () => {
  expect(standing([signOff(), byDora({ decision: 'reject' })])).toEqual(rejected);
  expect(standing([signOff(), byDora({ decision: 'reject' }), signOff()]).complete).toBe(true);
  expect(standing([byDora({ decision: 'reject' }), byDora({ by: 'dana' })]).complete).toBe(true);
});

test('a rejection by someone who signs in addition is no rejection of the owner', () => {
  expect(standing([signOff({ by: 'hugo', as: 'hugo', decision: 'reject' }), byDora()], ['hugo'])).toEqual({
    complete: false,
    missing: [],
    rejectedBy: ['hugo'],
  });
});

const anySignOff = fc
  .record({
    by: fc.constantFrom('olga', 'dora', 'hugo'),
    decision: fc.constantFrom<SignOff['decision']>('approve', 'reject', 'withdraw'),
    previewDigest: fc.constantFrom('v', 'w'),
  })
  .map((change) => signOff({ ...change, as: change.by === 'dora' ? 'olga' : change.by }));

test('the same person is listed once for what was shown, and what is listed has the result of everything that was accepted', () => {
  fc.assert(
    fc.property(fc.array(anySignOff, { maxLength: 12 }), (signOffs) => {
      const listed = signOffs.reduce<SignOff[]>((all, one) => (overrules(one, all) ? all : withSignOff(all, one)), []);
      for (const previewDigest of ['v', 'w']) {
        const shown = { planDigest: 'p', previewDigest };
        expect(signOffStatus(deciding(['hugo']), listed, shown)).toEqual(signOffStatus(deciding(['hugo']), signOffs, shown));
        const who = listed.filter((one) => one.previewDigest === previewDigest).map(({ by }) => by);
        expect(who).toEqual([...new Set(who)]);
      }
    }),
  );
});

test('what a delegate approved after the owner overruled their own rejection counts, also once the owner signs the other preview again', () => {
  const signOffs = [signOff({ decision: 'reject', previewDigest: 'w' }), signOff(), signOff({ by: 'dora', previewDigest: 'w' }), signOff()];
  const listed = signOffs.reduce<SignOff[]>((all, one) => (overrules(one, all) ? all : withSignOff(all, one)), []);
  expect(listed).toHaveLength(3);
  expect(signOffStatus(deciding(), listed, { planDigest: 'p', previewDigest: 'w' })).toEqual({ complete: true, missing: [], rejectedBy: [] });
});

test('no order of sign-offs lets a delegate complete what the owner rejected last', () => {
  fc.assert(
    fc.property(
      fc.array(anySignOff, { maxLength: 8 }),
      fc.array(
        anySignOff.filter(({ by }) => by !== 'olga'),
        { maxLength: 8 },
      ),
      (before, after) => {
        const { complete } = signOffStatus(deciding(), [...before, signOff({ decision: 'reject' }), ...after], digests);
        expect(complete).toBe(false);
      },
    ),
  );
});

describe('the rejection of the owner in another wave', () => {
  const rejected = { wave: 'wave-0', decision: 'reject' as const, atMs: 10, reason: 'never' };
  const later = { wave: 'wave-0', decision: 'approve' as const, atMs: 20 };
  const byDora = (atMs: number, change: Partial<SignOff> = {}) => signOff({ by: 'dora', as: 'olga', atMs, ...change });
  test.each<[what: string, elsewhere: OwnersWord[], signOffs: SignOff[], missing: string[]]>([
    ["keeps a delegate's approval after it from counting", [rejected], [byDora(15)], ['olga']],
    ['says nothing about one before it', [rejected], [byDora(5)], []],
    ['stands no longer once the owner has approved it there', [rejected, later], [byDora(25)], []],
    ['stands again once the owner has rejected it again', [rejected, later, { ...rejected, atMs: 22 }], [byDora(25)], ['olga']],
    ['stands no longer once the owner has withdrawn it there', [rejected, { ...later, decision: 'withdraw' }], [byDora(25)], []],
    ['stands no longer once the owner has approved it here', [rejected], [signOff({ atMs: 12, previewDigest: 'w' }), byDora(15)], []],
    ['stands no longer once the owner has withdrawn it here', [rejected], [signOff({ atMs: 12, decision: 'withdraw' }), byDora(15)], []],
    ['stands after an earlier approval here', [rejected], [signOff({ atMs: 8, previewDigest: 'w' }), byDora(15)], ['olga']],
    ['keeps nobody but delegates', [rejected], [signOff({ atMs: 15 })], []],
  ])('%s', (_what, saidElsewhere, signOffs, missing) => {
    const status = signOffStatus(deciding([], { ...section, saidElsewhere }), signOffs, digests);
    expect([status.missing, status.complete]).toEqual([missing, missing.length === 0]);
  });

  test('is what a delegate would overrule, with its wave', () => {
    const asked = { by: 'dora', as: 'olga', decision: 'approve' as const, atMs: 15 };
    expect(overrules(asked, [], [rejected])).toEqual(rejected);
    expect(overrules(asked, [signOff({ atMs: 12, decision: 'withdraw' })], [rejected])).toBeUndefined();
    expect(overrules({ ...asked, by: 'olga', atMs: 0 }, [], [rejected])).toBeUndefined();
  });
});
