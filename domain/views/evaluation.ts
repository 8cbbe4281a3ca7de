/** One evaluation of a released package, as it was recorded: what each metric measured, and how access differed from what was reviewed. */
import { z } from 'zod';
import { driftCounts, evaluationPurposes, measurement } from '../watch/measurement.ts';
import { planMs, realMs } from './instants.ts';

export const evaluationView = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    package: z.string(),
    number: z.int().describe('1, 2, …, counted over the whole life of the package'),
    purpose: z.enum(evaluationPurposes),
    dueMs: planMs.describe('when it was due, which is where its range ends; plan time'),
    evaluatedAtMs: realMs,
    measurements: z.array(measurement),
    drift: driftCounts,
    driftLines: z.array(z.string()),
  })
  .meta({ id: 'EvaluationView' });
export type EvaluationView = z.output<typeof evaluationView>;
