/** What a person can do about a package now, and who may do it. */
import { z } from 'zod';
import { planMs } from './instants.ts';
import { readinessItems } from '../plan/schema.ts';

/** The messages about one package that people send from a page. */
export const openActionTypes = [
  'signOff',
  'evidence',
  'setDate',
  'holdBack',
  'liftHold',
  'decide',
  'evaluate',
  'extend',
  'pause',
  'resume',
  'tune',
  'rollback',
  'certify',
  'acceptContent',
  'claim',
  'endClaim',
  'note',
  'abort',
] as const;
export type OpenActionType = (typeof openActionTypes)[number];

export const decisionAnswers = ['approve', 'finish', 'freeze', 'decline', 'afterBlackout'] as const;
export type DecisionAnswer = (typeof decisionAnswers)[number];

export const openAction = z
  .strictObject({
    type: z.enum(openActionTypes),
    item: z.enum(readinessItems).exactOptional().describe('of the checklist; for evidence'),
    decision: z.enum(['approve', 'reject', 'withdraw']).exactOptional().describe('for a sign-off'),
    answer: z.enum(decisionAnswers).exactOptional().describe('to the open proposal'),
    hold: z
      .strictObject({
        reason: z.string(),
        since: z.int().exactOptional().describe('the revision since which it is held like this: what the approval names'),
        sinceMs: planMs.exactOptional().describe('when that revision was applied'),
      })
      .exactOptional()
      .describe('for lifting the hold of its wave: which hold that is'),
    may: z.boolean().describe('whether the reader may do it'),
    who: z.array(z.string()).describe('ids of those who may, at most twenty; empty: nobody in the plan'),
  })
  .meta({ id: 'OpenAction' });
export type OpenAction = z.output<typeof openAction>;
