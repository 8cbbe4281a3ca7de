import { describe, expect, test } from 'vitest';
import { mistakesIn, smallPlan, smallPlanWith } from '../../../test/support/small-plan.ts';
import { site, siteSystem, type SiteChange } from '../../../test/support/site.ts';

const usual = [siteSystem('erp', { kind: 'postgres' }), siteSystem('lab')];
const mistakes = (change: SiteChange, text = smallPlan) => mistakesIn(text, { nowMs: 0, site: site({ systems: usual, ...change }) });
const all = [{ system: 'erp' }, { system: 'lab' }];

test('a plan that its site lets do everything has no mistakes', () => {
  expect(mistakes({})).toEqual([]);
});

describe('what the site does not let the plan do is a mistake at its place in the plan', () => {
  test.each<[string, SiteChange, string[]]>([
    ['no such plan', { plans: [{ plan: 'big-*', systems: all }] }, ["plan.yaml:1:7  plan  the site lets nobody have a plan 'small'"]],
    [
      'a system that the plan may not use',
      { plans: [{ plan: 'small', systems: [{ system: 'erp' }] }] },
      ["plan.yaml:5:5  systems[1]  the site does not let plan 'small' use a system 'lab'"],
    ],
    [
      'a system that the site does not have, in the same words',
      { systems: usual.slice(0, 1), plans: [{ plan: 'small', systems: [{ system: 'erp' }] }] },
      ["plan.yaml:5:5  systems[1]  the site does not let plan 'small' use a system 'lab'"],
    ],
    [
      'roles that this plan may not use',
      { plans: [{ plan: '*', systems: [{ system: 'erp', roles: ['fin_*'] }, { system: 'lab' }] }] },
      [
        expect.stringMatching(/packages\[1\]\.entitlements\[0\]\.role {2}the site does not let plan 'small' use the role 'hr_intake' of the system 'erp'$/),
      ] as never,
    ],
    [
      'roles that no plan may use, legacy access included',
      { systems: [siteSystem('erp', { kind: 'postgres', roles: { deny: ['fin_old'] } }), siteSystem('lab')] },
      [expect.stringMatching(/packages\[0\]\.legacy\[0\]\.role {2}the site lets no plan use the role 'fin_old' of the system 'erp'$/)] as never,
    ],
    [
      'an account for emergencies, under a name of its own and as the id of a person',
      { systems: [siteSystem('erp', { kind: 'postgres', breakGlass: ['kdahl', 'eva'] }), siteSystem('lab')] },
      [
        expect.stringMatching(/people\[2\]\.id {2}the site lets no plan name the account 'eva' of the system 'erp': it is for emergencies$/),
        expect.stringMatching(/people\[3\]\.accounts\.erp {2}the site lets no plan name the account 'kdahl' of the system 'erp': it is for emergencies$/),
      ] as never,
    ],
    [
      'a mail address elsewhere',
      { mail: { domains: ['acme.test'] } },
      ["plan.yaml:8:53  people[1].email  the site sends mail to acme.test only, and 'ben@example.com' is not there"],
    ],
    [
      'more than the site allows',
      { limits: { peoplePerPlan: 3, packagesPerPlan: 1 } },
      [
        expect.stringContaining('people  the site allows a plan 3 people, and this one has 4: divide it into several plans'),
        expect.stringContaining('packages  the site allows a plan 1 packages, and this one has 2: divide it into several plans'),
      ] as never,
    ],
  ])('%s', (_, change, expected) => {
    expect(mistakes(change)).toEqual(expected);
  });
});

test('mistakes of the plan itself and of the site are reported together', () => {
  const found = mistakes({ plans: [{ plan: 'small', systems: [{ system: 'erp' }] }] }, smallPlanWith(['owner: ana', 'owner: anna']));
  expect(found).toEqual([expect.stringContaining("use a system 'lab'"), expect.stringContaining("unknown owner 'anna'")]);
});

test('no refusal tells whether a system that the plan may not use exists, of which kind it is, or how the site sets it', () => {
  const text = smallPlanWith(
    ['accounts: { erp: kdahl }', 'accounts: { erp: kdahl, lab: fire.chief }'],
    ['    cohort: [ben, kim]', "    cohort: [ben, kim]\n    cohortQuery: { system: lab, filter: '(salaryBand=9)' }"],
    ['- { system: erp, role: fin_old }', '- { system: lab, role: "fin\\told" }'],
  );
  const erp = siteSystem('erp', { kind: 'postgres' });
  const labs = [
    [],
    [siteSystem('lab')],
    [siteSystem('lab', { kind: 'postgres', readOnly: true, breakGlass: ['fire.*', '*'] })],
    [siteSystem('lab', { kind: 'ldap', readOnly: true, breakGlass: ['*'], groups: { base: 'dc=x' }, accounts: { base: 'dc=x', filterBy: ['title'] } })],
    [siteSystem('lab', { kind: 'keycloak', roles: { deny: ['*'] } })],
  ];
  const told = labs.map((lab) => mistakes({ systems: [erp, ...lab], plans: [{ plan: 'small', systems: [{ system: 'erp' }] }] }, text));
  expect(told[0]).toEqual(expect.arrayContaining([expect.stringContaining("the site does not let plan 'small' use a system 'lab'")]));
  expect(told).toEqual(labs.map(() => told[0]));
});
