import { expect, test } from 'vitest';
import { plan, type PlanChange } from '../../../test/support/plan.ts';
import { site as siteWith } from '../../../test/support/site.ts';
import { siteFindings } from '../rules.ts';
import { pathText } from '../places.ts';

const alone: PlanChange = { operators: ['olga'] };
const both = { applierMayBeOnlySigner: true, signerMayBeGranted: true };
const found = (change: PlanChange, separationOfDuties = {}) =>
  siteFindings(plan(change), siteWith({ separationOfDuties }), 10).map((finding) => `${pathText(finding.path)}: ${finding.say()}`);

test.each<[string, PlanChange, object?]>([
  ['an owner and operators', {}],
  ['one person who owns and operates it, and a delegate', { ...alone, delegates: [{ of: 'olga', to: 'dora', until: '2027-06-01' }] }],
  ['one person who owns and operates it, and a co-signer', { ...alone, waves: [{ alsoSigns: ['sam'] }] }],
  ['an owner in the cohort, and two operators', { packages: [{ cohort: ['olga', 'ann'] }] }],
  ['one person alone, where the site allows it', { ...alone, packages: [{ cohort: ['olga'] }] }, both],
  ['one person alone, who receives nothing, where the site allows that', alone, { applierMayBeOnlySigner: true }],
  ['one person alone who only observes', { ...alone, waves: [{ packages: [{ package: 'clerks', change: 'observe' }] }] }],
])('%s: somebody can approve it', (_, change, separation) => {
  expect(found(change, separation)).toEqual([]);
});

test.each<[string, PlanChange, object?]>([
  ['one person alone', alone],
  ['one person alone in the cohort, where only half of it is allowed', { ...alone, packages: [{ cohort: ['olga'] }] }, { applierMayBeOnlySigner: true }],
  ['everybody in the cohort', { packages: [{ cohort: ['olga', 'ines', 'hugo'] }] }],
  ['the only operator is the only one who receives nothing', { operators: ['ines'], packages: [{ cohort: ['olga', 'ann'] }] }],
])('%s: nobody can, and the place says so', (_, change, separation) => {
  expect(found(change, separation)).toEqual([
    "waves[0].packages[0].package: nobody could approve package 'clerks' who neither applies the plan nor receives the access: add an operator, a delegate of the owner, or someone to alsoSigns. The site file can allow it for a team of one, under separationOfDuties",
  ]);
});
