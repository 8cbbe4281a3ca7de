import { expect, test } from 'vitest';
import { people, planFile, type PackageInput, type PlanChange } from '../../../test/support/plan.ts';
import { mistakesIn } from '../../../test/support/small-plan.ts';

/** bruno is operator and owner, and receives the access. */
const alone = (clerks: Partial<PackageInput> = {}, change: PlanChange = {}) =>
  mistakesIn(
    planFile({
      people: people('bruno', 'anna'),
      operators: ['bruno'],
      packages: [{ owner: 'bruno', cohort: ['bruno'], risk: 'high', requires: { drill: { validFor: '30d', timebox: '45m', signedBy: 'bruno' } }, ...clerks }],
      waves: [{ status: 'tentative' }],
      ...change,
    }),
    { nowMs: Date.parse('2026-11-25T00:00:00Z') },
  ).map((line) => line.replace(/^plan\.yaml:\d+:\d+ {2}/, ''));

const forBruno = (until: string, more = {}) => ({ delegates: [{ of: 'bruno', to: 'anna', until, ...more }] });
const high = `packages[0].risk  package 'clerks' has high risk, so two people must approve its rollback, and only 'bruno' can`;
const todo = 'add an operator or a delegate, or write rollback: { secondPerson: false }';

test('at high risk, a plan in which one person would have to be two is refused at its place', () => {
  expect(alone()).toEqual([`${high}; ${todo}`]);
  expect(alone({ risk: 'low', rollback: { secondPerson: true } })).toEqual([
    `packages[0].rollback.secondPerson  package 'clerks' needs two people to approve its rollback, and only 'bruno' can; ${todo}`,
  ]);
});

test('a delegate whose delegation has ended, or is for another package, is no second person', () => {
  expect(alone({}, forBruno('2026-11-01'))).toEqual([`${high} (the delegation to 'anna' ended on 2026-11-01); ${todo}`]);
  const other = {
    packages: [
      { owner: 'bruno', cohort: ['bruno'], risk: 'high' as const },
      { id: 'posters', owner: 'bruno', cohort: ['bruno'] },
    ],
  };
  expect(alone({}, { ...other, ...forBruno('2027-11-01', { packages: ['posters'] }) })).toEqual([`${high}; ${todo}`]);
});

test.each<[what: string, found: string[]]>([
  ['another operator', alone({}, { operators: ['bruno', 'anna'] })],
  ['an operator who is not the owner', alone({ owner: 'anna' })],
  ['a delegate of the owner', alone({}, forBruno('2027-11-01'))],
  ['a plan that asks for one person', alone({ rollback: { secondPerson: false } })],
  ['medium risk, at which one person decides', alone({ risk: 'medium' })],
  ['a package that is only observed', alone({}, { waves: [{ status: 'tentative', packages: [{ package: 'clerks', change: 'observe' }] }] })],
])('with %s the plan is valid', (_, found) => {
  expect(found).toEqual([]);
});

test('a claimant is another person than the owner, the operators and those who receive the access', () => {
  const claims = (by: string[], atMost?: string) =>
    alone(
      { risk: 'low', cohort: ['cem'], rollback: { claims: { by, ...(atMost ? { atMost } : {}) } } },
      { people: people('bruno', 'anna', 'cem', 'hugo'), operators: ['hugo'] },
    );
  expect(claims(['anna'])).toEqual([]);
  expect(claims(['bruno', 'cem', 'hugo'])).toEqual(
    [
      ['bruno', 'owns it and decides on its rollback'],
      ['cem', 'receives its access'],
      ['hugo', 'operates the plan'],
    ].map(
      ([person, why], index) =>
        `packages[0].rollback.claims.by[${index}]  '${person}' may not claim access of package 'clerks', because '${person}' ${why}: name another owner who needs what it grants`,
    ),
  );
  expect(claims(['anna'], '90d')).toEqual([]);
  expect(claims(['anna'], '91d')).toEqual([`packages[0].rollback.claims.atMost  package 'clerks': a claim may last at most 90d; write atMost: 90d or less`]);
  expect(claims(['nobody'])).toEqual([expect.stringContaining("unknown claimant 'nobody'")]);
});

test('an operator who is not written correctly hides nothing: the mistake is that one', () => {
  expect(alone({}, { operators: ['bruno', 'Anna'] })).toEqual([expect.stringContaining('operators[1]')]);
});
