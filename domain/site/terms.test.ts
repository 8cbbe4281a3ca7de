import { expect, test } from 'vitest';
import { siteSchema } from './schema.ts';
import { systemTerms } from './terms.ts';

const termsOf = (system: object) => {
  const site = siteSchema.parse({
    site: 'test',
    administrators: { people: ['ines'] },
    systems: [{ id: 'hr', connection: { env: 'HR' }, ...system }],
    plans: [{ plan: 'one', systems: [{ system: 'hr' }] }],
  });
  return systemTerms(site.systems[0]!);
};
const base = { base: 'dc=example,dc=com' };

test.each([
  [
    { kind: 'postgres', readOnly: true, limits: { connections: 2 } },
    [
      'is opened read-only, so nothing is changed in it',
      'has at most 2 connections of a worker that grants and revokes',
      'ends a statement of a metric after 30 seconds',
    ],
  ],
  [{ kind: 'ldap', groups: base, accounts: base }, ['is not measured, because the site file does not allow it (probe)']],
  [
    { kind: 'scim', groups: { soleWriter: true }, withoutRevoke: 'leave', probe: { accounts: ['one', 'two'] } },
    [
      'is measured again after 30 days',
      'is changed by Rolewave alone, as far as plans grant something in it (soleWriter)',
      'keeps what was granted when a rollback cannot tell whose it is (withoutRevoke: leave)',
    ],
  ],
  [
    { kind: 'keycloak', soleWriter: true, probe: { accounts: ['one', 'two'], days: 7 } },
    ['is measured again after 7 days', 'is changed by Rolewave alone, as far as plans grant something in it (soleWriter)'],
  ],
])('%j', (system, terms) => {
  expect(termsOf(system)).toEqual(terms);
});
