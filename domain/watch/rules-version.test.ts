import { expect, test } from 'vitest';
import { sha256Hex } from '../canonical.ts';
import { watchSchema, type WatchedMetric } from '../plan/schema.ts';
import { noDrift, type Baseline, type Evaluation, type Verdict } from './measurement.ts';
import { currentRules, rulesVersion } from './verdict.ts';

/** What each version of the rules decides for the table below, without the sentences. A version that has judged anything is never pinned again. */
const pinned: Record<number, string> = {
  1: '058d74983ac65b6802fbd873370e8c3a3341179668d74ff6f3f2790fadf4bf59',
  2: 'de60c108e329453c1ef9e571732bea60f0f93d75f30aef158dbdf80ed09b4695',
};

const day = 86_400_000;
const start = Date.parse('2026-04-08T00:00:00Z');

const bounds: Partial<WatchedMetric>[] = [
  { tune: { above: 10 } },
  { tune: { below: 10 } },
  { tune: { above: 10 }, rollback: { above: 20 }, failuresAllowed: 1 },
  { tune: { above: 10, below: 2 }, minimum: 5 },
  { tune: { aboveBaselineTimes: 2 }, rollback: { aboveBaselineTimes: 4 } },
  { tune: { belowBaselineTimes: 0.5 }, from: 2 * day },
  { rollback: { below: 3 }, failuresAllowed: 2, minimum: 5 },
];
const baselines: Baseline[] = [{}, { x: 0 }, { x: 5 }];
type Reading = number | [value: number, n: number] | 'noData' | 'error';
const histories: Reading[][] = [
  [],
  [0],
  [10],
  [11],
  [21, 21],
  [11, 3, 11],
  [11, 'noData', 11],
  [21, 'error', 21],
  [1, 1, 1],
  [11, 1, 1],
  [
    [11, 5],
    [11, 4],
    [11, 9],
  ],
  [2, 2, 'noData'],
  [2, 2, 'error'],
  [30, 30, 30, 30],
];
const purposes: Evaluation['purpose'][] = ['scheduled', 'on-demand', 'after-tune', 'weekly'];
const drifts = [noDrift, { ...noDrift, missing: 1 }];
const lookbacks = [day, 2 * day];

function evaluationsOf(history: Reading[], purpose: Evaluation['purpose'], drift: typeof noDrift, lookbackMs: number): Evaluation[] {
  const range = (index: number) => ({
    metric: 'x',
    fromMs: Math.max(start, start + (index + 1) * day - lookbackMs),
    toMs: start + (index + 1) * day,
    lookbackMs,
  });
  return history.map((reading, index) => ({
    number: index + 1,
    purpose: index === history.length - 2 ? purpose : 'scheduled',
    dueMs: start + (index + 1) * day,
    drift: index === history.length - 1 ? drift : noDrift,
    measurements: [
      reading === 'noData'
        ? { ...range(index), kind: 'noData' }
        : reading === 'error'
          ? { ...range(index), kind: 'error', why: 'down' }
          : { ...range(index), kind: 'value', ...(Array.isArray(reading) ? { value: reading[0], n: reading[1] } : { value: reading }) },
    ],
  }));
}

const withoutWords = ({ kind, metrics }: Verdict) => ({ kind, metrics: metrics.map(({ why: _why, ...rest }) => rest) });

function results() {
  const found = [];
  for (const bound of bounds) {
    const watch = watchSchema.parse({ length: '14d', metrics: [{ metric: 'access-drift' }, { metric: 'x', ...bound, from: undefined }] });
    watch.metrics[1]!.from = bound.from ?? 0;
    for (const baseline of baselines)
      for (const history of histories)
        for (const purpose of purposes)
          for (const drift of drifts)
            for (const lookback of lookbacks) {
              const evaluations = evaluationsOf(history, purpose, drift, lookback);
              found.push(
                withoutWords(currentRules.judge(watch, evaluations, baseline, start)),
                withoutWords(currentRules.judgeEnd(watch, evaluations, baseline, start)),
              );
            }
  }
  return found;
}

test('rules that decide differently have a new version: raise rulesVersion and pin its results under the new number', () => {
  const found = results();
  expect(new Set(found.map(({ kind }) => kind))).toEqual(new Set(['healthy', 'learning', 'noData', 'tune', 'rollback', 'error', 'noBenefit']));
  expect({ version: rulesVersion, says: sha256Hex(found) }).toEqual({ version: currentRules.version, says: pinned[rulesVersion] });
  expect(new Set(Object.values(pinned)).size).toBe(Object.keys(pinned).length);
});
