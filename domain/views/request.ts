/** Something that a person still has to decide or supply. */
import { z } from 'zod';
import { actionSchema } from '../notices/action.ts';
import { requestKinds } from '../notices/request.ts';
import { planMs } from './instants.ts';

export const requestView = z.strictObject({
  notice: z.string().describe('id of the last notice about it'),
  kind: z.enum(requestKinds),
  package: z.string().exactOptional(),
  to: z.array(z.string()).describe('everyone who has been notified so far'),
  sinceMs: planMs,
  byMs: planMs.exactOptional().describe('when an answer is needed; plan time'),
  text: z.string(),
  action: actionSchema.describe('how to answer'),
  mayAnswer: z
    .array(z.string())
    .exactOptional()
    .describe('ids of those who may answer it now; absent: it is only read, it is not known, or more than fifty may'),
});
export type RequestView = z.output<typeof requestView>;
