import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { site } from '../../test/support/site.ts';
import { firstSite } from './first-site.ts';
import { peopleNamedBy } from './people.ts';
import { siteSchema } from './schema.ts';

test('people are named with each thing that the site lets them do, once, and groups are no people', () => {
  const named = peopleNamedBy(
    site({
      administrators: { people: ['root'], groups: ['platform'] },
      plans: [
        { plan: 'finance-*', apply: { people: ['ines', 'root'] }, read: { people: ['audit', 'ines'], groups: ['auditors'] } },
        { plan: '*', apply: { groups: ['operators'] }, read: { people: ['audit'] } },
      ],
    }),
  );
  expect([...named]).toEqual([
    ['root', ['administrator of the site', 'may apply finance-*']],
    ['ines', ['may apply finance-*', 'may read finance-*']],
    ['audit', ['may read finance-*', 'may read every plan']],
  ]);
});

test('the administrator of a first site file is among them', () => {
  const named = peopleNamedBy(siteSchema.parse(parse(firstSite({ administrator: 'kim' }))));
  expect(named.get('kim')).toEqual(['administrator of the site', 'may apply every plan']);
});
