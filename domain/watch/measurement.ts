/** What an evaluation measured, and how it was judged. Times are plan time in milliseconds unless a name says otherwise. */
import { z } from 'zod';

export const units = ['perDay', 'perPersonDay', 'ratio', 'gauge'] as const;
export type Unit = (typeof units)[number];

/** What was measured over which range; absent for access drift, which is read as it is now. */
const timeBase = {
  metric: z.string(),
  fromMs: z.number().exactOptional().describe('start of the range that was measured; plan time'),
  toMs: z.number().exactOptional().describe('end of the range; plan time'),
  lookbackMs: z.number().exactOptional().describe('how much the range should cover; a range that covers less is too early to tell'),
};

/** The measurement of one metric; verdicts depend on these alone. A provider's error is counted apart from a breach (R2). */
export const measurement = z.discriminatedUnion('kind', [
  z.strictObject({
    ...timeBase,
    kind: z.literal('value'),
    value: z.number().describe('in its unit'),
    unit: z.enum(units).exactOptional(),
    n: z.number().exactOptional().describe('size of the sample: what a rate counted, or what a ratio is of'),
    count: z.number().exactOptional().describe('what was counted, before it was divided'),
  }),
  z.strictObject({ ...timeBase, kind: z.literal('noData') }),
  z.strictObject({ ...timeBase, kind: z.literal('error'), why: z.string() }),
]);
export type Measurement = z.output<typeof measurement>;

export { driftMetric } from './drift-metric.ts';

/** Actual access compared with reviewed access, in counts; the lines are in the store with the evaluation. */
export const driftCounts = z.strictObject({
  missing: z.int(),
  outOfBand: z.int(),
  legacy: z.int(),
  content: z.int(),
  options: z.int().describe('held in a form that gives less or more than was reviewed'),
  leavers: z.int().exactOptional().describe('granted to people who have left the cohort, and to be revoked; absent: none'),
});
export type DriftCounts = z.output<typeof driftCounts>;
export const noDrift: DriftCounts = { missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 };

export const evaluationPurposes = ['scheduled', 'first', 'on-demand', 'weekly', 'after-tune'] as const;

/** One reading of all metrics, which the rules judge. `number`: 1, 2, …; counted over the whole life of the package. */
export const evaluationTaken = z.strictObject({
  number: z.int(),
  purpose: z.enum(evaluationPurposes),
  dueMs: z.number().describe("when it was due; each metric's range ends there, or its `delay` before"),
  measurements: z.array(measurement),
  drift: driftCounts,
});
export type Evaluation = z.output<typeof evaluationTaken>;

export const verdictKinds = ['healthy', 'learning', 'noData', 'tune', 'rollback', 'error', 'noBenefit', 'terminated'] as const;
export type VerdictKind = (typeof verdictKinds)[number];

const crossedBound = z
  .strictObject({
    bound: z.enum(['tune', 'rollback']),
    side: z.enum(['above', 'below']),
    limit: z.number(),
    inARow: z.int().describe('evaluations in a row that cross it, including this one'),
    allowed: z.int().describe('how many in a row are allowed'),
  })
  .describe('the bound that the value crosses, even if that is still allowed');

/** The verdict on one metric, with the numbers behind it. */
const metricVerdict = z.strictObject({
  metric: z.string(),
  verdict: z.enum(verdictKinds),
  why: z.string(),
  value: z.number().exactOptional().describe('the value that was judged'),
  n: z.number().exactOptional().describe('size of its sample'),
  baseline: z.number().exactOptional().describe('the value before go-live'),
  crossed: crossedBound.exactOptional(),
});
export type MetricVerdict = z.output<typeof metricVerdict>;

export const verdict = z.strictObject({
  kind: z.enum(verdictKinds),
  why: z.string().describe('one sentence, the most important reason first'),
  metrics: z.array(metricVerdict),
});
export type Verdict = z.output<typeof verdict>;

/** Value of each metric before go-live, in its unit; a metric without data has none. */
export const baseline = z.record(z.string(), z.number());
export type Baseline = z.output<typeof baseline>;
