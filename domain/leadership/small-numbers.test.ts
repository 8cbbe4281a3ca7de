/** What the report says about few people: nothing, however it is asked. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adopted, fromMs, lineOf, packageIn, range, released, reportOf, share, taken, weekMs } from '../../test/support/leadership.ts';
import { readsNothing } from '../authority/who-reads.ts';
import type { LeadershipEntry } from './entry.ts';
import { requestsShown, type Asking } from './requests.ts';

const counts = { as: 'vera', sees: 'counts' } as const;
/** Of somebody whom the site does not let read: they see the plan because they have a part in it. */
const outside = (entry: LeadershipEntry): LeadershipEntry => ({
  ...entry,
  board: { ...entry.board, reading: { ...entry.board.reading, parts: new Set(['cohort'] as const) } },
});
const many = (team: string, id = team) => released(team, { ...counts, id, people: 8, taken: [taken(0, [adopted(6, 8)])] });
const few = (team: string, id = team) => released(team, { ...counts, id, people: 3, taken: [taken(0, [adopted(1, 3)])] });

describe('a team of fewer than five people', () => {
  test('is among the other teams, and cannot be asked for by its name', () => {
    const entries = [many('finance'), many('hr'), few('legal'), few('audit')].map(outside);
    expect(reportOf(entries).teams.map(({ team, teams }) => [team, teams])).toEqual([
      ['finance', 1],
      ['hr', 1],
      ['', 2],
    ]);
    const [folded, none, other] = ['legal', 'nowhere', ''].map((team) => reportOf(entries, { team }));
    expect([folded!.teams, folded!.unknownTeam, folded!.packages]).toEqual([[], true, []]);
    expect({ ...folded, team: '' }).toEqual({ ...none, team: '' });
    expect(other!.teams).toEqual([]);
  });

  test('takes the next smallest team with it while those are too few', () => {
    expect(reportOf([many('finance'), few('legal')].map(outside)).teams.map(({ team, teams }) => [team, teams])).toEqual([['', 2]]);
  });

  test('is a row for those who act for it', () => {
    expect(reportOf([many('finance'), released('legal', { people: 3 })]).teams.map(({ team }) => team)).toEqual(['finance', 'legal']);
  });

  test('counts each person once, however many packages they have', () => {
    const cohort = Uint32Array.of(1, 2, 3);
    const twice = ['one', 'two'].map((id) => outside(released('legal', { ...counts, id, people: 3, facts: { cohort, people: 3 } })));
    expect(reportOf([outside(many('finance')), ...twice]).teams.map(({ team }) => team)).toEqual(['']);
  });
});

describe('a number about fewer than five people', () => {
  test('is left out of every sum, and the sums say of how many packages', () => {
    const report = reportOf([many('finance'), few('legal')].map(outside));
    for (const { adoption } of [report.teams[0]!, report.periods[0]!])
      expect(adoption).toEqual({ packages: 2, measured: 2, beyond: 0, share: { count: 6, of: 8 }, withheld: 1 });
    expect(lineOf(report, 'adoption')).toBe(
      '6 of 8 people with the new access (75 %) use it; none is beyond its bound; one package with fewer than five people is not counted.',
    );
  });

  test('is left out by name as well, for those whom the site lets read the plan', () => {
    const [legal] = reportOf([few('legal')]).packages;
    expect(legal?.adoption).toEqual({ packages: 1, measured: 1, beyond: 0, withheld: 1 });
    expect(reportOf([released('legal', { people: 3, taken: [taken(0, [adopted(1, 3)])] })]).packages[0]?.adoption.share).toEqual({ count: 1, of: 3 });
  });

  test('is left out where a large package was narrowed to a few', () => {
    const pilot = outside(released('finance', { ...counts, people: 9, taken: [taken(0, [adopted(2, 3)])] }));
    expect(reportOf([pilot]).periods[0]?.adoption).not.toHaveProperty('share');
  });

  test('cannot be worked out from any two answers: every sum is one of packages that are large enough', () => {
    const size = fc.integer({ min: 1, max: 9 });
    const one = fc.record({ people: size, team: fc.constantFrom('a', 'b', 'c'), periods: fc.uniqueArray(fc.integer({ min: 0, max: 2 })) });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }), (packages, team) => {
        // The count of each package is a bit of its own, so a sum says which packages are in it.
        const entries = packages.map(({ people, team: of, periods }, index) =>
          outside(
            released(of, {
              ...counts,
              id: `p${index}`,
              people,
              taken: periods
                .toSorted((one, next) => one - next)
                .map((period) => taken(period, [share('close-exceptions', 2 ** index, 1_000), adopted(people, people)])),
            }),
          ),
        );
        const report = reportOf(entries, { team });
        for (const { exceptions, adoption } of [...report.teams, ...report.periods, ...report.packages]) {
          const within = packages.filter((_, index) => (exceptions.share?.count ?? 0) & (2 ** index));
          expect(within.every(({ people }) => people >= 5)).toBe(true);
          expect(adoption.share?.of ?? 5).toBeGreaterThanOrEqual(5);
        }
      }),
    );
  });
});

test('packages are named for their own team, for those who act, and for those whom the site lets read; the others are counted', () => {
  const named = (entries: LeadershipEntry[]) => {
    const { packages, elsewhere } = reportOf(entries);
    return [packages.map(({ package: id }) => id), elsewhere];
  };
  const all = [many('finance', 'close'), many('hr', 'intake')];
  expect(named(all)).toEqual([['close', 'intake'], 0]);
  expect(named(all.map(outside))).toEqual([[], 2]);
  // eva is of the finance team.
  const ofEva = all.map((entry) => outside({ ...entry, board: { ...entry.board, reader: { id: 'eva', name: 'Eva' } } }));
  expect(named(ofEva)).toEqual([['close'], 1]);
  expect(reportOf(ofEva).teams.map(({ team, own }) => [team, own])).toEqual([
    ['finance', true],
    ['hr', undefined],
  ]);
  expect(named([packageIn('hr', { id: 'intake' })])).toEqual([['intake'], 0]);
});

describe('how long answers took', () => {
  const asking = (person: string, tookMs?: number, atMs = fromMs): Asking => ({
    plan: 'small',
    wave: 'first',
    package: 'closing',
    to: [person],
    openedAtMs: atMs,
    withdrawn: false,
    ...(tookMs === undefined ? {} : { answeredAtMs: atMs + tookMs }),
  });
  const five = ['a', 'b', 'c', 'd', 'e'].map((person, index) => asking(person, (index + 1) * 3_600_000));
  const readings = new Map([['small', { ...readsNothing('small'), sees: true }]]);

  test('is the half of the answers of five people or more', () => {
    expect(reportOf([], { asked: [...five, asking('f')], readings }).periods.map(({ requests }) => requests)).toEqual([
      { opened: 6, answered: 5, open: 1, medianMs: 3 * 3_600_000 },
      { opened: 0, answered: 0, open: 0 },
      { opened: 0, answered: 0, open: 0 },
    ]);
  });
  test('is not said of fewer, in any period, nor of one team', () => {
    const asked = [...five, asking('a', 60_000, fromMs + weekMs)];
    expect(reportOf([], { asked, readings }).periods.map(({ requests }) => requests?.medianMs)).toEqual([3 * 3_600_000, undefined, undefined]);
    expect(lineOf(reportOf([], { asked: asked.slice(1, 4), readings }), 'decisions')).toBe('No data on requests: fewer than five people were asked.');
    const ofTeam = reportOf([many('finance')], { asked, readings, team: 'finance' });
    expect(ofTeam.periods.some(({ requests }) => requests !== undefined)).toBe(false);
  });
  test('is not said where five were asked and one answered', () => {
    const asked = ['a', 'b', 'c', 'd'].map((person) => asking(person)).concat(asking('e', 60_000));
    expect(reportOf([], { asked, readings }).periods[0]?.requests).toEqual({ opened: 5, answered: 1, open: 4 });
  });
  test('is said to those who act there, of whomever', () => {
    expect(reportOf([packageIn('finance')], { asked: [asking('a', 60_000)] }).periods[0]?.requests?.medianMs).toBe(60_000);
  });
});

test('no person is in it but the reader, to anyone', () => {
  for (const entry of [released('finance', { taken: [taken(0, [adopted(4, 6)])] }), many('finance')]) {
    const { reader: _reader, ...report } = reportOf([entry], { range });
    expect(JSON.stringify(report)).not.toMatch(/\b(ana|Silva|eva|viktor|ines|vera)\b/i);
  }
});

test('requests of a few people under one right of the site are counted nowhere, however many somebody adds under another', () => {
  const seen = (plan: string) => [plan, { ...readsNothing(plan), sees: true, right: plan }] as const;
  const readings = new Map([seen('mine'), seen('theirs')]);
  const asked = (plan: string, count: number): Asking[] =>
    Array.from({ length: count }, (_, at) => ({ plan, to: [`${plan}-${at}`], openedAtMs: 1, answeredAtMs: 2 + at, withdrawn: false }));
  const stretch = { fromMs: 0, untilMs: 10 };
  const theirs = requestsShown(asked('theirs', 6), readings, stretch);
  expect(theirs).toMatchObject({ opened: 6, answered: 6 });
  expect(requestsShown([...asked('mine', 4), ...asked('theirs', 6)], readings, stretch)).toEqual(theirs);
  expect(requestsShown(asked('mine', 4), readings, stretch)).toBeUndefined();
  expect(requestsShown([...asked('mine', 5), ...asked('theirs', 6)], readings, stretch)).toMatchObject({ opened: 11 });
});
