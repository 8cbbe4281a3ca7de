import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { people, plan } from '../../test/support/plan.ts';
import { siteSchema } from '../site/schema.ts';
import { partsIn, readingOf, readsAt, readsNothing, readsPackage, readsWave, readsWholeWave, writtenIn, type Part } from './who-reads.ts';

const site = siteSchema.parse({
  site: 'acme',
  administrators: { people: ['root'], groups: ['iam'] },
  systems: [{ id: 'erp', kind: 'none' }],
  plans: [{ plan: 'test', apply: { groups: ['teams'] }, read: { groups: ['audit'] }, systems: [{ system: 'erp' }] }],
});
const ids = ['ops', 'call', 'hana', 'omar', 'dele', 'late', 'narrow', 'sig', 'lift', 'drill', 'keeper', 'p1', 'nobody'];
const written = plan({
  people: people(...ids),
  operators: ['ops', 'call'],
  notices: { onCall: ['call'] },
  delegates: [
    { of: 'hana', to: 'dele', until: '2026-05-01' },
    { of: 'hana', to: 'late', until: '2026-04-01' },
    { of: 'hana', to: 'narrow', until: '2026-05-01', packages: ['payroll'] },
  ],
  packages: [
    { id: 'finance', owner: 'hana', cohort: ['p1'], requires: { drill: { validFor: '30d', timebox: '1h', signedBy: 'drill' } } },
    { id: 'payroll', owner: 'hana', cohort: ['p1'] },
    { id: 'posting', owner: 'omar', cohort: ['p1'], rollback: { claims: { by: ['keeper'] } } },
  ],
  waves: [
    { alsoSigns: ['sig'], packages: [{ package: 'finance' }, { package: 'posting' }] },
    { status: 'on-hold', hold: { reason: 'busy', liftedBy: ['lift'], approvals: 1 }, packages: [{ package: 'payroll' }] },
  ],
});
const now = Date.parse('2026-04-10');
const reads = (id: string, groups: string[] = [], at = now) => readingOf(site, partsIn(writtenIn(written)), { id, groups }, at);

type Case = [who: string, id: string, groups: string[], parts: Part[], full: string];
const cases: Case[] = [
  ['an administrator of the site', 'root', [], ['administrator', 'viewer'], 'all'],
  ['an administrator by a group', 'x', ['iam'], ['administrator', 'viewer'], 'all'],
  ['an operator', 'ops', [], ['operator'], 'all'],
  ['an operator on call', 'call', [], ['operator'], 'all'],
  ['a viewer by the site', 'x', ['audit'], ['viewer'], ''],
  ['someone whom the site lets apply the plan', 'x', ['teams'], ['viewer'], ''],
  ['an owner', 'hana', [], ['owner'], 'finance payroll'],
  ['another owner', 'omar', [], ['owner'], 'posting'],
  ['a delegate', 'dele', [], ['delegate'], 'finance payroll'],
  ['a delegate for one package', 'narrow', [], ['delegate'], 'payroll'],
  ['a delegate whose delegation has ended', 'late', [], ['expired delegate'], ''],
  ['someone who may claim its access', 'keeper', [], ['claimant'], 'posting'],
  ['a co-signer', 'sig', [], ['co-signer'], 'finance posting'],
  ['someone who lifts a hold', 'lift', [], ['lifts the hold'], 'payroll'],
  ['someone who signs a drill', 'drill', [], ['signs the drill'], 'finance'],
  ['someone of the cohort', 'p1', [], ['cohort'], ''],
];

test.each(cases)('%s reads in full what they act in, and sees the rest', (_who, id, groups, parts, full) => {
  const reading = reads(id, groups);
  expect([...reading.parts]).toEqual(parts);
  expect(reading.sees).toBe(true);
  expect(reading.acts).toBe(full !== '');
  expect(reading.all).toBe(full === 'all');
  const places = [
    ['wave-1', 'finance'],
    ['wave-1', 'posting'],
    ['wave-2', 'payroll'],
  ] as const;
  const inFull = places.filter(([wave, id]) => readsPackage(reading, wave, id)).map(([, id]) => id);
  expect(inFull.toSorted()).toEqual((full === 'all' ? 'finance payroll posting' : full).split(' ').filter(Boolean));
});

it('someone who is only listed among the people, and a stranger in other groups, see nothing, as of a plan that does not exist', () => {
  for (const reading of [reads('nobody'), reads('x', ['ops', 'hana'])]) expect(reading).toEqual(readsNothing('test'));
});

it('a person called as a group, or a group called as a person, is neither', () => {
  expect(reads('iam').sees).toBe(false);
  expect(reads('x', ['root']).sees).toBe(false);
});

it('a delegation ends at its instant', () => {
  const end = Date.parse('2026-05-01');
  expect(reads('dele', [], end - 1).acts).toBe(true);
  expect(reads('dele', [], end)).toMatchObject({ sees: true, acts: false });
});

describe('what concerns a wave as a whole', () => {
  it('is for those who act for one of its packages, and all of it for co-signers and operators', () => {
    const as = (id: string) => (['wave-1', 'wave-2'] as const).map((wave) => [readsWave(reads(id), wave), readsWholeWave(reads(id), wave)]);
    expect(as('omar')).toEqual([
      [true, false],
      [false, false],
    ]);
    expect(as('sig')).toEqual([
      [true, true],
      [false, false],
    ]);
    expect(as('ops').flat()).toEqual([true, true, true, true]);
    expect(as('p1').flat()).toEqual([false, false, false, false]);
  });

  it('a wave or a package that the plan no longer has is for its operators and its owner', () => {
    expect(readsAt(reads('ops'), { wave: 'gone', package: 'gone' })).toBe(true);
    expect(readsAt(reads('hana'), { wave: 'gone', package: 'finance' })).toBe(true);
    expect(readsAt(reads('sig'), { wave: 'gone', package: 'finance' })).toBe(false);
  });

  it('records of the plan as a whole are for those who act in it', () => {
    expect(['ops', 'omar', 'sig', 'late', 'p1'].map((id) => readsAt(reads(id), {}))).toEqual([true, true, true, false, false]);
  });
});

it('nobody reads in full without having a part that acts', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ids, 'root', 'x'), fc.subarray(['audit', 'teams', 'iam', 'ops']), (id, groups) => {
      const reading = reads(id, groups);
      const acting = [...reading.parts].some((part) => !['viewer', 'cohort', 'expired delegate'].includes(part));
      expect(reading.acts).toBe(acting);
      if (!acting) expect([reading.all, reading.packages.size, reading.waves.size, reading.partly.size]).toEqual([false, 0, 0, 0]);
    }),
  );
});

test('what a plan says of others is not looked through for somebody, however much it is', () => {
  const looked: string[] = [];
  const closed = <T extends object>(of: T): T =>
    new Proxy(of, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        if (key !== 'get' && key !== 'has') looked.push(String(key));
        return (...given: unknown[]) => (value as (...given: unknown[]) => unknown).apply(target, given);
      },
    });
  const parts = Object.fromEntries(Object.entries(partsIn(writtenIn(written))).map(([key, value]) => [key, typeof value === 'object' ? closed(value) : value]));
  for (const id of ['nobody', 'p1', 'dele', 'hana']) readingOf(site, parts as unknown as ReturnType<typeof partsIn>, { id, groups: [] }, now);
  expect(looked).toEqual([]);
});
