/** What a plan says about whom is shown to those who act for them. */
import { expect, test } from 'vitest';
import { plan, roles } from '../../test/support/plan.ts';
import { site } from '../../test/support/site.ts';
import { revisionAsRead } from './as-read.ts';
import { partsIn, readingOf, writtenIn } from './who-reads.ts';

const pair = (one: string, other: string) => [...roles('erp', one), ...roles('lab', other)];
const document = plan({
  systems: ['erp', 'lab'],
  packages: [
    { id: 'clerks', owner: 'olga', cohort: ['ann'], entitlements: roles('erp', 'clerk'), legacy: [] },
    { id: 'nurses', owner: 'otto', cohort: ['ben'], entitlements: roles('lab', 'nurse'), legacy: [] },
  ],
  waves: [{ packages: [{ package: 'clerks' }] }, { packages: [{ package: 'nurses' }] }],
  blastRadius: [
    { system: 'erp', maxPeople: 5 },
    { system: 'lab', maxPeople: 7 },
  ],
  incompatible: [
    {
      id: 'clerk-and-guard',
      reason: 'r',
      entitlements: pair('clerk', 'guard'),
      exceptions: [
        { person: 'ann', reason: 'of ann', until: '2027-01-01' },
        { person: 'cem', reason: 'of cem', until: '2027-01-01' },
      ],
    },
    { id: 'nurse-and-cook', reason: 'r', entitlements: pair('cook', 'nurse') },
  ],
});

test('the owner of one package reads the limits of its systems, the rules that concern it, and the exceptions of its people', () => {
  const revision = { plan: 'test', number: 1, digest: 'd', appliedAtMs: 0, appliedBy: 'ines', record: [], seal: 's', document };
  const reading = readingOf(site({ administrators: { people: ['root'] } }), partsIn(writtenIn(document)), { id: 'olga', groups: [] }, 0);
  const shown = revisionAsRead(revision as never, reading);
  expect(shown).toMatchObject({ shown: 'part' });
  const { blastRadius, incompatible } = 'document' in shown ? shown.document : document;
  expect(blastRadius).toEqual([{ system: 'erp', maxPeople: 5 }]);
  expect(incompatible).toMatchObject([{ id: 'clerk-and-guard', exceptions: [{ person: 'ann' }] }]);
  expect(JSON.stringify(incompatible)).not.toContain('cem');
});
