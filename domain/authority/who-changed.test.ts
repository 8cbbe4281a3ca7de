/** All who wrote a part of what is signed are among those who changed it, also where somebody else brings that part to it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metric, people, plan, roles, watch, type PackageInput, type PlanChange, type WaveInput } from '../../test/support/plan.ts';
import type { Plan } from '../plan/schema.ts';
import type { RevisionRecord } from '../views/revision.ts';
import { whoChanged } from './who-changed.ts';
import { Writers } from './written-parts.ts';

const recordOf = (changedBy: RevisionRecord['changedBy']): RevisionRecord => ({ changedBy, consentedBy: [] });
const ofPackages = (...args: Parameters<typeof whoChanged>) => whoChanged(...args).changedBy;

/** Revisions one after the other, each by who applied it. */
function applied(...revisions: [by: string, document: Plan][]): RevisionRecord {
  let before: { document: Plan; record: RevisionRecord } | undefined;
  for (const [index, [by, document]] of revisions.entries()) before = { document, record: { ...whoChanged(before, document, by, index + 1), consentedBy: [] } };
  if (!before) throw new Error('nothing was applied');
  return before.record;
}
const changers = (record: RevisionRecord, id: string): string[] => (record.changedBy[id] ?? []).map(({ by }) => by);

describe('who changed a package', () => {
  const two: PlanChange = { packages: [{}, { id: 'posters' }] };
  const before = { document: plan(two), record: recordOf({ clerks: [{ by: 'hugo', revision: 1 }], posters: [{ by: 'ines', revision: 1 }] }) };

  test('in the first revision is its applier, for every package and every other part', () => {
    const first = [{ by: 'ines', revision: 1 }];
    expect(whoChanged(undefined, plan(two), 'ines', 1)).toEqual({ changedBy: { clerks: first, posters: first }, parts: { first, changes: [] } });
  });

  test('is added, last, where what is signed differs, and only there', () => {
    const after = plan({ packages: [{ cohort: ['ann'] }, { id: 'posters' }] });
    expect(ofPackages(before, after, 'ines', 2)).toEqual({
      clerks: [
        { by: 'hugo', revision: 1 },
        { by: 'ines', revision: 2 },
      ],
      posters: [{ by: 'ines', revision: 1 }],
    });
    expect(ofPackages(before, plan({ packages: [{ maintenanceNote: 'Another' }, { id: 'posters' }] }), 'ines', 2)).toEqual(before.record.changedBy);
  });

  test('who changes it again is named once, with the last revision', () => {
    const after = plan({ packages: [{}, { id: 'posters', cohort: ['ann'] }] });
    expect(ofPackages(before, after, 'ines', 3)['posters']).toEqual([{ by: 'ines', revision: 3 }]);
  });

  test('is named when the package comes into another wave, leaves one, or is new', () => {
    const waves = (second: NonNullable<PlanChange['waves']>): PlanChange => ({ ...two, waves: second });
    const one = { document: plan(two), record: recordOf({}) };
    const more = plan(waves([{ packages: [{ package: 'clerks' }, { package: 'posters' }] }, { packages: [{ package: 'clerks', change: 'revise' }] }]));
    expect(ofPackages(one, more, 'ines', 2)).toEqual({ clerks: [{ by: 'ines', revision: 2 }], posters: [] });
    expect(ofPackages({ document: more, record: recordOf({}) }, plan(two), 'ines', 2)).toEqual({ clerks: [{ by: 'ines', revision: 2 }], posters: [] });
    expect(ofPackages({ document: plan(), record: recordOf({}) }, plan(two), 'ines', 2)).toEqual({ clerks: [], posters: [{ by: 'ines', revision: 2 }] });
  });

  test('a new role or system of a package, of which the plan has neither limit nor rule, is no work of who applied the first revision', () => {
    const first = { document: plan(two), record: applied(['ines', plan(two)]) };
    const more = plan({ packages: [{ entitlements: [...plan(two).packages[0]!.entitlements, { system: 'erp', role: 'poster' }] }, { id: 'posters' }] });
    expect(ofPackages(first, more, 'hugo', 2)['clerks']).toEqual([
      { by: 'ines', revision: 1 },
      { by: 'hugo', revision: 2 },
    ]);
  });

  test('a package whose entry in a second wave differs was changed', () => {
    const waves = (change: 'revise' | 'retire') => plan({ waves: [{}, { packages: [{ package: 'clerks', change }] }] });
    expect(ofPackages({ document: waves('revise'), record: recordOf({}) }, waves('retire'), 'ines', 2)).toEqual({ clerks: [{ by: 'ines', revision: 2 }] });
  });

  test('ids that are names of properties are ids like any other', () => {
    const document = (id: string) => plan({ packages: [{}, { id }], people: people('olga', 'ines', 'hugo', 'ann', 'ben', 'cem', '__proto__') });
    const record = applied(['ines', plan()], ['hugo', document('constructor')], ['ines', plan()], ['ines', document('constructor')]);
    expect(changers(record, 'constructor')).toEqual(['hugo', 'ines']);
  });
});

describe('what somebody wrote before a package named it counts once the package names it', () => {
  const systems = ['erp', 'lab'];
  const usual = people('olga', 'ines', 'hugo', 'ann', 'ben', 'pia');
  const clerks: Partial<PackageInput> = { cohort: ['ann'], legacy: [] };
  const inWave: Partial<WaveInput> = { packages: [{ package: 'clerks' }] };
  const base = ({ packages = [clerks], waves = [inWave], ...change }: PlanChange = {}): Plan => plan({ systems, people: usual, packages, waves, ...change });
  const withAccount = usual.map((each) => (each.id === 'ben' ? { ...each, accounts: { lab: 'olga2' } } : each));
  const inLab: Partial<PackageInput> = { ...clerks, entitlements: roles('lab', 'nurse') };
  const exceptions = [{ person: 'ben', reason: 'olga says so', until: '2099-01-01' }];
  const rule = { id: 'both', reason: 'r', entitlements: [...roles('erp', 'clerk'), ...roles('lab', 'nurse')] };
  const ofLab = { ...rule, entitlements: roles('lab', 'nurse', 'cook') };
  const rate = (value: number) => [metric('errors', { provider: { kind: 'fixed', value } })];
  const watched = { ...clerks, watch: watch('14d', 'errors') };
  const spare: Partial<PackageInput> = { id: 'spare', owner: 'ines', cohort: ['pia'], legacy: [] };
  const other = { packages: [{ package: 'spare' }] };

  test.each<[what: string, first: PlanChange, olga: PlanChange, hugo: PlanChange]>([
    ['a package in no wave', {}, { packages: [clerks, spare] }, { packages: [clerks, spare], waves: [inWave, other] }],
    ['an account of a person who joins', {}, { people: withAccount }, { people: withAccount, packages: [{ ...inLab, cohort: ['ann', 'ben'] }] }],
    [
      'an account in a system that the package comes to use',
      { packages: [{ ...clerks, cohort: ['ben'] }] },
      { packages: [{ ...clerks, cohort: ['ben'] }], people: withAccount },
      { people: withAccount, packages: [{ ...inLab, cohort: ['ben'] }] },
    ],
    [
      'an account in the system that is asked who is in the cohort',
      { packages: [{ ...clerks, cohort: ['ben'] }] },
      { packages: [{ ...clerks, cohort: ['ben'] }], people: withAccount },
      { people: withAccount, packages: [{ ...clerks, cohort: ['ben'], cohortQuery: { system: 'lab', filter: '(a=b)' } }] },
    ],
    [
      'a person who is new in the plan',
      {},
      { people: [...usual, ...people('olga2')] },
      { people: [...usual, ...people('olga2')], packages: [{ ...clerks, cohort: ['ann', 'olga2'] }] },
    ],
    ['a metric', {}, { metrics: rate(1) }, { metrics: rate(1), packages: [watched] }],
    ['a metric that was changed', { metrics: rate(1) }, { metrics: rate(2) }, { metrics: rate(2), packages: [watched] }],
    [
      'a limit',
      { blastRadius: [{ system: 'lab', maxPeople: 1 }] },
      { blastRadius: [{ system: 'lab', maxPeople: 99 }] },
      { blastRadius: [{ system: 'lab', maxPeople: 99 }], packages: [inLab] },
    ],
    ['a limit that was removed', { blastRadius: [{ system: 'lab', maxPeople: 1 }] }, {}, { packages: [inLab] }],
    [
      'a rule',
      { incompatible: [ofLab] },
      { incompatible: [{ ...ofLab, entitlements: roles('lab', 'nurse', 'guard') }] },
      { incompatible: [{ ...ofLab, entitlements: roles('lab', 'nurse', 'guard') }], packages: [inLab] },
    ],
    ['a rule that was removed', { incompatible: [ofLab] }, {}, { packages: [inLab] }],
    [
      'an exception of a person who joins',
      { incompatible: [rule] },
      { incompatible: [{ ...rule, exceptions }] },
      { incompatible: [{ ...rule, exceptions }], packages: [{ ...clerks, cohort: ['ann', 'ben'] }] },
    ],
    [
      'the terms of a wave',
      { packages: [clerks, spare], waves: [inWave, { ...other, alsoSigns: ['pia'] }] },
      { packages: [clerks, spare], waves: [inWave, { ...other, tolerance: 9 }] },
      { packages: [clerks, spare], waves: [{ id: 'wave-2', tolerance: 9, packages: [{ package: 'spare' }, { package: 'clerks' }] }] },
    ],
    [
      'the limits of everything that is released, when it changes',
      { blastRadius: [{ system: 'lab', maxPeople: 1 }] },
      { blastRadius: [{ system: 'lab', maxPeople: 99 }] },
      { blastRadius: [{ system: 'lab', maxPeople: 99 }], waves: [inWave, { packages: [{ package: 'clerks', change: 'revise' }] }] },
    ],
  ])('%s', (what, first, olga, hugo) => {
    const record = applied(['ines', base(first)], ['olga', base(olga)], ['hugo', base(hugo)]);
    const id = what === 'a package in no wave' ? 'spare' : 'clerks';
    expect(changers(record, id)).toContain('olga');
    expect(changers(record, id).at(-1)).toBe('hugo');
    // As of the revision that brought it: a release in between did not cover it.
    expect(record.changedBy[id]).toEqual(id === 'spare' ? expect.anything() : expect.arrayContaining([{ by: 'olga', revision: 3 }]));
  });

  test('who changed something else does not count', () => {
    const elsewhere = usual.map((each) =>
      each.id === 'pia' ? { ...each, accounts: { erp: 'pia2' } } : each.id === 'ben' ? { ...each, accounts: { lab: 'b' } } : each,
    );
    const joins = { people: elsewhere, packages: [{ ...clerks, cohort: ['ann', 'ben'] }] };
    expect(changers(applied(['ines', base()], ['olga', base({ people: elsewhere })], ['hugo', base(joins)]), 'clerks')).toEqual(['ines', 'hugo']);
    // Written by the one after her as a whole.
    const again = usual.map((each) => (each.id === 'ben' ? { ...each, accounts: { erp: 'ben2' } } : each));
    const record = applied(
      ['olga', base()],
      ['ines', base({ people: again })],
      ['hugo', base({ people: again, packages: [{ ...clerks, cohort: ['ann', 'ben'] }] })],
    );
    expect(record.changedBy['clerks']).toEqual([
      { by: 'olga', revision: 1 },
      { by: 'ines', revision: 3 },
      { by: 'hugo', revision: 3 },
    ]);
  });

  test('a package, a person or a limit that left keeps who wrote it for when it comes back', () => {
    const withSpare = base({ packages: [clerks, spare], waves: [inWave, other] });
    expect(applied(['olga', withSpare], ['hugo', base()], ['ines', base()], ['ines', withSpare]).changedBy['spare']).toEqual([
      { by: 'olga', revision: 4 },
      { by: 'ines', revision: 4 },
    ]);
    // Who wrote the package alone, and neither accounts nor its wave, keeps their revision.
    const beside = base({ packages: [clerks, spare], waves: [{ packages: [{ package: 'clerks' }, { package: 'spare' }] }] });
    expect(applied(['ines', base()], ['olga', beside], ['hugo', base()], ['ines', beside]).changedBy['spare']).toEqual([
      { by: 'olga', revision: 2 },
      { by: 'ines', revision: 4 },
    ]);
    const joined = base({ people: withAccount, packages: [{ ...inLab, cohort: ['ann', 'ben'] }] });
    const without = base({ people: usual.filter(({ id }) => id !== 'ben') });
    expect(
      changers(applied(['olga', base({ people: withAccount })], ['ines', base({ people: withAccount })], ['ines', without], ['hugo', joined]), 'clerks'),
    ).toEqual(['olga', 'hugo']);
    const limited = (maxPeople: number, change: PlanChange = {}) => base({ blastRadius: [{ system: 'lab', maxPeople }], ...change });
    const record = applied(['ines', base()], ['olga', limited(99)], ['ines', base()], ['ines', limited(99)], ['hugo', limited(99, { packages: [inLab] })]);
    expect(changers(record, 'clerks')).toEqual(['ines', 'olga', 'hugo']);
  });

  test('an exception that left with its rule keeps who wrote it for when both come back', () => {
    const excepted = base({ incompatible: [{ ...rule, exceptions }] });
    const joined = base({ incompatible: [{ ...rule, exceptions }], packages: [{ ...clerks, cohort: ['ann', 'ben'] }] });
    const record = applied(['olga', excepted], ['ines', base()], ['ines', excepted], ['hugo', joined]);
    expect(new Writers(record.parts ?? { first: [], changes: [] }).of(`exception ${rule.id} ben`)).toEqual(['olga', 'ines']);
  });

  test('a revision from before this was kept counts nobody for what was there then, and everybody from then on', () => {
    const document = base();
    const old = recordOf({ clerks: [{ by: 'ines', revision: 4 }] });
    const joins = base({ packages: [{ ...clerks, cohort: ['ann', 'ben'] }] });
    expect(ofPackages({ document, record: old }, joins, 'hugo', 5)['clerks']).toEqual([
      { by: 'ines', revision: 4 },
      { by: 'hugo', revision: 5 },
    ]);
    const next = {
      document: base({ people: withAccount }),
      record: { ...whoChanged({ document, record: old }, base({ people: withAccount }), 'olga', 5), consentedBy: [] },
    };
    const after = base({ people: withAccount, packages: [{ ...inLab, cohort: ['ann', 'ben'] }] });
    expect(ofPackages(next, after, 'hugo', 6)['clerks']?.map(({ by }) => by)).toEqual(['ines', 'olga', 'hugo']);
  });
});

describe('names that are too many', () => {
  const many = (by: string, revision: number, ...of: string[]) => ({ by, revision, of });

  test('are forgotten from the oldest on, and who changed those counts for every part', () => {
    const writers = new Writers({ first: [], changes: [many('olga', 2, 'metric a', 'metric b'), many('hugo', 3, 'metric b')] });
    const parts = writers.record(10);
    expect(parts.changes).toEqual([many('olga', 2, '*'), many('hugo', 3, 'metric b')]);
    const read = new Writers(parts);
    expect([read.of('metric a'), read.of('metric b'), read.ofAccount('ann', 'erp')]).toEqual([['olga'], ['hugo', 'olga'], ['olga']]);
    expect(read.take('package new')).toEqual([{ by: 'olga', revision: 2 }]);
    expect(new Writers(read.record(10)).record(10)).toEqual(parts);
  });

  test('a record is no longer than that, however many accounts change', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => `somebody.with.a.long.name.${index}@company.example`);
    const document = (suffix: string) => {
      const made = plan();
      return {
        ...made,
        people: [...made.people, ...ids.map((id) => ({ id, name: id, team: 'finance', accounts: { erp: `${id}${suffix}`, lab: `${id}${suffix}` } }))],
      };
    };
    const record = applied(['ines', document('')], ['hugo', document('1')], ['olga', document('2')]);
    expect(JSON.stringify(record).length).toBeLessThan(2_000_000);
    expect(new Writers(record.parts ?? { first: [], changes: [] }).ofAccount(ids[0] ?? '', 'erp')).toEqual(expect.arrayContaining(['hugo', 'olga']));
  });
});

test('the last writer of a part that is signed is counted, and nobody who wrote nothing that it ever named, in any order of changes', () => {
  const cohort = ['ann', 'ben', 'cem'];
  const edit = fc.oneof(
    fc.record({
      kind: fc.constant('account' as const),
      person: fc.constantFrom(...cohort),
      system: fc.constantFrom('erp', 'lab'),
      to: fc.constantFrom('x', 'y', 'z'),
    }),
    fc.record({ kind: fc.constant('limit' as const), system: fc.constantFrom('erp', 'lab'), to: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ kind: fc.constant('cohort' as const), to: fc.subarray(cohort, { minLength: 1 }) }),
    fc.record({ kind: fc.constant('system' as const), to: fc.constantFrom('erp', 'lab') }),
    fc.record({ kind: fc.constant('wave' as const), to: fc.boolean() }),
  );
  const step = fc.record({ by: fc.constantFrom('ines', 'hugo', 'olga'), edit });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const accounts = new Map<string, string>();
      const limits = new Map<string, number>([
        ['erp', 9],
        ['lab', 9],
      ]);
      const last = new Map<string, string>();
      // Who has written a part that the package names at some time, or changed what it names.
      const wrote = new Map<string, Set<string>>();
      const concerned = new Set(['ines']);
      const concerns = () => {
        for (const part of [...members.map((person) => `${person} ${system}`), `limit ${system}`]) for (const by of wrote.get(part) ?? []) concerned.add(by);
      };
      let [members, system, inWave] = [['ann'], 'erp', true];
      const document = () =>
        plan({
          systems: ['erp', 'lab'],
          people: people('olga', 'ines', 'hugo', ...cohort).map((person) => ({
            ...person,
            accounts: Object.fromEntries(
              ['erp', 'lab'].flatMap((each) => (accounts.has(`${person.id} ${each}`) ? [[each, `${person.id}-${accounts.get(`${person.id} ${each}`)}`]] : [])),
            ),
          })),
          blastRadius: [...limits].map(([each, maxPeople]) => ({ system: each, maxPeople })),
          packages: [
            { cohort: members, legacy: [], entitlements: roles(system, 'clerk') },
            { id: 'spare', cohort: ['ann'], legacy: [] },
          ],
          waves: [{ packages: [...(inWave ? [{ package: 'clerks' }] : []), { package: 'spare' }] }],
        });
      const revisions: [string, Plan][] = [['ines', document()]];
      const set = <T>(map: Map<string, T>, key: string, to: T, part: string, by: string) => {
        if (map.get(key) !== to) {
          last.set(part, by);
          wrote.set(part, (wrote.get(part) ?? new Set()).add(by));
        }
        map.set(key, to);
      };
      for (const { by, edit: one } of steps) {
        if (one.kind === 'account') set(accounts, `${one.person} ${one.system}`, one.to, `${one.person} ${one.system}`, by);
        if (one.kind === 'limit') set(limits, one.system, one.to, `limit ${one.system}`, by);
        const named = JSON.stringify([members, system, inWave]);
        if (one.kind === 'cohort') members = one.to;
        if (one.kind === 'system') system = one.to;
        if (one.kind === 'wave') inWave = one.to;
        if (JSON.stringify([members, system, inWave]) !== named) concerned.add(by);
        concerns();
        revisions.push([by, document()]);
      }
      const counted = changers(applied(...revisions), 'clerks');
      for (const part of [...members.map((person) => `${person} ${system}`), `limit ${system}`]) expect(counted).toContain(last.get(part) ?? 'ines');
      // And nobody else.
      expect(counted.filter((by) => !concerned.has(by))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
