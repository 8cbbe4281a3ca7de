/** A wave as its workflow answers the `currentState` query, and as its final record has it. */
import { z } from 'zod';
import { incompatibleCounts, previewPart } from '../access/preview.ts';
import { changeSchema, riskSchema } from '../plan/schema.ts';
import { nextActionNames, packageStates, waveStages } from '../states.ts';
import { planClock } from '../time/plan-clock.ts';
import { blocker, heldBack } from './blocker.ts';
import { checklistLine } from './checklist.ts';
import { planMs } from './instants.ts';
import { noteView } from './note.ts';
import { refusalView } from './refusal.ts';
import { requestView } from './request.ts';
import { reviewView } from './review.ts';
import { signOffView } from './sign-off.ts';

/** A package in its wave: what it still needs before its release, and when it was released. */
export const wavePackageView = z
  .strictObject({
    package: z.string(),
    name: z.string(),
    owner: z.string(),
    team: z.string(),
    risk: riskSchema,
    state: z.enum(packageStates),
    nextAction: z.enum(nextActionNames),
    goLiveMs: planMs.exactOptional(),
    planDigest: z.string(),
    previewDigest: z.string().exactOptional(),
    preview: z.array(previewPart).exactOptional(),
    incompatibleAcross: z
      .array(incompatibleCounts)
      .exactOptional()
      .describe('rules about incompatible entitlements in two systems; those of one system are in its part of the preview'),
    change: changeSchema.exclude(['release']).exactOptional().describe('absent: released for the first time'),
    checklist: z.array(checklistLine),
    duties: z
      .strictObject({
        appliedBy: z.array(z.string()).describe('who applied the changes since its last release'),
        receivers: z.array(z.string()).describe('of the people who may sign, those who receive the access'),
        allowed: z.array(z.string()).describe('what the site lets be, in words; empty: one person who neither applied nor receives it must approve'),
      })
      .exactOptional()
      .describe('separation of duties; absent where nothing is changed'),
    signOffs: z.array(signOffView),
    blockers: z.array(blocker).describe('what prevents its release; empty when nothing does'),
    heldBack: heldBack.exactOptional().describe('why it did not go live on its date'),
    releasedAtMs: planMs.exactOptional(),
    endedWhy: z.string().exactOptional().describe('its wave has ended without releasing it, and nobody is asked for anything'),
  })
  .meta({ id: 'WavePackageView' });
export type WavePackageView = z.output<typeof wavePackageView>;

export const waveView = z
  .strictObject({
    kind: z.literal('wave'),
    plan: z.string(),
    wave: z.string(),
    revision: z.int(),
    stage: z.enum(waveStages),
    goLiveMs: planMs.exactOptional(),
    hold: z
      .strictObject({
        reason: z.string(),
        approvals: z.int(),
        liftedBy: z.array(z.string()),
        since: z.int().exactOptional().describe('the revision since which it is held like this: an approval that names it counts for this hold alone'),
      })
      .exactOptional(),
    packages: z.array(wavePackageView),
    notes: z.array(noteView),
    refusals: z.array(refusalView).describe('the last refused messages, at most twenty'),
    review: reviewView.exactOptional(),
    requests: z.array(requestView).exactOptional().describe('open requests: who is asked for what'),
    clock: planClock.exactOptional(),
    endedWhy: z.string().exactOptional(),
  })
  .meta({ id: 'WaveView' });
export type WaveView = z.output<typeof waveView>;
