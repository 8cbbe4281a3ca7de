/** One recorded evaluation of a released package: what it measured over which range, and how the rules of that time judged it. */
import { z } from 'zod';
import { driftCounts, evaluationPurposes, measurement, verdict } from '../watch/measurement.ts';
import { planMs, realMs } from './instants.ts';
import { contentChange } from './preview.ts';

export const evaluationView = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    package: z.string(),
    number: z.int().describe('1, 2, …, counted over the whole life of the package'),
    purpose: z.enum(evaluationPurposes),
    dueMs: planMs.describe('when it was due; plan time. Each measurement has its own range, which ends there or the metric’s delay before'),
    evaluatedAtMs: realMs,
    measurements: z.array(measurement),
    drift: driftCounts,
    driftLines: z.array(z.string()),
    contents: z.array(contentChange).exactOptional().describe('granted roles that may do something else than was reviewed, at most fifty; absent: none'),
    linesLeftOut: z
      .literal(true)
      .exactOptional()
      .describe('`driftLines` and `contents` are on record and left out: an answer has those of the newest twenty evaluations that have any'),
    verdict,
    rules: z.int().describe('version of the rules that produced the verdict, which is never recomputed'),
  })
  .meta({ id: 'EvaluationView' });
export type EvaluationView = z.output<typeof evaluationView>;
