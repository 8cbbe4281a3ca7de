/** What a plan says about whom is shown to those who act for them. */
import { describe, expect, test } from 'vitest';
import { plan, roles, type PlanChange } from '../../test/support/plan.ts';
import type { Plan } from '../plan/schema.ts';
import { site } from '../../test/support/site.ts';
import { revisionAsRead, waveAsRead } from './as-read.ts';
import { actedIn, partsIn, readingOf, writtenIn } from './who-reads.ts';

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
  const shown = revisionAsRead(revision as never, reading, actedIn(document, 'olga'));
  expect(shown).toMatchObject({ shown: 'part' });
  const { blastRadius, incompatible } = 'document' in shown ? shown.document : document;
  expect(blastRadius).toEqual([{ system: 'erp', maxPeople: 5 }]);
  expect(incompatible).toMatchObject([{ id: 'clerk-and-guard', exceptions: [{ person: 'ann' }] }]);
  expect(JSON.stringify(incompatible)).not.toContain('cem');
});

describe('of an earlier revision', () => {
  const ofSite = site({ administrators: { people: ['root'] } });
  const clerks = { id: 'clerks', owner: 'olga', cohort: ['ann'], legacy: [] };
  const nurses = { id: 'nurses', owner: 'otto', cohort: ['ben'], legacy: [] };
  const of = (change: PlanChange) => plan({ packages: [clerks, nurses], ...change });
  const apart = (clerksIn: number, alsoSigns: string[] = []) => [
    { id: 'wave-1', alsoSigns, packages: [{ package: clerksIn === 1 ? 'clerks' : 'nurses' }] },
    { id: 'wave-2', packages: [{ package: clerksIn === 1 ? 'nurses' : 'clerks' }] },
  ];
  const before = of({ waves: apart(1) });
  const shownTo = (person: string, then: Plan, now: Plan, nowMs = 0) => {
    const revision = { plan: 'test', number: 1, digest: 'd', appliedAtMs: 0, appliedBy: 'ines', record: [], seal: 's', document: then };
    const reading = readingOf(ofSite, partsIn(writtenIn(now)), { id: person, groups: [] }, nowMs);
    const shown = revisionAsRead(revision as never, reading, actedIn(then, person));
    return 'document' in shown ? shown.document.packages.map(({ id }) => id) : [];
  };
  const delegate = (until: string) => [{ of: 'olga', to: 'dora', until }];

  test.each<[what: string, person: string, then: Plan, now: Plan, packages: string[]]>([
    ['a co-signer who came after the package had left reads nothing', 'sam', before, of({ waves: apart(2, ['sam']) }), []],
    ['a co-signer then and now reads what was in the wave', 'sam', of({ waves: apart(1, ['sam']) }), of({ waves: apart(2, ['sam']) }), ['clerks']],
    ['a co-signer who is none any more reads nothing', 'sam', of({ waves: apart(1, ['sam']) }), before, []],
    ['an owner then and now reads the package, wherever it is', 'olga', before, of({ waves: apart(2) }), ['clerks']],
    ['a new owner reads nothing from before', 'otto', before, of({ packages: [{ ...clerks, owner: 'otto' }, nurses], waves: apart(1) }), ['nurses']],
    ['an operator reads all', 'hugo', before, of({ operators: ['ines', 'hugo'] }), ['clerks', 'nurses']],
    [
      'someone who operated then reads what is theirs now',
      'hugo',
      before,
      of({ operators: ['ines'], packages: [{ ...clerks, owner: 'hugo' }, nurses] }),
      ['clerks'],
    ],
    [
      'a delegation that has expired, and was extended, counts for then',
      'dora',
      of({ delegates: delegate('2026-01-01') }),
      of({ delegates: delegate('2030-01-01') }),
      ['clerks'],
    ],
  ])('%s', (_what, person, then, now, packages) => {
    expect(shownTo(person, then, now, Date.UTC(2027, 0))).toEqual(packages);
  });
});

test('in a wave, a note about a package is read by those who read the package, and one about the wave by all who act in it', () => {
  const inOne = plan({
    packages: [
      { id: 'clerks', owner: 'olga', cohort: ['ann'], legacy: [] },
      { id: 'nurses', owner: 'otto', cohort: ['ben'], legacy: [] },
    ],
    waves: [{ alsoSigns: ['sam'] }],
  });
  const notes = [
    { by: 'ines', atMs: 1, text: 'of the wave' },
    { by: 'olga', atMs: 2, text: 'of the clerks', package: 'clerks' },
    { by: 'otto', atMs: 3, text: 'of the nurses', package: 'nurses' },
  ];
  const read = (person: string) => {
    const reading = readingOf(site({ administrators: { people: ['root'] } }), partsIn(writtenIn(inOne)), { id: person, groups: [] }, 0);
    return waveAsRead({ wave: 'wave-1', packages: [], refusals: [], notes } as never, reading, person);
  };
  const texts = (person: string) => (read(person) as { notes?: { text: string }[] }).notes?.map(({ text }) => text);
  expect(texts('olga')).toEqual(['of the wave', 'of the clerks']);
  expect(texts('otto')).toEqual(['of the wave', 'of the nurses']);
  for (const person of ['sam', 'ines', 'root']) expect(texts(person)).toHaveLength(3);
  expect(texts('ann')).toBeUndefined();
});
