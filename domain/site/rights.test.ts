import { expect, test } from 'vitest';
import { site as testSite, siteSystem } from '../../test/support/site.ts';
import { accountRefusal, appliesUnder, deniedRole, isAdministrator, mayApply, mayRead, rightOf, roleRefusal, priorityOf } from './rights.ts';
import { siteSchema } from './schema.ts';

const site = siteSchema.parse({
  site: 'acme',
  administrators: { people: ['root'], groups: ['iam'] },
  systems: [
    { id: 'erp', kind: 'postgres', connection: { env: 'ERP' }, roles: { allow: ['fin_*', 'hr_*'], deny: ['*_admin'] }, breakGlass: ['emergency_*'] },
    { id: 'hr', kind: 'none' },
  ],
  plans: [
    { plan: 'finance-*', apply: { groups: ['fin-ops'] }, read: { people: ['audit'] }, systems: [{ system: 'erp', roles: ['fin_*'] }] },
    { plan: 'finance-close', apply: { people: ['kim'] }, systems: [{ system: 'erp', roles: ['fin_close'] }] },
    { plan: '*', systems: [] },
  ],
});
const who = (id: string, ...groups: string[]) => ({ id, groups });

test.each([
  ['finance-close', 'finance-close'],
  ['finance-close-2', 'finance-*'],
  ['finance', '*'],
  ['hr', '*'],
])("the longest right that matches '%s' counts: '%s'", (plan, right) => {
  expect(rightOf(site, plan)?.plan).toBe(right);
});

test('work of a plan waits for the turn of its right, and of one without a right for its own', () => {
  expect(priorityOf(site, 'finance-close-2')).toEqual({ fairnessKey: 'finance-*' });
  expect(priorityOf({ plans: [] }, 'hr')).toEqual({ fairnessKey: 'hr' });
});

test('a plan that no right matches has none', () => {
  expect(rightOf({ plans: site.plans.slice(0, 2) }, 'hr')).toBeUndefined();
  expect(mayApply({ ...site, plans: site.plans.slice(0, 2) }, 'hr', who('root'))).toBe(false);
});

test.each([
  ['a person whom the right names', 'finance-close', who('kim'), true, true],
  ['a group that the right names', 'finance-q1', who('lee', 'fin-ops'), true, true],
  ['that group for a plan with a right of its own', 'finance-close', who('lee', 'fin-ops'), false, false],
  ['a reader', 'finance-q1', who('audit'), false, true],
  ['a person called as a group', 'finance-q1', who('fin-ops'), false, false],
  ['an administrator', 'hr', who('root'), true, true],
  ['a group of administrators', 'hr', who('mo', 'iam'), true, true],
  ['anyone else', 'hr', who('kim', 'fin-ops'), false, false],
])('%s and the plan %s: may apply and read', (_, plan, caller, apply, read) => {
  expect([mayApply(site, plan, caller), mayRead(site, plan, caller)]).toEqual([apply, read]);
  expect(isAdministrator(site, caller)).toBe(caller.id === 'root' || caller.groups.includes('iam'));
});

test.each([
  [['*'], 'postgres', false],
  [['*', 'table:erp.*'], 'postgres', true],
  [['t*'], 'postgres', false],
  [['schema:*'], 'postgres', false],
  // A role of this name is nothing else there.
  [['*'], 'none', true],
] as const)('a plan with a right to %j in a system of kind %s may use a privilege on a table: %s', (roles, kind, may) => {
  const narrow = testSite({ systems: [siteSystem('erp', { kind })], plans: [{ plan: 'p', systems: [{ system: 'erp', roles: [...roles] }] }] });
  expect(roleRefusal(narrow, 'p', 'erp', 'table:erp.invoices:select')).toBe(
    may
      ? undefined
      : "the site does not let plan 'p' use the privilege 'table:erp.invoices:select' of the system 'erp': patterns for privileges begin with table: or schema:",
  );
});

test.each([
  ['finance-q1', 'erp', 'fin_close', undefined],
  ['finance-q1', 'erp', 'hr_case', "the site does not let plan 'finance-q1' use the role 'hr_case' of the system 'erp'"],
  ['finance-q1', 'erp', 'fin_admin', "the site lets no plan use the role 'fin_admin' of the system 'erp'"],
  ['finance-q1', 'erp', 'postgres', "the site lets no plan use the role 'postgres' of the system 'erp'"],
  ['finance-q1', 'hr', 'x', "the site does not let plan 'finance-q1' use a system 'hr'"],
  ['finance-q1', 'crm', 'x', "the site does not let plan 'finance-q1' use a system 'crm'"],
])('plan %s, system %s, role %s: %s', (plan, system, role, expected) => {
  expect(roleRefusal(site, plan, system, role)).toBe(expected);
});

test('a role that no plan may use is denied without a plan', () => {
  expect(deniedRole(site, 'erp', 'hr_admin')).toBe("the site lets no plan use the role 'hr_admin' of the system 'erp'");
  expect(deniedRole(site, 'erp', 'hr_case')).toBeUndefined();
});

test('an account for emergencies is in no plan', () => {
  expect(accountRefusal(site, 'erp', 'emergency_1')).toContain('it is for emergencies');
  expect(accountRefusal(site, 'erp', 'ann')).toBeUndefined();
});

test.each([
  ['a group of a right', who('lee', 'fin-ops'), 'finance-*'],
  ['somebody of two rights, the first', who('kim', 'fin-ops'), 'finance-*'],
  ['a person of a right', who('kim'), 'finance-close'],
  ['an administrator whom no right names', who('root'), 'administrators'],
  ['somebody who may apply nothing', who('mallory'), 'nobody'],
])('%s applies plans under that right', (_who, caller, right) => {
  expect(appliesUnder(site, caller)).toBe(right);
});
