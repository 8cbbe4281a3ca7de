import { expect, test } from 'vitest';
import { baseline, driftCounts, measurement, verdict } from './measurement.ts';

const metric = {
  metric: 'tickets',
  verdict: 'tune',
  why: 'tickets 9 in 24 h, more than 3',
  value: 9,
  n: 20,
  baseline: 2,
  crossed: { bound: 'tune', side: 'above', limit: 3, inARow: 1, allowed: 0 },
};
const whole = { kind: 'tune', why: metric.why, metrics: [metric] };
const changed = (change: object) => ({ ...whole, metrics: [{ ...metric, ...change }] });

test.each<[what: string, value: unknown]>([
  ['with all of its numbers', whole],
  ['across a lower bound for a rollback', changed({ crossed: { ...metric.crossed, bound: 'rollback', side: 'below' } })],
  ['of a metric without data', { kind: 'noData', why: 'no data', metrics: [{ metric: 'tickets', verdict: 'noData', why: 'no data' }] }],
  ['of nothing that is watched', { kind: 'noData', why: 'nothing is watched', metrics: [] }],
  ['of a watch that was ended', { kind: 'terminated', why: 'aborted', metrics: [] }],
])('a verdict %s is read as it was stored', (_, value) => {
  expect(verdict.parse(value)).toEqual(value);
});

test.each<[what: string, value: unknown]>([
  ['of an unknown kind', { ...whole, kind: 'fine' }],
  ['without a reason', { ...whole, why: undefined }],
  ['without its metrics', { ...whole, metrics: undefined }],
  ['with more than a verdict has', { ...whole, note: 'x' }],
  ['of a metric without a name', changed({ metric: undefined })],
  ['of a metric without a verdict', changed({ verdict: undefined })],
  ['of a metric without a reason', changed({ why: undefined })],
  ['of a metric whose value is text', changed({ value: '9' })],
  ['with more than a metric has', changed({ note: 'x' })],
  ['across an unknown bound', changed({ crossed: { ...metric.crossed, bound: 'alarm' } })],
  ['across an unknown side', changed({ crossed: { ...metric.crossed, side: 'beside' } })],
  ['for half an evaluation in a row', changed({ crossed: { ...metric.crossed, inARow: 1.5 } })],
  ['with half an evaluation allowed', changed({ crossed: { ...metric.crossed, allowed: 0.5 } })],
  ['across a bound without a limit', changed({ crossed: { ...metric.crossed, limit: undefined } })],
  ['with more than a crossing has', changed({ crossed: { ...metric.crossed, note: 'x' } })],
])('a verdict %s is refused', (_, value) => {
  expect(verdict.safeParse(value).success).toBe(false);
});

test.each<[value: unknown, accepted: boolean]>([
  [{ metric: 'tickets', kind: 'value', value: 3 }, true],
  [{ metric: 'tickets', kind: 'value', value: 3, n: 20 }, true],
  [{ metric: 'tickets', kind: 'value' }, false],
  [{ kind: 'value', value: 3 }, false],
  [{ metric: 'tickets', kind: 'noData' }, true],
  [{ kind: 'noData' }, false],
  [{ metric: 'tickets', kind: 'noData', value: 0 }, false],
  [{ metric: 'tickets', kind: 'error', why: 'down' }, true],
  [{ metric: 'tickets', kind: 'error' }, false],
  [{ kind: 'error', why: 'down' }, false],
  [{ metric: 'tickets', kind: 'guess', value: 3 }, false],
])('R2: %j is a measurement: %s', (value, accepted) => {
  const read = measurement.safeParse(value);
  expect(read.success).toBe(accepted);
  if (read.success) expect(read.data).toEqual(value);
});

test('drift is five whole numbers, and a baseline one number for each metric', () => {
  const counts = { missing: 1, outOfBand: 2, legacy: 3, content: 4, options: 5 };
  expect(driftCounts.parse(counts)).toEqual(counts);
  for (const name of Object.keys(counts)) {
    expect(driftCounts.safeParse({ ...counts, [name]: undefined }).success, name).toBe(false);
    expect(driftCounts.safeParse({ ...counts, [name]: 1.5 }).success, name).toBe(false);
  }
  expect(baseline.parse({ tickets: 1.5 })).toEqual({ tickets: 1.5 });
  expect(baseline.safeParse({ tickets: 'few' }).success).toBe(false);
});
