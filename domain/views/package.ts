/** A released package as its workflow answers the `currentState` query, and as its final record has it. */
import { z } from 'zod';
import { changeSchema, riskSchema, tuneStepSchema } from '../plan/schema.ts';
import { grantTotals, receipt } from '../release/receipt.ts';
import { nextActionNames, packageStates } from '../states.ts';
import { planClock } from '../time/plan-clock.ts';
import { baseline, verdictKinds } from '../watch/measurement.ts';
import { accessClaimView } from './access-claim.ts';
import { planMs } from './instants.ts';
import { noteView } from './note.ts';
import { proposalView } from './proposal.ts';
import { refusalView } from './refusal.ts';
import { requestView } from './request.ts';
import { waitView } from './wait.ts';

/** A granted role whose content is not the reviewed one, as the last evaluation found it. */
const changedContent = z.strictObject({
  system: z.string(),
  role: z.string(),
  digest: z.string().describe('of what the role may do now; the owner accepts exactly this'),
  text: z.string(),
});
export type ChangedContent = z.output<typeof changedContent>;

export const packageView = z
  .strictObject({
    kind: z.literal('package'),
    plan: z.string(),
    wave: z.string(),
    package: z.string(),
    name: z.string(),
    owner: z.string(),
    team: z.string(),
    risk: riskSchema,
    revision: z.int(),
    state: z.enum(packageStates),
    nextAction: z.enum(nextActionNames),
    grants: grantTotals.describe('running totals of what this release did; for a rollback see `receipts`'),
    watch: z.strictObject({
      startMs: planMs,
      endMs: planMs,
      day: z.number(),
      days: z.number(),
      paused: z.string().exactOptional(),
      nextEvaluationMs: planMs.exactOptional(),
      evaluations: z.int(),
    }),
    baseline: baseline.exactOptional().describe('metric → value before go-live, which relative bounds are multiples of'),
    lastVerdict: z.strictObject({ kind: z.enum(verdictKinds), why: z.string(), atMs: planMs, evaluation: z.int() }).exactOptional(),
    proposal: proposalView.exactOptional(),
    contents: z.array(changedContent).exactOptional().describe('granted roles whose content the owner can accept; absent: none'),
    claims: z.array(accessClaimView).exactOptional().describe('claims of people that keep access through a rollback; absent: none'),
    tunes: z.array(z.strictObject({ id: z.string(), step: tuneStepSchema, why: z.string(), atMs: planMs, by: z.string(), result: z.string() })),
    receipts: z.array(receipt),
    receiptLine: z.string().exactOptional().describe("the end in one line: '12 granted, 12 revoked, 1 kept: granted by dba_kim'"),
    requests: z.array(requestView).exactOptional().describe('open requests: who is asked for what'),
    waits: z.array(waitView).exactOptional().describe('systems that it waits for, because what is done there fails and is tried again; absent: none'),
    change: changeSchema.exclude(['release']).exactOptional().describe('absent: released for the first time'),
    supersededBy: z.string().exactOptional().describe('the wave whose later release of this package supersedes this one'),
    certifiedMs: planMs.exactOptional(),
    notes: z.array(noteView),
    refusals: z.array(refusalView).describe('the last refused messages, at most twenty'),
    clock: planClock.exactOptional(),
    endedWhy: z.string().exactOptional(),
  })
  .meta({ id: 'PackageView' });
export type PackageView = z.output<typeof packageView>;
