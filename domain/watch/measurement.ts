/** What an evaluation recorded of one metric; verdicts are functions of these alone. */
export type Measurement =
  | { metric: string; kind: 'value'; value: number; n?: number }
  | { metric: string; kind: 'noData' }
  /** The provider failed; counted apart from a breach (R2). */
  | { metric: string; kind: 'error'; why: string };

export const driftMetric = 'access-drift';

/** Actual against reviewed, in counts; the lines are in the store with the evaluation. */
export interface DriftCounts {
  missing: number;
  outOfBand: number;
  legacy: number;
  content: number;
}

export interface Evaluation {
  /** 1, 2, …; counted over the whole life of the package. */
  number: number;
  /** Plan time at which its range starts; left out where nobody knows it any more (words then name no range). */
  fromMs?: number;
  /** Plan time at which it was due; its range ends there. */
  dueMs: number;
  purpose: 'scheduled' | 'first' | 'on-demand' | 'weekly' | 'after-tune';
  measurements: Measurement[];
  drift: DriftCounts;
}

export type VerdictKind = 'healthy' | 'learning' | 'noData' | 'tune' | 'rollback' | 'error' | 'noBenefit' | 'terminated';
/** `why`: one sentence for people, most important first. */
export interface Verdict {
  kind: VerdictKind;
  why: string;
  metrics: { metric: string; verdict: VerdictKind; why: string }[];
}

/** Value of each metric before go-live; a metric without data has none. */
export type Baseline = Record<string, number>;
