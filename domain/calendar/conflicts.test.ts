import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarConflict } from '../views/calendar.ts';
import { conflictsOf, type Launch } from './conflicts.ts';

const dayMs = 86_400_000;
const now = 100 * dayMs;

const launch = (id: string, day: number, over: Partial<Launch> = {}): Launch => ({
  wave: 'wave-1',
  package: id,
  name: id.toUpperCase(),
  goLiveMs: day * dayMs,
  watchedUntilMs: (day + 14) * dayMs,
  released: false,
  cohort: Uint32Array.of(1, 2, 3),
  full: true,
  ...over,
});
const tentative = (id: string, over: Partial<Launch> = {}) => launch(id, 0, { goLiveMs: undefined, watchedUntilMs: undefined, ...over });
const blackout = (from: number, until: number, packages?: string[]) => ({
  id: 'month-end',
  reason: 'Close',
  from: from * dayMs,
  until: until * dayMs,
  ...(packages ? { packages } : {}),
});
const found = (...input: [Launch[], ReturnType<typeof blackout>[]?]) =>
  conflictsOf('plan', input[0], input[1] ?? [], now).conflicts.map((each) => calendarConflict.parse(each));

describe('two packages on one cohort', () => {
  test.each([
    ['while both are watched', [launch('a', 101), launch('b', 110)], ['3 people get both A and B while both are watched.']],
    ['one person', [launch('a', 101), launch('b', 110, { cohort: Uint32Array.of(0, 3) })], ['1 person gets both A and B while both are watched.']],
    ['nobody in common', [launch('a', 101), launch('b', 110, { cohort: Uint32Array.of(4, 5) })], []],
    ['one after the other', [launch('a', 101), launch('b', 115)], []],
    ['the watch of the first is over', [launch('a', 80, { released: true }), launch('b', 101)], []],
    ['nothing of it is watched any more', [launch('a', 99, { watchedUntilMs: undefined, released: true }), launch('b', 101)], []],
    ['the same package in two waves', [launch('a', 101), launch('a', 105, { wave: 'wave-2' })], []],
    ['the reader acts for one of them', [launch('a', 101), launch('b', 110, { full: false })], ['3 people get both A and B while both are watched.']],
    ['one of them has no date', [launch('a', 101), tentative('b')], ['3 people get both A and B, which has no date yet.']],
    [
      'neither has a date',
      [tentative('a'), tentative('b')],
      ['3 people get both A and B, and neither has a date yet.', '3 people get both B and A, and neither has a date yet.'],
    ],
    ['one has no date, and the watch of the other is over', [launch('a', 80, { released: true }), tentative('b')], []],
    ['one has no date, and nobody is in common', [launch('a', 101), tentative('b', { cohort: Uint32Array.of(4) })], []],
    ['the reader acts for neither', [launch('a', 101, { full: false }), launch('b', 110, { full: false })], []],
  ] as [string, Launch[], string[]][])('%s', (_what, launches, texts) => {
    for (const all of [launches, launches.toReversed()]) {
      const said = found(all).map(({ text }) => text);
      expect(said.length).toBe(Math.min(texts.length, 1));
      expect(texts).toEqual(expect.arrayContaining(said));
    }
  });

  test('lasts from the later launch to the earlier end, and can be avoided only before it', () => {
    const [ahead] = found([launch('a', 101), launch('b', 110)]);
    expect(ahead).toMatchObject({ kind: 'sameCohort', people: 3, fromMs: 110 * dayMs, untilMs: 115 * dayMs, packages: [{ package: 'a' }, { package: 'b' }] });
    expect(ahead?.advice).toContain('set a later date for B');
    const [running] = found([launch('a', 95, { released: true }), launch('b', 98, { released: true })]);
    expect(running?.advice).toBe('What one changes shows in the metrics of the other: read their verdicts together.');
  });

  test('of which one has no date says when it could go live', () => {
    const [conflict] = found([launch('a', 101), tentative('b')]);
    expect(conflict).toMatchObject({ kind: 'sameCohort', people: 3, packages: [{ package: 'a' }, { package: 'b' }] });
    expect(conflict).not.toHaveProperty('fromMs');
    expect(conflict?.advice).toBe('Set a date for B after 26 Apr, when the watch of A ends.');
  });

  test('is found for every pair that a comparison of each with each finds, and no other', () => {
    const launches = fc.array(
      fc.record({ day: fc.integer({ min: 90, max: 130 }), length: fc.integer({ min: 1, max: 21 }), cohort: fc.uniqueArray(fc.integer({ min: 0, max: 8 })) }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(launches, (all) => {
        const input = all.map(({ day, length, cohort }, index) =>
          launch(`p${index}`, day, { watchedUntilMs: (day + length) * dayMs, cohort: Uint32Array.from(cohort).toSorted() }),
        );
        const expected = input.flatMap((one, index) =>
          input.slice(index + 1).flatMap((other) => {
            const overlap = (one.goLiveMs ?? 0) < (other.watchedUntilMs ?? 0) && (other.goLiveMs ?? 0) < (one.watchedUntilMs ?? 0);
            const open = [one, other].every(({ watchedUntilMs = 0 }) => watchedUntilMs > now);
            const people = one.cohort.filter((person) => other.cohort.includes(person)).length;
            return overlap && open && people > 0 ? [`${[one.package, other.package].toSorted().join()} ${people}`] : [];
          }),
        );
        const pairs = found(input).map(
          ({ packages, people }) =>
            `${packages
              .map((each) => each.package)
              .toSorted()
              .join()} ${people}`,
        );
        expect(pairs.toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  test('is listed up to a limit, which is said', () => {
    const all = Array.from({ length: 60 }, (_, index) => launch(`p${index}`, 101));
    const { conflicts, more } = conflictsOf('plan', all, [], now, { most: 50 });
    expect([conflicts.length, more]).toEqual([50, true]);
    expect(conflictsOf('plan', all.slice(0, 5), [], now, { most: 50 })).toMatchObject({ more: false });
  });

  test('of hundreds of packages for the same people costs little for somebody who acts for one of them, and never more than a bound', () => {
    const cohort = Uint32Array.from({ length: 290 }, (_, at) => at);
    const others = Array.from({ length: 400 }, (_, at) => launch(`p${at}`, 101, { cohort, full: false }));
    const steps = { left: 3_000_000 };
    expect(conflictsOf('plan', [...others, launch('mine', 101, { cohort })], [], now, { steps }).conflicts).toHaveLength(200);
    expect(steps.left).toBeGreaterThan(2_500_000);
    const waves = Array.from({ length: 200 }, (_, at) => launch('same', 101, { wave: `wave-${at}`, cohort }));
    const few = { left: 100_000 };
    expect([conflictsOf('plan', waves, [], now, { steps: few }), few.left > -1_000]).toEqual([{ conflicts: [], more: true }, true]);
  });
});

describe('a launch and a known peak', () => {
  test.each([
    ['within it', [blackout(108, 112)], "A goes live within the blackout 'month-end', which lasts 2 d beyond it."],
    ['on its first instant', [blackout(110, 112)], "A goes live within the blackout 'month-end', which lasts 2 d beyond it."],
    ['in the week before it', [blackout(116, 120)], "'month-end' begins 6 d after A goes live, within its first week."],
    ['two blackouts that touch are one', [blackout(108, 111), blackout(111, 115)], "A goes live within the blackout 'month-end', which lasts 5 d beyond it."],
    ['on its last instant', [blackout(108, 110)], undefined],
    ['more than a week before it', [blackout(118, 120)], undefined],
    ['of another package', [blackout(108, 112, ['b'])], undefined],
    ['of this package', [blackout(108, 112, ['a'])], "A goes live within the blackout 'month-end', which lasts 2 d beyond it."],
  ] as [string, ReturnType<typeof blackout>[], string | undefined][])('%s', (_what, blackouts, text) => {
    expect(found([launch('a', 110)], blackouts).map((each) => each.text)).toEqual(text === undefined ? [] : [text]);
  });

  test('is no conflict once it is released, nor for somebody who does not act for it', () => {
    expect(found([launch('a', 110, { released: true }), launch('b', 110, { full: false, cohort: Uint32Array.of(9) })], [blackout(108, 112)])).toEqual([]);
  });
});
