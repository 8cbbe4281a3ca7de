/** What an evaluation measures, and the verdicts that follow from it. */
import { z } from 'zod';

/** Of one metric; verdicts are functions of these alone. A provider's error is counted apart from a breach (R2). */
export const measurement = z.discriminatedUnion('kind', [
  z.strictObject({ metric: z.string(), kind: z.literal('value'), value: z.number(), n: z.number().exactOptional().describe('size of the sample') }),
  z.strictObject({ metric: z.string(), kind: z.literal('noData') }),
  z.strictObject({ metric: z.string(), kind: z.literal('error'), why: z.string() }),
]);
export type Measurement = z.output<typeof measurement>;

export const driftMetric = 'access-drift';

/** Actual against reviewed, in counts; the lines are in the store with the evaluation. */
export const driftCounts = z.strictObject({ missing: z.int(), outOfBand: z.int(), legacy: z.int(), content: z.int() });
export type DriftCounts = z.output<typeof driftCounts>;

export const evaluationPurposes = ['scheduled', 'first', 'on-demand', 'weekly', 'after-tune'] as const;

export interface Evaluation {
  /** 1, 2, …; counted over the whole life of the package. */
  number: number;
  /** Plan time at which its range starts; left out where nobody knows it any more (words then name no range). */
  fromMs?: number;
  /** Plan time at which it was due; its range ends there. */
  dueMs: number;
  purpose: (typeof evaluationPurposes)[number];
  measurements: Measurement[];
  drift: DriftCounts;
}

export const verdictKinds = ['healthy', 'learning', 'noData', 'tune', 'rollback', 'error', 'noBenefit', 'terminated'] as const;
export type VerdictKind = (typeof verdictKinds)[number];

/** `why`: one sentence for people, most important first. */
export interface Verdict {
  kind: VerdictKind;
  why: string;
  metrics: { metric: string; verdict: VerdictKind; why: string }[];
}

/** Value of each metric before go-live; a metric without data has none. */
export const baseline = z.record(z.string(), z.number());
export type Baseline = z.output<typeof baseline>;
