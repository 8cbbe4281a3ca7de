/** What Rolewave or an operator proposes for a released package: a tune, a rollback, or a question for a person. */
import { z } from 'zod';
import { openAnswer } from '../authority/open-answer.ts';
import { tuneSchema } from '../tune/tune.ts';
import { dependencyLine } from './dependency.ts';
import { planMs } from './instants.ts';

export const proposalView = z.strictObject({
  id: z.string(),
  kind: z.enum(['tune', 'rollback', 'question']),
  tune: tuneSchema.exactOptional().describe('for a tune: what is proposed'),
  why: z.string(),
  about: z
    .enum(['owner', 'grants', 'content'])
    .exactOptional()
    .describe('for a question: a missing owner, grants that were refused or are not known, or roles that may do something else than was reviewed'),
  proposedAtMs: planMs,
  dependencies: z.array(dependencyLine).exactOptional().describe('for a rollback: what must be clear before it may run'),
  frozen: z.boolean().exactOptional().describe('access is kept and nothing more is granted'),
  untilMs: planMs.exactOptional().describe('frozen until then, when it is proposed again; plan time'),
  blackout: z.strictObject({ id: z.string(), untilMs: planMs }).exactOptional().describe('the blackout that defers it until a person decides'),
  approvedBy: z.array(z.string()).exactOptional().describe('who approved it; a second person may still be needed'),
  approvals: z.literal(2).exactOptional().describe('how many people must approve it; absent: one'),
  answeredBy: z.string().exactOptional(),
  answers: z.array(openAnswer).exactOptional().describe('the answers that are possible now, and who may give each; absent: it already runs'),
});
export type ProposalView = z.output<typeof proposalView>;
