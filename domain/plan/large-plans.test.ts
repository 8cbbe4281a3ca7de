/** However large a plan is, and whatever is wrong with it, checking is work in proportion to the file. */
import * as fc from 'fast-check';
import { distance } from 'fastest-levenshtein';
import { describe, expect, it, test } from 'vitest';
import { planInput, roles, people, metric, watch, type PlanChange } from '../../test/support/plan.ts';
import { workMs } from '../../test/support/work.ts';
import { planLimitsOf, usualLimits } from '../limits.ts';
import { loadPlan, type Loaded } from './load.ts';
import { rowsIn } from './rows.ts';
import { KnownWords, nearest } from './nearest.ts';

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
const someone = (index: number) => `firstname.lastname.${String(index).padStart(5, '0')}@people.example`;
const mistyped = (index: number) => `firstnam.lastnome.${String(index).padStart(5, '0')}@people.example`;
const everybody = (count: number) => [...planInput().people, ...people(...many(count, someone))];
const small = (index: number) => ({ id: `p-${index}`, cohort: ['ann'], legacy: [], entitlements: roles('erp', `role_${index}`) });
const inWavesOf100 = (count: number) =>
  many(Math.ceil(count / 100), (wave) => ({ id: `w-${wave}`, packages: many(100, (index) => ({ package: `p-${wave * 100 + index}` })) }));

const load = (change: PlanChange): Loaded => loadPlan(JSON.stringify(planInput(change)), 'plan.yaml', { nowMs: 0 });

function measured<T>(work: () => T): { ms: number; result: T } {
  const ended = workMs();
  const result = work();
  return { ms: ended(), result };
}

test('1,000 people and 600 unknown names are little work, and answered with a suggestion', () => {
  const { ms, result } = measured(() => load({ people: everybody(1_000), packages: [{ cohort: many(600, mistyped) }] }));
  expect(ms).toBeLessThan(5_000);
  if (result.ok) throw new Error('every name is unknown');
  expect(result.mistakes[0]?.message).toBe(`unknown person '${mistyped(0)}': no person of this plan has that id; did you mean '${someone(0)}'?`);
});

describe('a large plan is seconds of work:', () => {
  it.each<[what: string, change: PlanChange]>([
    ['19,990 people, and 600 unknown names', { people: everybody(19_990), packages: [{ cohort: many(600, mistyped) }] }],
    [
      '500 packages at high risk of ten owners, with 2,000 delegations',
      {
        people: everybody(10),
        operators: ['olga'],
        delegates: many(2_000, (index) => ({ of: someone(index % 10), to: 'dora', until: '2030-01-01', packages: [`p-${index % 500}`] })),
        packages: many(500, (index) => ({ ...small(index), owner: someone(index % 10), risk: 'high' as const })),
        waves: inWavesOf100(500),
      },
    ],
    [
      '300 packages that all build on each other',
      {
        packages: many(300, (index) => ({ ...small(index), buildsOn: many(300, (other) => `p-${other}`) })),
        waves: inWavesOf100(300),
      },
    ],
    [
      '200 blackouts that touch each other, each of 300 packages',
      {
        blackouts: many(200, (index) => ({
          id: `b-${index}`,
          reason: 'busy',
          from: `2027-01-${String((index % 20) + 1).padStart(2, '0')}`,
          until: `2027-02-${String((index % 20) + 1).padStart(2, '0')}`,
          packages: many(300, (one) => `p-${one}`),
        })),
        packages: many(500, small),
        waves: inWavesOf100(500),
      },
    ],
    [
      '2,000 metrics, of which 100 packages watch 100 each',
      {
        metrics: many(2_000, (index) => metric(`m-${index}`)),
        packages: many(100, (index) => ({ ...small(index), watch: watch('14d', ...many(100, (at) => `m-${(index * 20 + at) % 2_000}`)) })),
        waves: inWavesOf100(100),
      },
    ],
    [
      '400 statements full of quotes that nobody closes',
      {
        metrics: many(400, (index) =>
          metric(`m-${index}`, { provider: { kind: 'sql', system: 'erp', query: `select ${many(900, (at) => `$q${at % 90}`).join('')}` } }),
        ),
      },
    ],
  ])('%s', (_what, change) => {
    expect(measured(() => load(change)).ms).toBeLessThan(12_000);
  });
});

describe('who stands in for others', () => {
  const delegations = (count: number, of: (index: number) => string) => ({
    people: everybody(10),
    packages: many(11, (index) => ({ ...small(index), ...(index > 0 ? { owner: someone(index - 1) } : {}) })),
    delegates: many(count, (index) => ({ of: of(index), to: 'dora', until: '2030-01-01' })),
  });
  const mistakesOf = (change: PlanChange) => {
    const loaded = load(change);
    return loaded.ok ? [] : loaded.mistakes.map(({ path, message }) => `${path}: ${message}`);
  };
  const another = (index: number) => someone(index % 10);

  it('is at most 200 of one person, and 2,000 in a plan', () => {
    const twice = delegations(200, () => 'olga');
    expect(mistakesOf(twice)).toEqual([]);
    expect(mistakesOf({ ...twice, delegates: [...twice.delegates, ...twice.delegates] })).toEqual([
      "delegates[200].of: 'olga' has more than 200 delegations; a delegation may name several packages, or none for all of them",
    ]);
    expect(mistakesOf(delegations(2_000, another))).toEqual([]);
    expect(mistakesOf(delegations(2_001, another))).toContain("delegates: 'delegates' has more than 2,000 entries");
  });
});

describe('what a site allows in one plan', () => {
  it.each([
    [
      'people',
      { people: many(20_001, (index) => ({ id: `p${index}`, name: 'P', team: 't' })) },
      'the plan has 20,001 people, and this site allows 20,000 in one plan: divide it into several plans',
    ],
    ['systems', { systems: many(51, (index) => `s-${index}`) }, /51 systems, and this site allows 50 /],
    ['packages', { packages: many(501, small) }, /501 packages, and this site allows 500 /],
    ['waves', { waves: many(201, (index) => ({ id: `w-${index}` })) }, /201 waves, and this site allows 200 /],
  ] as [string, PlanChange, string | RegExp][])('%s over the limit are refused with the limit, before anything else is checked', (list, change, message) => {
    const loaded = load(change);
    if (loaded.ok) throw new Error('it is over the limit');
    expect(loaded.mistakes).toEqual([{ file: 'plan.yaml', line: 1, column: expect.any(Number), path: list, message: expect.stringMatching(message) }]);
  });

  it('however small the file is: a list that many packages share counts in each of them', () => {
    const shared = (packages: number) =>
      [
        'plan: large',
        'people:',
        '  - { id: p0, accounts: { erp: a, warehouse: b } }',
        'packages:',
        `  - { id: k0, cohort: &all [${many(9_000, (index) => `p${index}`).join(', ')}] }`,
        ...many(packages - 1, (index) => `  - { id: k${index + 1}, cohort: *all }`),
      ].join('\n');
    const loaded = loadPlan(shared(60), 'plan.yaml', { nowMs: 0 });
    if (loaded.ok) throw new Error('it is over the limit');
    expect(loaded.mistakes).toEqual([
      {
        file: 'plan.yaml',
        line: 5,
        column: expect.any(Number),
        path: 'packages',
        message:
          "the plan comes to 540,063 rows when every list is written out, 540,060 of them in packages (most of 'k0': 9,000, 'k1': 9,000, 'k2': 9,000), and this site allows 120,000 in one plan: divide it into several plans",
      },
    ]);
    const smaller = loadPlan(shared(13), 'plan.yaml', { nowMs: 0 });
    if (smaller.ok) throw new Error('it is no plan');
    expect(smaller.mistakes.filter(({ message }) => message.includes(' rows '))).toEqual([]);
  });

  it('a statement that thousands of metrics share counts as what it takes in each of them', () => {
    const query = 'x'.repeat(20_000);
    const text = [
      'metrics:',
      `  - { id: m0, provider: &asked { query: ${query} } }`,
      ...many(1_500, (index) => `  - { id: m${index + 1}, provider: *asked }`),
    ].join('\n');
    expect(loadPlan(text, 'plan.yaml', { nowMs: 0 })).toMatchObject({
      ok: false,
      mistakes: [{ path: 'metrics', message: expect.stringContaining('comes to 151,601 rows') }],
    });
  });

  it('rules about incompatible entitlements count in each package that they concern, with the exceptions of its people', () => {
    const everyone = many(100, someone);
    const until = '2030-01-01';
    const exceptions = everyone.map((person) => ({ person, reason: 'agreed', until }));
    const concerned = (packages: number, rules: number): string =>
      JSON.stringify(
        planInput({
          people: people('olga', 'ines', ...everyone),
          operators: ['ines'],
          packages: many(packages, (index) => ({ id: `k${index}`, entitlements: roles('erp', 'clerk'), legacy: [], cohort: everyone })),
          waves: [{ packages: many(packages, (index) => ({ package: `k${index}` })) }],
          incompatible: many(rules, (index) => ({
            id: `r${index}`,
            reason: 'nobody pays what they order',
            entitlements: [...roles('erp', 'clerk'), ...roles('erp', `payer_${index}`)],
            exceptions,
          })),
        }),
      );
    expect(loadPlan(concerned(60, 20), 'plan.yaml', { nowMs: 0 })).toMatchObject({
      ok: false,
      mistakes: [{ path: 'incompatible', message: expect.stringContaining('come to 121,200 lines in what is signed') }],
    });
    expect(loadPlan(concerned(30, 20), 'plan.yaml', { nowMs: 0 })).toMatchObject({ ok: true });
  });

  it('people times entitlements are counted, and refused at the package that has the most of them', () => {
    const everyone = many(500, someone);
    const granted = (entitlements: number): string =>
      JSON.stringify(
        planInput({
          people: people('olga', 'ines', ...everyone),
          operators: ['ines'],
          packages: [
            { id: 'few', entitlements: roles('erp', 'clerk'), legacy: [], cohort: everyone },
            { id: 'many', entitlements: roles('erp', ...many(entitlements, (index) => `r${index}`)), legacy: [], cohort: everyone },
          ],
          waves: [{ packages: [{ package: 'few' }, { package: 'many' }] }],
        }),
      );
    expect(loadPlan(granted(600), 'plan.yaml', { nowMs: 0 })).toMatchObject({
      ok: false,
      mistakes: [{ path: 'packages[1]', message: expect.stringContaining("come to 300,500 grants, 300,000 of them in 'many'") }],
    });
    expect(loadPlan(granted(400), 'plan.yaml', { nowMs: 0 })).toMatchObject({ ok: true });
  });

  it('is enough for 20,000 people with accounts of their own in two systems, and two packages for each', () => {
    const everyone = many(20_000, someone);
    const accounts = people(...everyone).map((each) => ({ ...each, accounts: { erp: each.id, warehouse: each.id } }));
    const packages = many(4, (index) => ({ ...small(index), cohort: everyone.slice(0, 10_000) }));
    expect(rowsIn({ people: accounts, packages })).toBeLessThan(usualLimits.rowsPerPlan);
  });

  it('is the site’s to say', () => {
    const written = JSON.stringify(planInput({ people: everybody(50) }));
    const limits = { ...planLimitsOf(usualLimits), people: 59 };
    expect(loadPlan(written, 'plan.yaml', { nowMs: 0, limits })).toMatchObject({ ok: false, mistakes: [{ path: 'people' }] });
    expect(loadPlan(written, 'plan.yaml', { nowMs: 0, limits: { ...limits, people: 60 } }).ok).toBe(true);
  });
});

describe('the word that was probably meant', () => {
  it.each([
    ['clekr', 'clerk'],
    ['Clerks', 'clerks'],
    ['poster', 'posters'],
    ['xyz', undefined],
    ['', undefined],
    ['a'.repeat(65), undefined],
  ])('%s: %s', (word, meant) => {
    expect(nearest(word, ['posters', 'clerk', 'clerks', 'a'.repeat(65)])).toBe(meant);
  });

  it('two swapped letters count once, so that a short word is found too', () => {
    expect(nearest('hrgu', ['hugo', 'hrug'])).toBe('hrug');
  });

  it('is one in which at most a third differs, as the library counts it, wherever in the word that is', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 12 });
    const isSwap = (a: string, b: string) =>
      [...a].some((_, at) => at > 0 && a[at] !== a[at - 1] && `${a.slice(0, at - 1)}${a[at]}${a[at - 1]}${a.slice(at + 1)}` === b);
    fc.assert(
      fc.property(letters, letters, letters, letters, (before, word, other, after) => {
        const [asked, known] = [`${before}${word}${after}`, `${before}${other}${after}`];
        const edits = isSwap(asked, known) ? 1 : distance(asked, known);
        expect(nearest(asked, [known])).toBe(edits <= Math.max(1, Math.floor(asked.length / 3)) ? known : undefined);
      }),
    );
  });

  it('once too many comparisons are made, the words that follow get no suggestion', () => {
    const words = new KnownWords(many(5_000, someone));
    expect(words.nearest(mistyped(1))).toBe(someone(1));
    for (const index of many(80, (at) => at + 2)) words.nearest(`${mistyped(index)}x`);
    expect(words.nearest(mistyped(200))).toBeUndefined();
    expect(words.nearest(mistyped(1))).toBe(someone(1));
  });
});
