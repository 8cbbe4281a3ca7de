/** Something that a person has to decide or supply, and has not yet. */
import { z } from 'zod';
import { actionSchema } from '../notices/action.ts';
import { requestKinds } from '../notices/request.ts';
import { planMs } from './instants.ts';

export const requestView = z.strictObject({
  notice: z.string().describe('id of the last notice about it'),
  kind: z.enum(requestKinds),
  package: z.string().exactOptional(),
  to: z.array(z.string()).describe('everybody who was told so far'),
  sinceMs: planMs,
  byMs: planMs.exactOptional().describe('when an answer is needed; plan time'),
  text: z.string(),
  action: actionSchema.describe('how it is answered'),
});
export type RequestView = z.output<typeof requestView>;
