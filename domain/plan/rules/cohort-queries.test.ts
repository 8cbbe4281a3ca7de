import { expect, test } from 'vitest';
import { mistakesIn, smallPlanWith } from '../../../test/support/small-plan.ts';
import { site, siteSystem } from '../../../test/support/site.ts';

const withQuery = (query: string, change: [string, string][] = []) =>
  smallPlanWith(['    cohort: [ben, kim]\n', `    cohort: [ben, kim]\n    cohortQuery: ${query}\n`], ...change);
const of = (query: string, ...change: [string, string][]) => mistakesIn(withQuery(query, change)).map((line) => line.replace(/^plan.yaml:\d+:\d+ {2}/, ''));

test.each([
  ['{ system: erp, statement: select account from staff }'],
  ['{ system: erp, statement: "select s.account from staff s where account = any(:people) and team = :package", open: true, leavers: revoke, maxLeavers: 1 }'],
  ['{ system: erp, statement: "select * from members" }'],
])('%s is a query of a cohort', (query) => {
  expect(of(query)).toEqual([]);
});

test.each([
  ['{ system: erp }', "packages[0].cohortQuery  the query of the cohort of 'closing' asks nothing: write a statement in SQL, or a filter"],
  ['{ statement: select account from staff }', "packages[0].cohortQuery.system  package 'closing': 'system' is missing"],
  ['{ system: hr, statement: select account from staff }', "packages[0].cohortQuery.system  unknown system 'hr': list it under systems"],
  [
    '{ system: erp, statement: delete from staff }',
    "packages[0].cohortQuery.statement  cohort of 'closing': the query begins with 'delete': the statement of a cohort must be one SELECT that only reads",
  ],
  [
    '{ system: erp, statement: "select account from staff where at > :from" }',
    "packages[0].cohortQuery.statement  cohort of 'closing': the query uses :from, which does not exist: use :people, :package",
  ],
  [
    '{ system: erp, statement: "select team, account from staff" }',
    "packages[0].cohortQuery.statement  the statement of the cohort of 'closing' answers the column `account` and nothing else, and this one answers `team` and `account`",
  ],
  [
    '{ system: lab, statement: select account from staff }',
    "packages[0].cohortQuery.statement  the cohort of 'closing' queries 'lab' in SQL, but a system of kind none does not take SQL",
  ],
  [
    '{ system: erp, filter: (title=clerk) }',
    "packages[0].cohortQuery.filter  the cohort of 'closing' queries 'erp' by a filter, but a system of kind postgres takes none: write a statement",
  ],
  [
    '{ system: erp, statement: select account from staff, maxLeavers: 2 }',
    "packages[0].cohortQuery.maxLeavers  2 of the 2 people of 'closing' may be missing in an answer, so that an answer with nobody in it would be as good as any: write fewer",
  ],
])('%s is refused at its place', (query, mistake) => {
  expect(of(query)[0]).toContain(mistake);
});

test('a statement and a filter are one too many', () => {
  expect(of('{ system: erp, statement: select account from staff, filter: (title=clerk) }').join()).toContain(
    'has a statement and a filter: write one of them',
  );
});

test('joiners and leavers that nothing would grant or revoke are a mistake', () => {
  const query = (more: string) => `{ system: erp, statement: select account from staff, ${more} }`;
  const drift: [string, string] = ['\n        - { metric: access-drift, tune: { above: 0 } }\n', '\n'];
  expect(of(query('open: true'), drift)).toEqual([
    "packages[0].cohortQuery.open  people who join receive the access only where 'closing' watches 'access-drift': list it under its watch.metrics",
  ]);
  const asks: [string, string] = ['    watch:\n      length: 14d', '    tune: { onDrift: grantMissing }\n    watch:\n      length: 14d'];
  expect(of(query('open: true, leavers: revoke'), asks)).toEqual([
    "packages[0].cohortQuery.leavers  access of people who leave is revoked only by the step reconcile, and tune.onDrift of 'closing' is grantMissing",
  ]);
});

test.each([
  ['(departmentNumber=7)', []],
  ['(departmentNumber=7', ["packages[0].cohortQuery.filter  the cohort of 'closing' queries 'erp' by a filter, but it opens a bracket that it does not close"]],
  [
    '(userPassword=*)',
    [
      "packages[0].cohortQuery.filter  the cohort of 'closing' queries 'erp' by a filter, but it chooses by 'userpassword', and the site lets plans filter by departmentNumber (accounts.filterBy)",
    ],
  ],
])('the filter %s of a directory has these mistakes: %j', (filter, mistakes) => {
  const directory = {
    id: 'erp',
    kind: 'ldap',
    connection: { env: 'X' },
    groups: { base: 'ou=groups,dc=x' },
    accounts: { base: 'ou=people,dc=x', filterBy: ['departmentNumber'] },
  };
  const ofSite = site({
    separationOfDuties: { applierMayBeOnlySigner: true, signerMayBeGranted: true },
    systems: [directory as unknown as ReturnType<typeof siteSystem>, siteSystem('lab')],
  });
  const found = mistakesIn(withQuery(`{ system: erp, filter: ${filter} }`), { site: ofSite });
  expect(found.filter((line) => line.includes('cohortQuery')).map((line) => line.replace(/^plan.yaml:\d+:\d+ {2}/, ''))).toEqual(mistakes);
});
