import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchSchema, type Watch, type WatchedMetric } from '../plan/schema.ts';
import { noDrift, type Baseline, type DriftCounts, type Evaluation, type Measurement } from './measurement.ts';
import { judge, judgeEnd, notTaken } from './verdict.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-04-08T00:00:00Z');

type Metric = Partial<Omit<WatchedMetric, 'metric'>>;
const watchOf = (metrics: Record<string, Metric>): Watch => ({
  ...watchSchema.parse({ length: '14d', metrics: [{ metric: 'x' }] }),
  metrics: Object.entries(metrics).map(([metric, more]) => ({ metric, failuresAllowed: 0, minimum: 0, from: 0, ...more })),
});

type Reading = number | [value: number, n: number] | 'noData' | 'error';
/** Over `lookbackMs`, as far as that lies after go-live. */
const measured = (metric: string, reading: Reading, toMs: number, lookbackMs: number): Measurement => {
  const about = { metric, fromMs: Math.max(start, toMs - lookbackMs), toMs, lookbackMs };
  if (reading === 'noData') return { ...about, kind: 'noData' };
  if (reading === 'error') return { ...about, kind: 'error', why: 'the query timed out' };
  return { ...about, kind: 'value', ...(Array.isArray(reading) ? { value: reading[0], n: reading[1] } : { value: reading }) };
};
/** One evaluation a day, with a lookback of a day; `purpose` and `drift` may differ. */
const evaluation = (
  number: number,
  readings: Record<string, Reading>,
  { lookbackMs = day, ...more }: Partial<Evaluation> & { lookbackMs?: number } = {},
): Evaluation => {
  const dueMs = more.dueMs ?? start + number * day;
  const measurements = Object.entries(readings).map(([metric, reading]) => measured(metric, reading, dueMs, lookbackMs));
  return { number, purpose: 'scheduled', dueMs, drift: noDrift, measurements, ...more };
};
const evaluations = (metric: string, ...readings: Reading[]) => readings.map((reading, index) => evaluation(index + 1, { [metric]: reading }));
const said = (verdict: ReturnType<typeof judge>) => `${verdict.kind}: ${verdict.why}`;

describe('the verdict of an evaluation, as people read it', () => {
  it.each<[string, string, Metric, Reading[], Baseline]>([
    ['nothing crossed', 'healthy: exceptions 3 over 24 h is within its bounds', { tune: { above: 10 } }, [3], {}],
    ['on the bound is not across it', 'healthy: exceptions 10 over 24 h is within its bounds', { tune: { above: 10, below: 10 } }, [10], {}],
    ['an absolute bound', 'tune: exceptions 14 over 24 h, more than 10', { tune: { above: 10 } }, [14], {}],
    ['a lower bound', 'tune: exceptions 0.312 over 24 h, less than 0.5', { tune: { below: 0.5 } }, [0.31199999], {}],
    [
      'a multiple of the baseline, in a row',
      'rollback: exceptions 14 over 24 h, more than 3.0 × the 4 before go-live, for the 2nd evaluation in a row',
      { rollback: { aboveBaselineTimes: 3 }, failuresAllowed: 1 },
      [13, 14],
      { exceptions: 4 },
    ],
    [
      'less than a part of the baseline',
      'tune: exceptions 1 over 24 h, less than 0.5 × the 4 before go-live',
      { tune: { belowBaselineTimes: 0.5 } },
      [1],
      { exceptions: 4 },
    ],
    [
      'exactly a part of the baseline is not less',
      'healthy: exceptions 2 over 24 h is within its bounds',
      { tune: { belowBaselineTimes: 0.5 } },
      [2],
      { exceptions: 4 },
    ],
    ['rollback over tune', 'rollback: exceptions 99 over 24 h, more than 50', { tune: { above: 10 }, rollback: { above: 50 } }, [99], {}],
    [
      'once where one is allowed',
      'learning: exceptions 14 over 24 h, more than 10, for the 1st evaluation in a row, and 1 is allowed',
      { tune: { above: 10 }, failuresAllowed: 1 },
      [3, 14],
      {},
    ],
    [
      'twice where two are allowed',
      'learning: exceptions 14 over 24 h, more than 10, for the 2nd evaluation in a row, and 2 are allowed',
      { tune: { above: 10 }, failuresAllowed: 2 },
      [12, 14],
      {},
    ],
    [
      'a row that was broken',
      'learning: exceptions 14 over 24 h, more than 10, for the 1st evaluation in a row, and 1 is allowed',
      { tune: { above: 10 }, failuresAllowed: 1 },
      [14, 3, 14],
      {},
    ],
    [
      'a row across an error and missing data',
      'tune: exceptions 14 over 24 h, more than 10, for the 2nd evaluation in a row',
      { tune: { above: 10 }, failuresAllowed: 1 },
      [14, 'error', 'noData', 14],
      {},
    ],
    [
      'a row across an evaluation with too few samples',
      'tune: exceptions 0.9 over 24 h, more than 0.5, for the 2nd evaluation in a row',
      { tune: { above: 0.5 }, failuresAllowed: 1, minimum: 20 },
      [
        [0.9, 20],
        [0.1, 3],
        [0.9, 20],
      ],
      {},
    ],
    [
      'a row beyond what is allowed',
      'tune: exceptions 14 over 24 h, more than 10, for more than 2 evaluations in a row',
      { tune: { above: 10 }, failuresAllowed: 1 },
      [14, 14, 14, 14],
      {},
    ],
    ['again where none is allowed', 'tune: exceptions 14 over 24 h, more than 10, again', { tune: { above: 10 } }, [14, 14], {}],
    ['no data', 'noData: no data for exceptions over 24 h', { tune: { above: 10 } }, [3, 'noData'], {}],
    ['an error', 'error: exceptions could not be read: the query timed out', { tune: { above: 10 } }, [14, 'error'], {}],
    ['too few samples', 'learning: exceptions 0.9 over 24 h from 7 samples, and 20 are needed', { tune: { above: 0.5 }, minimum: 20 }, [[0.9, 7]], {}],
    ['enough samples', 'tune: exceptions 0.9 over 24 h, more than 0.5', { tune: { above: 0.5 }, minimum: 20 }, [[0.9, 20]], {}],
    [
      'an unknown number of samples',
      'learning: exceptions 0.9 over 24 h from an unknown number of samples, and 20 are needed',
      { tune: { above: 0.5 }, minimum: 20 },
      [0.9],
      {},
    ],
    ['too early', 'learning: exceptions is judged only from 7 days after go-live', { tune: { above: 10 }, from: 7 * day }, [14], {}],
    [
      'no baseline',
      'learning: exceptions 14 over 24 h cannot be compared: there is no value from before go-live',
      { tune: { aboveBaselineTimes: 3 } },
      [14],
      {},
    ],
    [
      'a baseline of 0',
      'learning: exceptions 14 over 24 h cannot be compared: it was 0 before go-live',
      { tune: { aboveBaselineTimes: 3 } },
      [14],
      { exceptions: 0 },
    ],
    ['none before and none now', 'healthy: exceptions 0 over 24 h is within its bounds', { tune: { aboveBaselineTimes: 3 } }, [0], { exceptions: 0 }],
    ['no baseline, but an absolute bound crossed', 'tune: exceptions 14 over 24 h, more than 10', { tune: { aboveBaselineTimes: 3, above: 10 } }, [14], {}],
    [
      'no baseline for rollback, but tune crossed',
      'tune: exceptions 14 over 24 h, more than 10',
      { tune: { above: 10 }, rollback: { aboveBaselineTimes: 9 } },
      [14],
      {},
    ],
    ['a value that is not a number', 'noData: no data for exceptions over 24 h', { tune: { above: 10 } }, [Number.NaN], {}],
  ])('%s → %s', (_what, expected, metric, readings, baseline) => {
    expect(said(judge(watchOf({ exceptions: metric }), evaluations('exceptions', ...readings), baseline, start))).toBe(expected);
  });

  it('keeps the numbers behind it: value, samples, baseline, and the bound that is crossed', () => {
    const watch = watchOf({ tickets: { rollback: { aboveBaselineTimes: 2 }, failuresAllowed: 2 } });
    const { metrics } = judge(watch, evaluations('tickets', [9, 30], [8.5, 20]), { tickets: 4 }, start);
    expect(metrics).toMatchObject([
      { verdict: 'learning', value: 8.5, n: 20, baseline: 4, crossed: { bound: 'rollback', side: 'above', limit: 8, inARow: 2, allowed: 2 } },
    ]);
    expect(judge(watch, evaluations('tickets', 8), { tickets: 4 }, start).metrics[0]).not.toHaveProperty('crossed');
    expect(judge(watchOf({ tickets: {} }), evaluations('tickets', 8), {}, start).metrics[0]).toStrictEqual({
      metric: 'tickets',
      verdict: 'healthy',
      why: 'tickets 8 over 24 h',
      value: 8,
    });
    expect(judge(watch, evaluations('tickets', 'noData'), {}, start).metrics[0]).toStrictEqual({
      metric: 'tickets',
      verdict: 'noData',
      why: 'no data for tickets over 24 h',
    });
  });

  it('of a failed evaluation is an error for every metric, and its drift is an error too (R2)', () => {
    const { measurements, driftLines, verdict } = notTaken(watchOf({ tickets: { tune: { above: 3 } } }), 'revision 4 is not in the store');
    expect(said(verdict)).toBe('error: the evaluation could not be taken: revision 4 is not in the store');
    expect(verdict.metrics).toEqual([{ metric: 'tickets', verdict: 'error', why: 'tickets could not be read: revision 4 is not in the store' }]);
    expect(driftLines).toEqual([]);
    expect(measurements.map(({ metric, kind }) => [metric, kind])).toEqual([
      ['tickets', 'error'],
      ['access-drift', 'error'],
    ]);
  });

  it('names the unit and the range that was measured, and no range for a state at an instant', () => {
    const watch = watchOf({ tickets: { tune: { above: 3 } } });
    const saidOf = (measurement: Partial<Extract<Measurement, { kind: 'value' }>>) =>
      said(judge(watch, [evaluation(1, {}, { measurements: [{ metric: 'tickets', kind: 'value', value: 4, ...measurement }] })], {}, start));
    const toMs = start + day;
    expect(saidOf({ toMs, fromMs: toMs, lookbackMs: 0, unit: 'gauge' })).toBe('tune: tickets 4, more than 3');
    expect(saidOf({ toMs, fromMs: toMs - 90 * 60_000, lookbackMs: 90 * 60_000, unit: 'perDay' })).toBe('tune: tickets 4 per day over 90 min, more than 3');
    expect(saidOf({ toMs, fromMs: start, lookbackMs: day, unit: 'perPersonDay' })).toBe('tune: tickets 4 per person and day over 24 h, more than 3');
  });

  it('is the worst of its metrics, and says why for each', () => {
    const watch = watchOf({ adoption: { tune: { below: 0.5 } }, exceptions: { rollback: { above: 10 } }, tickets: { tune: { above: 3 } } });
    const bad = judge(watch, [evaluation(1, { adoption: 0.2, exceptions: 11, tickets: 9 })], {}, start);
    expect(said(bad)).toBe('rollback: exceptions 11 over 24 h, more than 10');
    const crossed = { side: 'above', inARow: 1, allowed: 0 };
    expect(bad.metrics).toEqual([
      {
        metric: 'adoption',
        verdict: 'tune',
        why: 'adoption 0.2 over 24 h, less than 0.5',
        value: 0.2,
        crossed: { ...crossed, bound: 'tune', side: 'below', limit: 0.5 },
      },
      {
        metric: 'exceptions',
        verdict: 'rollback',
        why: 'exceptions 11 over 24 h, more than 10',
        value: 11,
        crossed: { ...crossed, bound: 'rollback', limit: 10 },
      },
      { metric: 'tickets', verdict: 'tune', why: 'tickets 9 over 24 h, more than 3', value: 9, crossed: { ...crossed, bound: 'tune', limit: 3 } },
    ]);
    expect(said(judge(watch, [evaluation(1, { adoption: 0.2, exceptions: 1, tickets: 9 })], {}, start))).toBe(
      'tune: adoption 0.2 over 24 h, less than 0.5; tickets 9 over 24 h, more than 3',
    );
    expect(said(judge(watch, [evaluation(1, { adoption: 0.7, exceptions: 1, tickets: 0 })], {}, start))).toBe(
      'healthy: adoption 0.7 over 24 h, exceptions 1 over 24 h and tickets 0 over 24 h are within their bounds',
    );
    expect(judge(watch, [evaluation(1, { adoption: 'error', exceptions: 'noData', tickets: 9 })], {}, start).kind).toBe('tune');
    expect(judge(watch, [evaluation(1, { adoption: 'error', exceptions: 'noData', tickets: 0 })], {}, start).kind).toBe('error');
    expect(said(judge(watch, [evaluation(1, { adoption: 0.7, tickets: 0 })], {}, start))).toBe('noData: no data for exceptions');
  });

  it('has no data where nothing is watched', () => {
    expect(judge(watchOf({}), [evaluation(1, {})], {}, start)).toEqual({ kind: 'noData', why: 'nothing is watched', metrics: [] });
  });

  it('is too early to tell before the first evaluation', () => {
    expect(judge(watchOf({ tickets: {} }), [], {}, start)).toEqual({ kind: 'learning', why: 'no evaluation has been taken yet', metrics: [] });
    expect(judgeEnd(watchOf({ tickets: {} }), [], {}, start).kind).toBe('noData');
  });
});

describe('evaluations in a row', () => {
  const watch = watchOf({ tickets: { tune: { above: 3 }, rollback: { above: 8 }, failuresAllowed: 2 } });
  const at = (purposes: Evaluation['purpose'][], value: number) => purposes.map((purpose, index) => evaluation(index + 1, { tickets: value }, { purpose }));

  it('do not grow with repeated evaluations on demand', () => {
    expect(judge(watch, at(['scheduled', 'on-demand', 'on-demand', 'on-demand'], 9), {}, start).kind).toBe('learning');
    expect(judge(watch, at(['scheduled', 'on-demand', 'scheduled', 'on-demand'], 9), {}, start).kind).toBe('rollback');
    const goodBetween = [
      evaluation(1, { tickets: 9 }),
      evaluation(2, { tickets: 9 }),
      evaluation(3, { tickets: 0 }, { purpose: 'on-demand' }),
      evaluation(4, { tickets: 9 }),
    ];
    expect(judge(watch, goodBetween, {}, start).kind).toBe('rollback');
  });

  it('start again after a tune, except toward a rollback', () => {
    expect(judge(watch, at(['scheduled', 'scheduled', 'after-tune', 'scheduled'], 5), {}, start).kind).toBe('learning');
    expect(judge(watch, at(['scheduled', 'scheduled', 'after-tune', 'scheduled', 'scheduled'], 5), {}, start).kind).toBe('tune');
    expect(judge(watch, at(['scheduled', 'scheduled', 'after-tune', 'scheduled'], 9), {}, start).kind).toBe('rollback');
  });
});

describe('access drift', () => {
  const drifted = (drift: Partial<DriftCounts>, number = 1) => evaluation(number, {}, { drift: { ...noDrift, ...drift } });

  it('calls for tuning as soon as there is any, in words', () => {
    const watch = watchOf({ 'access-drift': {} });
    expect(said(judge(watch, [drifted({})], {}, start))).toBe('healthy: access drift 0 is within its bounds');
    expect(said(judge(watch, [drifted({ missing: 2, outOfBand: 1, options: 2, legacy: 3, content: 1 })], {}, start))).toBe(
      'tune: access drift 9 (2 missing, 1 unreviewed, 2 held in another form, 3 legacy not retired, 1 role changed), more than 0',
    );
  });

  it('is tolerated up to the plan’s bound, and rolled back beyond the rollback bound', () => {
    const watch = watchOf({ 'access-drift': { tune: { above: 2 }, rollback: { above: 5 }, minimum: 20 } });
    expect([0, 2, 3, 6].map((missing) => judge(watch, [drifted({ missing })], {}, start).kind)).toEqual(['healthy', 'healthy', 'tune', 'rollback']);
  });

  it('does not affect a package that does not watch it', () => {
    expect(judge(watchOf({ tickets: { tune: { above: 3 } } }), [evaluation(1, { tickets: 0 }, { drift: { ...noDrift, missing: 4 } })], {}, start).kind).toBe(
      'healthy',
    );
  });

  it('that could not be read is an error, never zero', () => {
    expect(judge(watchOf({ 'access-drift': {} }), [evaluation(1, { 'access-drift': 'error' })], {}, start).kind).toBe('error');
    expect(judge(watchOf({ 'access-drift': {} }), [evaluation(1, { 'access-drift': 'noData' })], {}, start).kind).toBe('noData');
  });
});

describe('the end of a window', () => {
  const adoption = watchOf({ adoption: { tune: { below: 0.5 }, from: 7 * day, failuresAllowed: 99 } });

  it('is without benefit when a value that should have been reached never was', () => {
    const flat = evaluations('adoption', ...Array<number>(14).fill(0.2));
    expect(said(judgeEnd(adoption, flat, {}, start))).toBe('noBenefit: adoption 0.2 over 24 h, less than 0.5, and it never reached that in this watch');
    expect(judge(adoption, flat, {}, start).kind).toBe('learning');
    const once = flat.with(9, evaluation(10, { adoption: 0.6 }));
    expect(judgeEnd(adoption, once, {}, start).kind).toBe('learning');
    expect(judgeEnd(adoption, flat.with(3, evaluation(4, { adoption: 0.6 })), {}, start).kind).toBe('noBenefit');
    expect(judgeEnd(adoption, [...flat.slice(0, -1), evaluation(14, { adoption: 0.5 })], {}, start).kind).toBe('healthy');
  });

  it('ranks a rollback, and a tune of another metric, above no benefit', () => {
    const both = watchOf({ adoption: { tune: { below: 0.5 }, rollback: { below: 0.1 } }, tickets: { tune: { above: 3 } } });
    expect(judgeEnd(both, [evaluation(1, { adoption: 0.05, tickets: 0 })], {}, start).kind).toBe('rollback');
    expect(judgeEnd(both, [evaluation(1, { adoption: 0.3, tickets: 9 })], {}, start).kind).toBe('tune');
    expect(judgeEnd(both, [evaluation(1, { adoption: 0.3, tickets: 0 })], {}, start).kind).toBe('noBenefit');
  });

  it('has no data where there are too few samples, and is never healthy with a crossing that was still tolerated', () => {
    expect(judgeEnd(watchOf({ adoption: { tune: { below: 0.5 }, minimum: 20 } }), evaluations('adoption', [0.9, 3]), {}, start).kind).toBe('noData');
    expect(judgeEnd(watchOf({ tickets: { tune: { above: 3 }, failuresAllowed: 2 } }), evaluations('tickets', 0, 9), {}, start).kind).toBe('learning');
  });
});

// Properties

const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 12 }) },
  { weight: 3, arbitrary: fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 6 })) },
  { weight: 1, arbitrary: fc.constantFrom<Reading>('noData', 'error') },
) as fc.Arbitrary<Reading>;
const bound = fc.option(
  fc.record(
    {
      above: fc.integer({ min: 0, max: 12 }),
      below: fc.integer({ min: 0, max: 12 }),
      aboveBaselineTimes: fc.integer({ min: 1, max: 4 }),
      belowBaselineTimes: fc.constantFrom(0.5, 1, 2),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);
const watchedMetric = fc
  .record({
    tune: bound,
    rollback: bound,
    failuresAllowed: fc.integer({ min: 0, max: 4 }),
    minimum: fc.integer({ min: 0, max: 4 }),
    from: fc.constantFrom(0, 3 * day, 9 * day),
  })
  .map(({ tune, rollback, ...rest }): Metric => ({ ...rest, ...(tune ? { tune } : {}), ...(rollback ? { rollback } : {}) }));
const watches = fc
  .record({ a: watchedMetric, b: watchedMetric, 'access-drift': watchedMetric }, { requiredKeys: ['a'] })
  .map((metrics) => watchOf(metrics as Record<string, Metric>));
const baselines = fc.record({ a: fc.integer({ min: 0, max: 6 }), b: fc.integer({ min: 0, max: 6 }) }, { requiredKeys: [] }) as fc.Arbitrary<Baseline>;
const histories = fc
  .array(
    fc.tuple(
      value,
      value,
      fc.constantFrom<Evaluation['purpose']>('scheduled', 'scheduled', 'scheduled', 'on-demand', 'after-tune', 'weekly'),
      fc.constantFrom(0, 0, 0, 1, 5),
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((all) => all.map(([a, b, purpose, missing], index) => evaluation(index + 1, { a, b }, { purpose, drift: { ...noDrift, missing } })));

describe('for any watch and any history', () => {
  it('R2: an evaluation in which a metric has no data or an error is never healthy, and no metric without a value calls for a rollback', () => {
    fc.assert(
      fc.property(watches, histories, baselines, fc.constantFrom<Reading>('noData', 'error'), fc.boolean(), (watch, history, baseline, blind, atEnd) => {
        const last = history.at(-1)!;
        const blinded = [...history.slice(0, -1), { ...last, measurements: [measured('a', blind, last.dueMs, day), measured('b', 3, last.dueMs, day)] }];
        const verdict = (atEnd ? judgeEnd : judge)(watch, blinded, baseline, start);
        expect(verdict.kind).not.toBe('healthy');
        const ofA = verdict.metrics.find(({ metric }) => metric === 'a');
        expect(['noData', 'error', 'learning']).toContain(ofA?.verdict);
      }),
    );
  });

  it('a rollback or tune is called for only by a bound that the latest evaluation crosses more often in a row than is allowed', () => {
    fc.assert(
      fc.property(watches, histories, baselines, (watch, history, baseline) => {
        for (const { metric, verdict } of judge(watch, history, baseline, start).metrics) {
          const watched = watch.metrics.find((candidate) => candidate.metric === metric)!;
          if (verdict !== 'rollback' && verdict !== 'tune') continue;
          const valued = history.filter(
            (each) => metric === 'access-drift' || each.measurements.some((measurement) => measurement.metric === metric && measurement.kind === 'value'),
          );
          expect(valued.length).toBeGreaterThan(watched.failuresAllowed);
          if (metric !== 'access-drift') expect(Object.keys(watched[verdict] ?? {})).not.toEqual([]);
        }
      }),
    );
  });

  it('a verdict always gives its reason, in one line', () => {
    fc.assert(
      fc.property(watches, histories, baselines, fc.boolean(), (watch, history, baseline, atEnd) => {
        const verdict = (atEnd ? judgeEnd : judge)(watch, history, baseline, start);
        for (const { why } of [verdict, ...verdict.metrics]) expect(why).toMatch(/^\S[^\n]*\S$/);
        expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
      }),
    );
  });
});

describe('an evaluation that covers less than the lookback of a metric is too early to tell', () => {
  const over = { tickets: { rollback: { above: 3 } } };

  it('on demand as on schedule: five seconds after go-live nothing is proposed', () => {
    const soon = evaluation(1, { tickets: 4_000 }, { purpose: 'on-demand', dueMs: start + 5_000 });
    expect(said(judge(watchOf(over), [soon], {}, start))).toBe('learning: tickets 4000 covers only 5 s since go-live, and its lookback is 24 h');
    expect(judge(watchOf(over), [evaluation(1, { tickets: 4_000 }, { dueMs: start + day })], {}, start).kind).toBe('rollback');
  });

  it('also where nothing was measured, and where its data arrives so late that all of it is from before go-live', () => {
    const about = { metric: 'tickets', fromMs: start - hour, toMs: start - hour };
    const nothing = evaluation(1, {}, { measurements: [{ ...about, lookbackMs: day, kind: 'noData' }] });
    expect(said(judge(watchOf(over), [nothing], {}, start))).toBe('learning: tickets covers nothing since go-live yet, and its lookback is 24 h');
    const before = evaluation(1, {}, { measurements: [{ ...about, lookbackMs: 0, kind: 'value', value: 9, unit: 'gauge' }] });
    expect(said(judge(watchOf(over), [before], {}, start))).toBe('learning: tickets 9 covers nothing since go-live yet, and its data arrives later');
  });

  it('and counts for no row, nor as a target that was reached', () => {
    const short = (number: number, value: number) => evaluation(number, { tickets: value }, { lookbackMs: 3 * day });
    const watch = watchOf({ tickets: { rollback: { above: 3 }, failuresAllowed: 1 } });
    expect(
      [1, 2, 3, 4].map(
        (until) =>
          judge(
            watch,
            [1, 2, 3, 4].slice(0, until).map((at) => short(at, 9)),
            {},
            start,
          ).kind,
      ),
    ).toEqual(['learning', 'learning', 'learning', 'rollback']);
    const target = watchOf({ tickets: { tune: { below: 5 } } });
    expect(judgeEnd(target, [short(1, 9), short(3, 2)], {}, start).kind).toBe('noBenefit');
  });

  it('a provider that fails is an error all the same, and access drift is of now', () => {
    const soon = evaluation(1, { tickets: 'error' }, { dueMs: start + 5_000, drift: { ...noDrift, missing: 1 } });
    expect(judge(watchOf({ ...over, 'access-drift': {} }), [soon], {}, start).metrics.map(({ verdict }) => verdict)).toEqual(['error', 'tune']);
  });
});

it('what was negative before go-live has no multiples', () => {
  const watch = watchOf({ balance: { rollback: { aboveBaselineTimes: 2 } } });
  expect(said(judge(watch, evaluations('balance', -1), { balance: -5 }, start))).toBe(
    'learning: balance -1 over 24 h cannot be compared: it was -5 before go-live',
  );
});
