/** What a metric of a plan measures now: the range, the numbers, and how old the newest row is, for people who are to sign it. */
import { z } from 'zod';
import { measurement } from '../watch/measurement.ts';
import { realMs } from './instants.ts';

const tried = z.strictObject({ fromMs: realMs.describe('start of the range; real time'), toMs: realMs, measured: measurement });

export const metricTrialView = z
  .strictObject({
    plan: z.string(),
    metric: z.string(),
    package: z.string().describe('the package for whose people it was measured'),
    kind: z.enum(['rate', 'ratio', 'gauge']),
    system: z.string().exactOptional().describe('the system that was asked'),
    timeZone: z.string().exactOptional().describe('in which the plan says that local times are read'),
    people: z.int().describe('how many it was measured for'),
    evaluation: tried.describe('as an evaluation that is due now would measure it'),
    baseline: tried.describe('as a baseline that is taken now would'),
    newest: z
      .strictObject({
        ageMs: z.number().describe('how old the newest row is that it counts; plan time'),
        atMs: realMs.describe('when that was; real time, within a few percent of the age'),
        late: z.boolean().describe('rows seem to arrive later than the metric’s delay allows for'),
      })
      .exactOptional()
      .describe('absent where it counts no rows, or there are none'),
    newestProblem: z.string().exactOptional().describe('why it is not known how old the newest row is'),
  })
  .meta({ id: 'MetricTrial' });
export type MetricTrialView = z.output<typeof metricTrialView>;
