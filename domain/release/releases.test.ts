import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, Plan } from '../plan/schema.ts';
import { clerksPlan } from '../../test/support/ledger.ts';
import { latestOf, nextInPlan, releasesBefore, rolledBackIn, stands, supersedingRelease, wavesThatChange, whyNotNext } from './releases.ts';

interface Step {
  wave: string;
  package: string;
  change: Change;
  undone: boolean;
}
/** `1 release`, `2 revise undone`: what wave-1, wave-2, … did with the package. */
const did = (id: string, ...steps: string[]): Step[] =>
  steps.map((step) => {
    const [wave = '', change, undone] = step.split(' ');
    return { wave: `wave-${wave}`, package: id, change: change as Change, undone: undone === 'undone' };
  });
const clerks = (...steps: string[]) => did('clerks', ...steps);

/** Two packages, the second of which builds on the first; `waves`: what each does with which. */
function planOf(...waves: Record<string, Change>[]): Plan {
  const small = clerksPlan();
  const upon = { ...small.packages[0]!, id: 'posters', buildsOn: ['clerks'] };
  return {
    ...small,
    packages: [...small.packages, upon],
    waves: waves.map((packages, index) => ({
      ...small.waves[0]!,
      id: `wave-${index + 1}`,
      packages: Object.entries(packages).map(([id, change]) => ({ package: id, change, rollbackOnly: false })),
    })),
  };
}

describe('a release stands', () => {
  test.each<[Change, boolean, boolean]>([
    ['release', false, true],
    ['revise', false, true],
    ['retire', false, true],
    ['observe', false, false],
    ['release', true, false],
    ['retire', true, false],
  ])('%s, undone %j: %j', (change, undone, is) => {
    expect(stands({ change, undone })).toBe(is);
  });
});

describe('the chain of releases of a package', () => {
  const waves = (releases: { wave: string }[]) => releases.map(({ wave }) => wave);
  const chain = clerks('1 release', '2 revise undone', '3 revise', '4 observe', '5 retire');

  test('before a release are the standing releases that began before it', () => {
    expect(waves(releasesBefore(chain, 'wave-1'))).toEqual([]);
    expect(waves(releasesBefore(chain, 'wave-3'))).toEqual(['wave-1']);
    expect(waves(releasesBefore(chain, 'wave-5'))).toEqual(['wave-1', 'wave-3']);
  });
  test('before one that has not begun are all standing releases', () => {
    expect(waves(releasesBefore(chain, 'wave-9'))).toEqual(['wave-1', 'wave-3', 'wave-5']);
  });
  test('a release is superseded by the latest standing one that began after it', () => {
    expect(supersedingRelease(chain, 'wave-1')?.wave).toBe('wave-5');
    expect(supersedingRelease(chain.slice(0, 2), 'wave-1')).toBeUndefined();
    expect(supersedingRelease(chain.slice(0, 4), 'wave-3')).toBeUndefined();
    expect(supersedingRelease(chain, 'wave-9')).toBeUndefined();
    expect(latestOf(chain.slice(0, 4))?.wave).toBe('wave-3');
  });

  const anyChain = fc
    .array(fc.record({ change: fc.constantFrom<Change>('release', 'revise', 'retire', 'observe'), undone: fc.boolean() }), { maxLength: 8 })
    .map((steps): Step[] => steps.map((step, index) => ({ ...step, wave: `wave-${index}`, package: 'clerks' })));
  test('each standing release is superseded by the latest, except the latest itself', () => {
    fc.assert(
      fc.property(anyChain, (releases) => {
        const latest = latestOf(releases);
        for (const release of releases.filter(stands)) expect(supersedingRelease(releases, release.wave)).toEqual(release === latest ? undefined : latest);
      }),
    );
  });
  test('a release builds on exactly those that it supersedes', () => {
    fc.assert(
      fc.property(anyChain, (releases) => {
        for (const release of releases.filter(stands)) {
          const before = new Set(waves(releasesBefore(releases, release.wave)));
          for (const other of releases.filter(stands)) {
            const restsOn =
              supersedingRelease(
                releases.filter((one) => one === other || one === release),
                other.wave,
              ) === release;
            expect(before.has(other.wave)).toBe(restsOn);
          }
        }
      }),
    );
  });
});

describe('what a wave may do with a package', () => {
  const may = (change: Change, releases: Step[], wave = 'wave-9') => {
    const plan = planOf({ clerks: change });
    plan.waves[0]!.id = wave;
    return whyNotNext(plan, wave, 'clerks', releases) ?? 'it may';
  };

  test.each<[Step[], Partial<Record<Change, string>>]>([
    [
      [],
      {
        release: 'it may',
        revise: "'clerks' is not released: nothing to revise; write change: release",
        retire: "'clerks' is not released: nothing to retire; write change: release",
        observe: 'it may',
      },
    ],
    [clerks('1 release'), { release: "'clerks' was already released by wave-1: write change: revise", revise: 'it may', retire: 'it may', observe: 'it may' }],
    [clerks('1 release', '2 revise'), { release: "'clerks' was already released by wave-2: write change: revise", revise: 'it may', retire: 'it may' }],
    [
      clerks('1 release', '2 retire'),
      {
        release: "'clerks' was already retired by wave-2: roll that back, or release a new package under another id",
        revise: "'clerks' was already retired by wave-2: roll that back, or release a new package under another id",
        retire: "'clerks' was already retired by wave-2: roll that back, or release a new package under another id",
        observe: 'it may',
      },
    ],
    [clerks('1 release', '2 retire undone'), { release: "'clerks' was already released by wave-1: write change: revise", revise: 'it may', retire: 'it may' }],
    [clerks('1 release undone'), { release: 'it may', revise: 'it may', retire: "'clerks' is not released: nothing to retire; remove it from this wave" }],
    [clerks('1 observe'), { release: 'it may', revise: "'clerks' is not released: nothing to revise; write change: release" }],
  ])('after %j', (releases, expected) => {
    expect(Object.fromEntries(Object.keys(expected).map((change) => [change, may(change as Change, releases)]))).toEqual(expected);
  });

  test('a release that has begun may continue, even after another has followed', () => {
    for (const change of ['release', 'revise', 'retire'] as const) expect(may(change, clerks('9 release', '2 retire'), 'wave-9')).toBe('it may');
    expect(may('release', clerks('9 release undone', '2 release'))).toMatch(/^'clerks' was already released by wave-2/);
  });
  test('a wave may do nothing with a package that is not in it', () => {
    expect(whyNotNext(planOf({ clerks: 'release' }), 'wave-1', 'posters', [])).toBe("wave 'wave-1' has no package 'posters'");
    expect(whyNotNext(planOf({ clerks: 'release' }), 'wave-7', 'clerks', [])).toBe("wave 'wave-7' has no package 'clerks'");
  });

  test.each<[string, Plan, Step[], string | undefined]>([
    ['no package that builds on it is released', planOf({ clerks: 'retire' }), clerks('0 release'), undefined],
    ['a released package builds on it', planOf({ clerks: 'retire' }), [...clerks('0 release'), ...did('posters', '0 release')], 'posters'],
    ['that package was rolled back', planOf({ clerks: 'retire' }), [...clerks('0 release'), ...did('posters', '0 release undone')], undefined],
    ['that package was retired', planOf({ clerks: 'retire' }), [...clerks('0 release'), ...did('posters', '0 release', '2 retire')], undefined],
    ['that package is retired with it', planOf({ clerks: 'retire', posters: 'retire' }), [...clerks('0 release'), ...did('posters', '0 release')], undefined],
    [
      'that package is only revised with it',
      planOf({ clerks: 'retire', posters: 'revise' }),
      [...clerks('0 release'), ...did('posters', '0 release')],
      'posters',
    ],
    ['it is only revised', planOf({ clerks: 'revise' }), [...clerks('0 release'), ...did('posters', '0 release')], undefined],
  ])('retiring while %s', (_, plan, releases, upon) => {
    expect(whyNotNext(plan, 'wave-1', 'clerks', releases)).toBe(upon && `'${upon}' is released and builds on 'clerks': retire it first, or in the same wave`);
  });
});

test('the next wave of a package is the first in the file that has it and has not begun with it', () => {
  const plan = planOf({ clerks: 'release' }, { posters: 'release' }, { clerks: 'revise' }, { clerks: 'retire' });
  expect(nextInPlan(plan, 'clerks', [])).toEqual({ wave: 'wave-1', change: 'release' });
  expect(nextInPlan(plan, 'clerks', clerks('1 release'))).toEqual({ wave: 'wave-3', change: 'revise' });
  expect(nextInPlan(plan, 'clerks', clerks('1 release', '3 revise undone'))).toEqual({ wave: 'wave-4', change: 'retire' });
  expect(nextInPlan(plan, 'clerks', clerks('1 release', '3 revise', '4 retire'))).toBeUndefined();
  expect(wavesThatChange(plan, 'clerks', clerks('1 release', '3 revise'))).toEqual(['wave-4']);
  expect(wavesThatChange(plan, 'posters', [])).toEqual([]);
});

test('a package is rolled back where each of its releases was, by the last of them', () => {
  const plan = planOf({ clerks: 'release' }, { clerks: 'revise' }, { clerks: 'revise' });
  const of = (...steps: string[]) => rolledBackIn(plan, 'clerks', clerks(...steps));
  expect([of(), of('1 release'), of('1 release', '2 revise undone'), of('1 observe')]).toEqual([undefined, undefined, undefined, undefined]);
  expect(of('1 release undone')).toEqual({ wave: 'wave-1', next: 'wave-2' });
  expect(of('1 release undone', '2 revise undone')).toEqual({ wave: 'wave-2', next: 'wave-3' });
  expect(of('1 release undone', '2 revise undone', '3 revise undone')).toEqual({ wave: 'wave-3' });
});
