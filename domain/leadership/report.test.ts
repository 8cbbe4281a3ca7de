import { describe, expect, test } from 'vitest';
import { adopted, dayMs, fromMs, goLiveMs, lineOf, packageIn, released, reportOf, share, taken, weekMs } from '../../test/support/leadership.ts';
import type { Measurement } from '../watch/measurement.ts';
import { titles } from './lines.ts';
import { isEnd } from './entry.ts';
import { percent } from './percent.ts';
import { metricOf, subjectOf } from './subjects.ts';

test.each([
  ['close-adoption', 'adoption'],
  ['role.usage', 'adoption'],
  ['posting-exceptions-trend', 'exceptions'],
  ['intake_tickets', 'tickets'],
  ['desk-reopened', 'tickets'],
  ['vendors-onboarded', undefined],
  ['readopted', undefined],
  ['access-drift', undefined],
])('%s is about %s', (metric, subject) => {
  expect(subjectOf(metric)).toBe(subject);
});

test('of two metrics about one thing the first counts, so that nothing is counted twice', () => {
  expect(metricOf('exceptions', [{ metric: 'access-drift' }, { metric: 'posting-exceptions' }, { metric: 'posting-exceptions-trend' }])).toBe(
    'posting-exceptions',
  );
});

describe('the ten lines', () => {
  test('are ten, each with its title, before anything is planned and after', () => {
    for (const report of [reportOf([]), reportOf([packageIn('finance')]), reportOf([released('finance', { taken: [taken(0, [adopted(4, 6)])] })])]) {
      expect(report.lines.map(({ key, title }) => [key, title])).toEqual(Object.entries(titles));
      for (const { text } of report.lines) expect(text).toMatch(/^[A-Z0-9].*\.$/);
    }
  });

  test('say where the rollout stands, with numbers', () => {
    const day = goLiveMs + 20 * dayMs;
    const report = reportOf(
      [
        released('finance', {
          id: 'close',
          running: { tunes: [{ id: 't', step: 'reconcile', why: '', atMs: goLiveMs + dayMs, by: 'ana', result: '' }] },
          taken: [
            taken(0, [adopted(2, 6), share('close-exceptions', 9, 30)], { verdict: 'tune', of: { 'close-exceptions': 'tune' }, drift: { legacy: 2 } }),
            taken(1, [adopted(5, 6), share('close-exceptions', 1, 40)]),
          ],
        }),
        released('hr', { id: 'intake', running: { state: 'Needs tuning' }, taken: [taken(1, [adopted(3, 5)], { drift: { missing: 1 }, verdict: 'tune' })] }),
        released('warehouse', {
          id: 'poster',
          running: { state: 'Rolled back' },
          endedMs: goLiveMs + 3 * dayMs,
          metrics: ['posting-exceptions'],
          taken: [taken(0, [share('posting-exceptions', 6, 8)], { verdict: 'rollback', of: { 'posting-exceptions': 'rollback' } })],
        }),
        packageIn('desk', { id: 'desk', planned: { goLiveMs: day } }),
        packageIn('desk', { id: 'later', planned: { goLiveMs: undefined as never } }),
      ],
      { asked: [{ plan: 'small', wave: 'first', to: ['ana'], openedAtMs: fromMs, answeredAtMs: fromMs + 3 * 3_600_000, withdrawn: false }] },
    );
    expect(report.headline).toBe('One package is in active monitoring, one needs tuning after launch, and no rollback plan is open.');
    expect(Object.fromEntries(report.lines.map(({ key, text }) => [key, text]))).toEqual({
      packages: 'Three of five packages in one wave are released (one rolled back since) and two wait for release.',
      next: 'The next go-live, with one package, is on 28 April, in 10 d; one has no date yet.',
      watch: 'One package is in active monitoring, one needs tuning and none is stable.',
      access: '26 of 48 planned grants (54 %) are there.',
      adoption: '8 of 11 people with the new access (73 %) use it; none is beyond its bound.',
      exceptions: '7 of 48 (15 %) of the cases measured ended in an exception; one of two packages is beyond its bound; no data from one package.',
      tickets: 'No data on tickets: two packages measure it, without a value yet.',
      drift: 'One of three packages is no longer as reviewed: 1 missing.',
      decisions: 'People were asked for 1 decision; 1 was made, half of them within 3 h, and none is open.',
      corrections: '3 of 4 evaluations called for a change; one tune was made, and one package was rolled back.',
    });
  });

  test.each([
    [['later'], 'The one package that waits for release has no go-live date yet.'],
    [['later', 'last'], 'None of the two packages that wait for release has a go-live date yet.'],
  ])('says that none of %j has a date', (ids, text) => {
    const report = reportOf(ids.map((id) => packageIn('desk', { id, planned: { goLiveMs: undefined as never } })));
    expect(report.lines.find(({ key }) => key === 'next')?.text).toBe(text);
  });

  test.each([
    [0, 6, '0 %'],
    [1, 900, 'under 1 %'],
    [899, 900, 'over 99 %'],
    [6, 6, '100 %'],
    [0, 0, 'no data'],
  ])('%i of %i is %s', (count, of, words) => {
    expect(percent(count, of)).toBe(words);
  });
});

describe('what is not known is no data, and never zero', () => {
  const nothing: Measurement[] = [
    { metric: 'close-adoption', kind: 'noData' },
    { metric: 'close-exceptions', kind: 'error', why: 'down' },
    { metric: 'close-tickets', kind: 'value', value: Number.NaN },
    { metric: 'access-drift', kind: 'error', why: 'down' },
  ];
  test.each([
    ['nothing was evaluated', []],
    ['the last evaluation measured nothing', [taken(2, nothing)]],
  ])('where %s', (_what, all) => {
    const report = reportOf([released('finance', { taken: all })]);
    for (const figures of [report.teams[0]!, report.periods[2]!, report.packages[0]!]) {
      for (const subject of ['adoption', 'exceptions', 'tickets'] as const) expect(figures[subject]).toEqual({ packages: 1, measured: 0, beyond: 0 });
      expect(figures.drift).toMatchObject({ packages: 1, measured: 0 });
    }
    for (const key of ['adoption', 'exceptions', 'tickets', 'drift'] as const) expect(lineOf(report, key)).toMatch(/^No data on /);
  });

  test('a package without a preview is not one without grants', () => {
    const report = reportOf([packageIn('finance', { planned: { preview: undefined as never } })]);
    expect(report.teams[0]?.access).toMatchObject({ planned: 0, withoutPreview: 1 });
    expect(lineOf(report, 'access')).toBe('No data on grants. One package has no preview yet.');
  });
});

describe('sums', () => {
  test('a period has the last evaluation that was due in it, and the range the last of all', () => {
    const report = reportOf([released('finance', { taken: [taken(0, [adopted(2, 6)]), taken(1, [adopted(5, 6)])] })]);
    expect(report.periods.map(({ adoption }) => adoption.share)).toEqual([{ count: 2, of: 6 }, { count: 5, of: 6 }, undefined]);
    expect(report.teams[0]?.adoption.share).toEqual({ count: 5, of: 6 });
  });

  test('rates of different lengths are added by the day', () => {
    const rate = (over: object): Measurement => ({ metric: 'close-tickets', kind: 'value', value: 0.5, ...over });
    const report = reportOf([
      released('finance', { id: 'one', taken: [taken(0, [rate({ unit: 'perDay', value: 3 })])] }),
      released('finance', { id: 'two', taken: [taken(0, [rate({ unit: 'perPersonDay', count: 14, fromMs, toMs: fromMs + weekMs })])] }),
      // Of no known length.
      released('finance', { id: 'three', taken: [taken(0, [rate({ unit: 'perPersonDay' })])] }),
    ]);
    expect(report.periods[0]?.tickets).toEqual({ packages: 3, measured: 3, beyond: 0, perDay: 5 });
    expect(lineOf(report, 'tickets')).toBe('There were 5 tickets a day; none is beyond its bound.');
  });

  test('one a day is said in the singular', () => {
    const one = { metric: 'close-tickets', kind: 'value' as const, value: 1, unit: 'perDay' as const };
    const report = reportOf([released('finance', { taken: [taken(0, [one])] })]);
    expect(lineOf(report, 'tickets')).toBe('There was 1 ticket a day; none is beyond its bound.');
  });

  test('access that was taken back is neither planned nor used any more', () => {
    const gone = released('finance', { running: { state: 'Rolled back' }, endedMs: goLiveMs + dayMs, taken: [taken(0, [adopted(5, 6)])] });
    const report = reportOf([gone]);
    expect(report.teams[0]).toMatchObject({ access: { planned: 0 }, adoption: { packages: 0 }, rolledBack: 1 });
    expect(report.periods.map(({ rolledBack, exceptions }) => [rolledBack, exceptions.packages])).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
    ]);
  });

  test('grants that are still being made are planned, and not there yet', () => {
    const { grants } = released('finance').board.running!;
    const report = reportOf([released('finance', { running: { grants: { ...grants, created: 3, preexisting: 1 } } })]);
    expect(report.teams[0]?.access).toMatchObject({ planned: 12, there: 4 });
  });

  test.each([
    ['ended', 'Rolled back: exceptions', true],
    ['ended', 'Retired: nobody needs it', true],
    ['ended', 'Monitoring: refused: its window ended', false],
    ['note', 'Rolled back: no', false],
  ])('%s %s ends it: %s', (kind, text, is) => {
    expect(isEnd({ kind, text })).toBe(is);
  });

  test('a release that a later one superseded is not counted twice', () => {
    const [first, second] = [
      released('finance', { id: 'one', running: { supersededBy: 'wave-2' }, taken: [taken(0, [adopted(6, 6)])] }),
      released('finance', { id: 'two', taken: [taken(0, [adopted(5, 7)])] }),
    ];
    expect(reportOf([first, second]).teams[0]).toMatchObject({ standing: { packages: 1 }, adoption: { share: { count: 5, of: 7 } } });
  });

  test('the sentence is the one of the board: a rollback whose dependency check is clear waits for a decision', () => {
    const proposal = {
      id: 'r',
      kind: 'rollback' as const,
      why: 'x',
      proposedAtMs: goLiveMs,
      dependencies: [{ code: 'notChecked' as const, problem: '', line: 'no job runs', clear: true }],
    };
    const report = reportOf([released('finance', { running: { state: 'Rollback ready', proposal } })]);
    expect(report.headline).toContain('one rollback plan waits for a decision');
  });

  test('what a wave never released is not waiting any more', () => {
    const report = reportOf([packageIn('finance', { wave: { stage: 'aborted' } })]);
    expect(report.teams[0]).toMatchObject({ standing: { waiting: 0, neverReleased: 1 }, access: { planned: 0, withoutPreview: 0 } });
    expect(lineOf(report, 'packages')).toBe('No package in one wave is released.');
  });

  test('what happened is in its period, and together in the range', () => {
    const report = reportOf([
      released('finance', { taken: [{ ...taken(0, []), count: 5, byVerdict: { healthy: 4, error: 1 } }, taken(2, [], { verdict: 'tune' })] }),
    ]);
    expect(report.periods.map(({ released: count, evaluations }) => [count, evaluations.count])).toEqual([
      [1, 5],
      [0, 0],
      [0, 1],
    ]);
    expect(report.teams[0]?.evaluations).toEqual({ count: 6, byVerdict: { healthy: 4, error: 1, tune: 1 } });
  });
});
