/** What routes answer, as schemas for the OpenAPI document. The views are those of domain/views.ts; the types below hold the two together. */
import { z } from 'zod';
import { nextActions, packageStates, waveStages } from '../domain/states.ts';
import type { PackageView, WavePackageView, WaveView } from '../domain/views.ts';
import { actionSchema } from '../domain/notices/action.ts';
import { requestKinds, type NoticeLevel } from '../domain/notices/request.ts';
import { usageSources } from '../domain/release/rollback-preview.ts';
import type { StoredNotice } from '../store/contract.ts';
import { readinessItems, tuneStepSchema } from '../domain/plan/schema.ts';

const planMs = z.int().describe('plan time, milliseconds since 1970');
const realMs = z.int().describe('real time, milliseconds since 1970');
const risk = z.enum(['low', 'medium', 'high']);
const state = z.enum(packageStates);
const nextAction = z.enum([...new Set(Object.values(nextActions))] as [string, ...string[]]);
const note = z.object({ by: z.string(), atMs: planMs, text: z.string() });
const refusal = z.object({ id: z.string(), type: z.string(), by: z.string().optional(), atMs: realMs, code: z.string(), message: z.string() });
const review = z.object({
  by: z.string(),
  atMs: planMs,
  successes: z.string(),
  challenges: z.string(),
  improvements: z.string(),
  actions: z.array(z.object({ what: z.string(), owner: z.string() })),
});
const clock = z.object({ epochMs: planMs, anchorMs: realMs, dayMs: z.number() });
const previewPart = z.object({
  system: z.string(),
  digest: z.string(),
  people: z.int(),
  toGrant: z.int(),
  alreadyThere: z.int(),
  toRetire: z.int(),
  toDrop: z.int().optional().describe('granted by an earlier release of the package and taken by this one; left out when there is nothing'),
  conflicts: z.array(z.string()),
});
const dependencyLine = z.object({ line: z.string(), clear: z.boolean(), clearedBy: z.string().optional() });
const accountLine = z.object({ role: z.string(), account: z.string(), why: z.string() });
const receipt = z.object({
  system: z.string(),
  granted: z.int(),
  revoked: z.int(),
  kept: z.array(accountLine),
  restored: z.int(),
  notRestored: z.array(accountLine),
  failed: z.array(accountLine),
  gone: z.int().optional(),
  check: z.string(),
});

const request = z.object({
  notice: z.string().describe('id of the last notice about it'),
  kind: z.enum(requestKinds),
  package: z.string().optional(),
  to: z.array(z.string()).describe('everybody who was told so far'),
  sinceMs: planMs,
  byMs: planMs.optional().describe('when an answer is needed'),
  text: z.string(),
  action: actionSchema.describe('how it is answered'),
});
const requests = z.array(request).optional().describe('who is asked for what, and has not answered yet');
const change = z.enum(['revise', 'retire', 'observe']).optional().describe('absent: released for the first time');

const wavePackageView = z
  .object({
    package: z.string(),
    name: z.string(),
    owner: z.string(),
    team: z.string(),
    risk,
    state,
    nextAction,
    goLiveMs: planMs.optional(),
    planDigest: z.string(),
    previewDigest: z.string().optional(),
    preview: z.array(previewPart).optional(),
    change,
    checklist: z.array(z.object({ item: z.enum(readinessItems), ok: z.boolean(), why: z.string(), by: z.string().optional(), expiresMs: planMs.optional() })),
    signOffs: z.array(
      z.object({
        by: z.string(),
        decision: z.enum(['approve', 'reject']),
        atMs: planMs,
        counts: z.boolean(),
        planDigest: z.string().optional(),
        previewDigest: z.string().optional(),
        reason: z.string().optional(),
      }),
    ),
    needs: z.array(z.string()).describe('what is still to be done, by whom'),
    heldBack: z.string().optional(),
    releasedAtMs: planMs.optional(),
  })
  .meta({ id: 'WavePackageView' });

export const waveView = z
  .object({
    kind: z.literal('wave'),
    plan: z.string(),
    wave: z.string(),
    revision: z.int(),
    stage: z.enum(waveStages),
    goLiveMs: planMs.optional(),
    hold: z.object({ reason: z.string(), approvals: z.int(), liftedBy: z.array(z.string()) }).optional(),
    packages: z.array(wavePackageView),
    notes: z.array(note),
    refusals: z.array(refusal),
    review: review.optional(),
    requests,
    clock: clock.optional(),
    endedWhy: z.string().optional(),
  })
  .meta({ id: 'WaveView' });

export const packageView = z
  .object({
    kind: z.literal('package'),
    plan: z.string(),
    wave: z.string(),
    package: z.string(),
    name: z.string(),
    owner: z.string(),
    team: z.string(),
    risk,
    revision: z.int(),
    state,
    nextAction,
    grants: z.object({ created: z.int(), preexisting: z.int(), failed: z.int(), unknown: z.int(), legacyRetired: z.int() }),
    watch: z.object({
      startMs: planMs,
      endMs: planMs,
      day: z.number(),
      days: z.number(),
      paused: z.string().optional(),
      nextEvaluationMs: planMs.optional(),
      evaluations: z.int(),
    }),
    baseline: z.record(z.string(), z.number()).optional().describe('metric → value before go-live, which relative bounds are multiples of'),
    lastVerdict: z.object({ kind: z.string(), why: z.string(), atMs: planMs, evaluation: z.int() }).optional(),
    proposal: z
      .object({
        id: z.string(),
        kind: z.enum(['tune', 'rollback', 'question']),
        step: tuneStepSchema.optional(),
        why: z.string(),
        proposedAtMs: planMs,
        dependencies: z.array(dependencyLine).optional(),
        held: z.boolean().optional().describe('frozen: nothing more is granted, access is kept'),
        untilMs: planMs.optional().describe('frozen until then, and proposed again'),
        blackout: z.object({ id: z.string(), untilMs: planMs }).optional().describe('a blackout keeps it waiting until a person decides'),
        approvedBy: z.array(z.string()).optional(),
        approvals: z.literal(2).optional().describe('how many people must approve it; absent: one'),
        answeredBy: z.string().optional(),
      })
      .optional(),
    tunes: z.array(z.object({ id: z.string(), step: tuneStepSchema, why: z.string(), atMs: planMs, by: z.string(), result: z.string() })),
    receipts: z.array(receipt),
    receiptLine: z.string().optional(),
    requests,
    change,
    supersededBy: z.string().optional().describe('the wave that released this package anew and watches it'),
    certifiedMs: planMs.optional(),
    notes: z.array(note),
    refusals: z.array(refusal),
    clock: clock.optional(),
    endedWhy: z.string().optional(),
  })
  .meta({ id: 'PackageView' });

/** Compile-time check: what the domain answers is what these schemas describe. */
type Describes<View extends Described, Described> = View;
export type DescribedViews = [
  Describes<WavePackageView, z.output<typeof wavePackageView>>,
  Describes<WaveView, z.output<typeof waveView>>,
  Describes<PackageView, z.output<typeof packageView>>,
];

export const acceptedAnswer = {
  what: 'accepted; `duplicate` when it was accepted before',
  schema: z.object({ status: z.literal('accepted'), id: z.string(), duplicate: z.boolean().optional() }).meta({ id: 'Accepted' }),
};
export const receivedAnswer = {
  what: 'received and kept, not yet decided: no worker answered in time; `statusUrl` says later how it was decided',
  schema: z.object({ status: z.literal('received'), id: z.string(), statusUrl: z.string() }).meta({ id: 'Received' }),
};

export const messageStatus = z
  .object({ status: z.enum(['accepted', 'refused', 'unknown']), code: z.string().optional(), message: z.string().optional() })
  .meta({ id: 'MessageStatus' });

export const waveRow = z.object({ plan: z.string(), wave: z.string(), stage: z.string(), running: z.boolean() }).meta({ id: 'WaveRow' });
export const fullWave = z.object({ wave: waveView, packages: z.array(packageView) }).meta({ id: 'FullWave' });
export const packageRow = z
  .object({
    plan: z.string(),
    wave: z.string(),
    package: z.string(),
    name: z.string(),
    owner: z.string(),
    team: z.string(),
    risk: z.string(),
    state: z.string(),
    nextAction: z.string(),
    released: z.boolean(),
    running: z.boolean(),
  })
  .meta({ id: 'PackageRow' });

const auditEvent = z
  .object({
    id: z.string(),
    plan: z.string(),
    wave: z.string(),
    package: z.string().optional(),
    atMs: planMs,
    actor: z.string().describe('person id, or rolewave'),
    kind: z.string(),
    text: z.string(),
    data: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'AuditEvent' });
export const waveEvents = z
  .object({ events: z.array(auditEvent), cut: z.boolean().describe('true when there are older ones that are left out') })
  .meta({ id: 'WaveEvents' });

export const packageInFull = z
  .object({
    package: wavePackageView.nullable().describe('as its wave has it: checklist, sign-offs, preview'),
    running: packageView.nullable().describe('since its release; also its last word when it has ended'),
    evaluations: z.array(
      z.object({
        number: z.int(),
        purpose: z.string(),
        dueMs: planMs,
        evaluatedAtMs: realMs,
        measurements: z.array(z.unknown()),
        drift: z.object({ missing: z.int(), outOfBand: z.int(), legacy: z.int(), content: z.int() }),
        driftLines: z.array(z.string()),
      }),
    ),
    ledger: z.record(z.string(), z.record(z.string(), z.int())).describe('kind of entry → outcome → how many'),
    events: z.array(auditEvent),
  })
  .meta({ id: 'PackageInFull' });

export const appliedWave = z
  .object({
    wave: z.string(),
    status: z.enum(['accepted', 'received', 'refused', 'closed', 'failed']),
    id: z.string(),
    duplicate: z.boolean().optional(),
    code: z.string().optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'AppliedWave' });
export const applied = z
  .object({
    plan: z.string(),
    revision: z.int(),
    changed: z.boolean(),
    waves: z.array(appliedWave),
    packages: z
      .array(
        z.object({
          package: z.string(),
          wave: z.string(),
          status: z.enum(['sent', 'ended', 'skipped', 'failed']),
          message: z.string().optional(),
        }),
      )
      .optional()
      .describe('released packages, and whether they were told of the revision; left out when there are none'),
  })
  .meta({ id: 'Applied' });

const previewLine = z.object({
  system: z.string(),
  role: z.string(),
  account: z.string(),
  person: z.string().describe("empty where the account is nobody's of this release"),
  why: z.string(),
  lastUsedMs: realMs.optional(),
});
export const rollbackPreview = z
  .object({
    asOf: z
      .enum(['now', 'ledger', 'mixed'])
      .describe('now: as the systems hold it; ledger: what this release did, the systems were not asked; mixed: `systems` says which is which'),
    sinceMs: realMs.describe('since when it was asked who used it'),
    counts: z.object({
      revoked: z.int(),
      restored: z.int(),
      kept: z.int(),
      undecided: z.int(),
      usedBy: z.int().optional().describe('people who would lose what they used since then; absent: it cannot be seen'),
    }),
    systems: z.array(
      z.object({
        system: z.string(),
        asOf: z.enum(['now', 'ledger']),
        why: z.string().optional().describe('why it is not as of now'),
        revoked: z.int(),
        usedBy: z.int().optional(),
        usageFrom: z.enum(usageSources).optional(),
        usageNote: z.string().optional(),
      }),
    ),
    revoked: z.array(previewLine),
    restored: z.array(previewLine),
    kept: z.array(previewLine),
    undecided: z.array(previewLine),
    cut: z.boolean().describe('true when the lists are shortened; the counts never are'),
    dependencies: z.array(dependencyLine),
    dependencyCheck: z.string(),
  })
  .meta({ id: 'RollbackPreview' });

const noticeLevels = ['first', 'delegate', 'onCall', 'overdue'] as const satisfies NoticeLevel[];
export const storedNotice = z
  .object({
    id: z.string(),
    plan: z.string(),
    wave: z.string(),
    package: z.string().optional(),
    kind: z.enum(requestKinds),
    level: z.enum(noticeLevels).describe('why it went out: asked first, nobody answered, its time has run out'),
    to: z.array(z.string()).describe('person ids'),
    openedAtMs: planMs,
    byMs: planMs.optional().describe('when an answer is needed; plan time'),
    text: z.string(),
    action: actionSchema.describe('how it is answered'),
    answeredAtMs: planMs.optional(),
    deliveries: z.array(
      z.object({
        channel: z.string(),
        recipient: z.string().describe("person id; '' where one message is for all"),
        state: z.enum(['sent', 'failed']),
        attempts: z.int().describe('how often it came to an end, after all tries of each: once, and once more for each time that it was sent again'),
        why: z.string().optional(),
        atMs: realMs,
      }),
    ),
  })
  .meta({ id: 'StoredNotice' });
export type DescribedNotice = Describes<StoredNotice, z.output<typeof storedNotice>>;
export const noticeList = z
  .object({ notices: z.array(storedNotice), cut: z.boolean().describe('true when there are older ones that are left out') })
  .meta({ id: 'NoticeList' });
export const resending = z.object({ status: z.literal('sending'), id: z.string() }).meta({ id: 'Resending' });

/** Of a plan, with its place in the file; or of a body, with its path. */
const mistake = z.object({ file: z.string().optional(), line: z.int().optional(), column: z.int().optional(), path: z.string(), message: z.string() });
export const problemSchema = z
  .looseObject({
    type: z.string(),
    code: z.string(),
    status: z.int(),
    title: z.string(),
    detail: z.string(),
    whatToDo: z.string(),
    instance: z.string(),
    mistakes: z.array(mistake).optional(),
  })
  .meta({ id: 'Problem' });
