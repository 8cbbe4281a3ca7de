import { expect, test } from 'vitest';
import { chosenRole } from './choices.ts';
import type { FoundSystem } from './found-system.ts';
import { descriptionOfSystem } from './plan-sections.ts';

const found = (change: { product?: string; noun?: string; name?: string }): FoundSystem => ({
  name: change.name ?? 'books',
  product: change.product ?? 'PostgreSQL 18.1',
  login: 'rolewave',
  roles: [
    { name: 'eva', login: true, superuser: false },
    { name: 'fin_close', login: false, superuser: false },
    { name: 'fin_old', login: false, superuser: false },
    { name: 'root', login: false, superuser: true },
  ],
  grants: [{ role: 'fin_old', account: 'eva', options: {} }],
  words: {
    noun: change.noun ?? 'database',
    login: 'login',
    group: 'group role',
    groups: 'group roles',
    tooMuch: 'is a superuser',
    chooseRole: 'Choose a group role.',
    noRoles: () => '',
    alsoHeldBy: () => '',
    mayDo: () => '',
    mayDoNothing: () => '',
    takesSql: true,
  },
  site: { kind: 'postgres' },
});

test('for a role that is not there, all are named that could be chosen, those that somebody holds first', () => {
  expect(chosenRole(found({}), 'fin_close').people).toEqual([]);
  expect(() => chosenRole(found({}), 'nope')).toThrow("Database 'books' has no role 'nope'. There are fin_old, fin_close.");
  expect(() => chosenRole(found({}), 'fin_clsoe')).toThrow("did you mean 'fin_close'? There are fin_old, fin_close.");
});

test.each([
  [{}, 'PostgreSQL 18.1, database books'],
  [{ product: 'SCIM 2.0', noun: 'SCIM server', name: 'hr.example.com' }, 'SCIM server hr.example.com'],
  [{ product: 'Keycloak 26.1', noun: 'realm', name: 'sales' }, 'Keycloak 26.1, realm sales'],
])('a system is described once: %j', (change, text) => {
  expect(descriptionOfSystem(found(change))).toBe(text);
});
