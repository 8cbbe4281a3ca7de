import { expect, test } from 'vitest';
import { plan } from '../../test/support/plan.ts';
import { site as siteWith } from '../../test/support/site.ts';
import { applierOf } from './appliers.ts';

const site = siteWith({
  administrators: { people: ['root'] },
  plans: [
    { plan: 'test', apply: { people: ['ines', 'sam'], groups: ['finance'] }, read: { people: ['audit'] }, systems: [{ system: 'erp' }] },
    { plan: 'hr', apply: { people: ['hugo'] }, systems: [] },
  ],
});
const before = plan();
const who = (id: string, ...groups: string[]) => ({ id, groups });

test.each<[string, Parameters<typeof applierOf>[1], string[], string | undefined, ReturnType<typeof applierOf>]>([
  ['the first revision, by an operator with the right', { plan: 'test', operators: ['ines'], before: undefined }, ['ines'], undefined, { as: 'operator' }],
  ['by a group', { plan: 'test', operators: ['hugo'], before: undefined }, ['hugo', 'finance'], undefined, { as: 'operator' }],
  ['the first revision of another plan', { plan: 'hr', operators: ['ines'], before: undefined }, ['ines'], 'mine', { lacks: 'right' }],
  ['a plan that the site does not know', { plan: 'mine', operators: ['root'], before: undefined }, ['root'], 'mine', { lacks: 'right' }],
  ['the next, by an operator', { plan: 'test', operators: ['ines'], before }, ['ines'], undefined, { as: 'operator' }],
  ['the next, by an operator without the right', { plan: 'test', operators: ['hugo'], before }, ['hugo'], 'mine', { lacks: 'right' }],
  ['the next, by someone with the right alone', { plan: 'test', operators: ['sam', 'ines'], before }, ['sam'], 'mine', { lacks: 'operator' }],
  ['the next, by an operator who would be none', { plan: 'test', operators: ['hugo'], before }, ['ines'], undefined, { lacks: 'operator' }],
  ['the next, by an administrator', { plan: 'test', operators: ['ines'], before }, ['root'], undefined, { lacks: 'reason' }],
  ['the next, by an administrator with a reason', { plan: 'test', operators: ['ines'], before }, ['root'], 'ines left', { as: 'administrator' }],
])('%s', (_, applying, [id = '', ...groups], reason, expected) => {
  expect(applierOf(site, applying, who(id, ...groups), reason)).toEqual(expected);
});
