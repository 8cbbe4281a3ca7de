import { expect, test } from 'vitest';
import type { EvaluationView } from '../domain/views/evaluation.ts';
import type { Measurement, VerdictKind } from '../domain/watch/measurement.ts';
import { metricChart, type MetricChart, type MetricChartInput } from './metric-chart.ts';
import type { SvgNode } from './svg.ts';
import { watchTimeline } from './watch-timeline.ts';

const day = 86_400_000;
const start = Date.parse('2026-04-08T18:00:00Z');

const evaluation = (number: number, measured: number | 'noData' | 'error', verdict: VerdictKind = 'healthy'): EvaluationView => {
  const measurement: Measurement =
    measured === 'noData'
      ? { metric: 'exceptions', kind: 'noData' }
      : measured === 'error'
        ? { metric: 'exceptions', kind: 'error', why: 'down' }
        : { metric: 'exceptions', kind: 'value', value: measured };
  return {
    plan: 'p',
    wave: 'w',
    package: 'x',
    number,
    purpose: 'scheduled',
    dueMs: start + number * day,
    evaluatedAtMs: start + number * day,
    measurements: [measurement],
    drift: { missing: 1, outOfBand: 0, legacy: 2, content: 0, options: 0 },
    driftLines: [],
    verdict: { kind: verdict, why: '', metrics: [{ metric: 'exceptions', verdict, why: '' }] },
    rules: 2,
  };
};
const chart = (evaluations: EvaluationView[], change: Partial<MetricChartInput> = {}) =>
  metricChart({
    metric: 'exceptions',
    evaluations,
    startMs: start,
    endMs: start + 14 * day,
    watched: { metric: 'exceptions', tune: { above: 0.15 }, rollback: { above: 0.4 } },
    ...change,
  });

const all = (node: SvgNode): SvgNode[] => [node, ...node.children.flatMap((child) => (typeof child === 'string' ? [] : all(child)))];
const ofClass = ({ drawing }: { drawing: SvgNode }, name: string) =>
  all(drawing).filter(({ attributes }) => String(attributes['class']).split(' ').includes(name));
const titles = (node: SvgNode) => all(node).flatMap(({ name, children }) => (name === 'title' ? children : []));

test('each evaluation is a mark of its verdict, with its number and value', () => {
  const made = chart([evaluation(1, 0.05), evaluation(2, 0.2, 'tune'), evaluation(3, 0.5, 'rollback')]);
  expect(
    ['healthy', 'tune', 'rollback'].map(
      (kind) => ofClass(made, `chart-mark`).filter((mark) => String(mark.attributes['class']).endsWith(`chart-${kind}`)).length,
    ),
  ).toEqual([1, 1, 1]);
  expect(titles(made.drawing)).toEqual(expect.arrayContaining(['Evaluation 2: 0.2, needs tuning', 'roll back above 0.4']));
});

test('the value stands above its bound exactly when it crosses it', () => {
  const made = chart([evaluation(1, 0.05), evaluation(2, 0.5, 'rollback')]);
  const limit = Number(ofClass(made, 'chart-rollback').find(({ name }) => name === 'line')?.attributes['y1']);
  const [low, high] = ofClass(made, 'chart-mark').map(({ attributes }) => Number(/,([\d.]+)\)/.exec(String(attributes['transform']))?.[1]));
  expect(low!).toBeGreaterThan(limit);
  expect(high!).toBeLessThan(limit);
});

test.each(['noData', 'error'] as const)('an evaluation with %s is a cross that the line leaves out, and never a zero', (nothing) => {
  const made = chart([evaluation(1, 0.1), evaluation(2, nothing), evaluation(3, 0.1)]);
  expect(ofClass(made, 'chart-nothing')).toHaveLength(1);
  expect(String(ofClass(made, 'chart-line')[0]?.attributes['d']).match(/M/g)).toHaveLength(2);
  expect(made.words).toContain('from 0.1 to 0.1');
});

test('a bound that is a multiple of the value before go-live stands where that is, and nowhere without it', () => {
  const watched = { metric: 'exceptions', rollback: { aboveBaselineTimes: 2 } };
  expect(chart([], { watched, baseline: 0.3 }).words).toBe('No evaluation yet. Bounds: roll back above 0.6 (2.0 × before), before go-live 0.3.');
  expect(chart([], { watched }).words).toBe('No evaluation yet.');
});

test('drift is the sum of its counts, and any of it is beyond its bound', () => {
  const made = chart([evaluation(1, 0.1)], { metric: 'access-drift', watched: { metric: 'access-drift' } });
  expect(made.words).toBe('1 evaluation, from 3 to 3, last 3. Bounds: tune above 0.');
});

test('the time in which it is not judged is shaded: until the plan says so, and until its lookback is covered', () => {
  const widthOf = (made: MetricChart) => Number(ofClass(made, 'chart-early')[0]?.attributes['width'] ?? 0);
  expect(widthOf(chart([evaluation(1, 0.1)]))).toBe(0);
  const watched = { metric: 'exceptions', from: 7 * day };
  const half = widthOf(chart([evaluation(1, 0.1)], { watched }));
  expect(half).toBe(156);
  const covering = evaluation(8, 0.1);
  const looksBack = { ...covering.measurements[0]!, fromMs: start, toMs: covering.dueMs - day, lookbackMs: 6 * day };
  expect(widthOf(chart([{ ...covering, measurements: [looksBack] }]))).toBe(half);
});

test('a tune stands where it was, and one after the last evaluation is left out', () => {
  const made = chart([evaluation(1, 0.1)], { tunedAtMs: [start + 7 * day, start + 90 * day] });
  expect(ofClass(made, 'chart-tuned').map(({ attributes }) => attributes['x1'])).toEqual([194]);
});

test('a year of weekly evaluations does not squeeze the watch: each has the same room', () => {
  const weekly = Array.from({ length: 50 }, (_, week) => ({ ...evaluation(15 + week, 0.1), dueMs: start + (14 + 7 * (week + 1)) * day }));
  const made = chart([...Array.from({ length: 14 }, (_, index) => evaluation(index + 1, 0.1)), ...weekly]);
  const places = ofClass(made, 'chart-mark').map(({ attributes }) => Number(/\(([\d.]+),/.exec(String(attributes['transform']))?.[1]));
  const steps = places.slice(1).map((place, index) => place - places[index]!);
  expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(0.3);
  expect(Number(ofClass(made, 'chart-end')[0]?.attributes['x1'])).toBeCloseTo(places[13]!, 0);
});

test('the words say what the picture shows', () => {
  expect(chart([evaluation(1, 0.05), evaluation(2, 'noData'), evaluation(3, 0.2, 'tune')]).words).toBe(
    '3 evaluations, from 0.05 to 0.2, last 0.2 (needs tuning); 1 without data. Bounds: tune above 0.15, roll back above 0.4.',
  );
});

test('the timeline marks evaluations in order, now, and the next one; past its end, no now', () => {
  const line = watchTimeline({
    startMs: start,
    endMs: start + 14 * day,
    nowMs: start + 3.5 * day,
    nextMs: start + 4 * day,
    evaluations: [{ number: 1, dueMs: start + day, verdict: 'healthy' }],
    tunedAtMs: [start + 2 * day],
  });
  expect(titles(line)).toEqual(['tuned', 'now', 'next evaluation', 'Evaluation 1: healthy']);
  expect(titles(watchTimeline({ startMs: start, endMs: start + day, nowMs: start + 2 * day, evaluations: [], tunedAtMs: [] }))).toEqual([]);
});
