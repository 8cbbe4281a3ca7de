/**
 * What workflows are started with, as schemas: anyone who reaches the namespace can start one with anything. What is not in its form fails the workflow at its
 * first line, instead of failing its task again and again. That it is in its form says nothing about whether it may do anything.
 */
import { z } from 'zod';
import { previewPart } from '../access/preview.ts';
import type { NoticeInput } from '../notices/notice-run.ts';
import { planClock } from '../time/plan-clock.ts';
import { instantMs } from '../time/written.ts';
import { changeSchema, riskSchema, tuneStepSchema } from './schema.ts';
import type { CarriedPackage, CarriedWave, PackageSection, PlanTerms, RolePackageInput, WaveInput, WaveSection } from './section.ts';
import type { SimulationInput } from './simulation.ts';

const text = z.string();
const id = text.min(1);
const digest = text;
const instant = instantMs;
const span = z.int().min(0);
const count = z.int().min(0);
const clock = planClock.extend({ dayMs: z.number().positive() });

const carriedPackage = z.object({
  id,
  owner: id,
  risk: riskSchema,
  requires: z.object({ drill: z.object({ validFor: span, timebox: span, signedBy: id }).exactOptional(), training: z.boolean(), backup: z.boolean() }),
  buildsOn: z.array(id),
  watch: z.object({
    length: span,
    // Evaluations that follow each other at once would never end.
    every: span.min(1),
    firstCheck: span,
    extendBy: span,
    extensionsAllowed: count,
    metrics: z.array(z.object({ metric: id })),
  }),
  tune: z.object({ attempts: count, onDrift: tuneStepSchema, onMetric: tuneStepSchema }),
  rollback: z.object({ approval: z.enum(['owner', 'automatic']) }),
  certifyEvery: span.exactOptional(),
}) satisfies z.ZodType<CarriedPackage>;

const packageSection = z.object({
  package: carriedPackage,
  cohortSize: count,
  planDigest: digest,
  systems: z.array(id),
  goLiveMs: instant.exactOptional(),
  rollbackOnly: z.boolean(),
  team: text,
  delegates: z.array(z.object({ of: id, to: id, until: instant })),
  change: changeSchema,
  rollbackApprovals: count,
  duties: z.object({
    appliedBy: z.array(id),
    receivers: z.array(id),
    site: z.object({ applierMayBeOnlySigner: z.boolean(), signerMayBeGranted: z.boolean() }),
  }),
  saidElsewhere: z
    .array(z.object({ wave: id, decision: z.enum(['approve', 'reject', 'withdraw']), atMs: instant, reason: text.exactOptional() }))
    .exactOptional(),
}) satisfies z.ZodType<PackageSection>;

const escalation = z.object({ delegateAfter: span, onCallAfter: span });
const planTerms = {
  notices: z.object({ onCall: z.array(id), usual: escalation, urgent: escalation }),
  blackouts: z.array(z.object({ id, from: instant, until: instant, packages: z.array(id).exactOptional() })),
};
z.object(planTerms) satisfies z.ZodType<PlanTerms>;

const carriedWave = z.object({
  id,
  status: z.enum(['scheduled', 'tentative', 'on-hold']),
  goLive: instant.exactOptional(),
  window: span,
  goLiveTogether: z.boolean(),
  after: z.array(id),
  alsoSigns: z.array(id),
  tolerance: count,
  hold: z.object({ reason: text, liftedBy: z.array(id), approvals: count, since: count.exactOptional() }).exactOptional(),
  reviewWithin: span,
}) satisfies z.ZodType<CarriedWave>;

const waveSectionSchema = z.object({
  plan: id,
  revision: count,
  wave: carriedWave,
  packages: z.array(packageSection).min(1),
  operators: z.array(id),
  ...planTerms,
}) satisfies z.ZodType<WaveSection>;

/** `carried`: the state of the run before, which only a workflow that continued as new has. */
const started = { clock: clock.exactOptional(), carried: z.record(text, z.unknown()).exactOptional(), continueAfterEvents: count.exactOptional() };

const waveInput = z.object({ section: waveSectionSchema, ...started }) satisfies z.ZodType<WaveInput>;

const rolePackageInput = z.object({
  plan: id,
  wave: id,
  revision: count,
  section: packageSection,
  operators: z.array(id),
  ...planTerms,
  release: z.object({
    previewDigest: digest,
    parts: z.array(previewPart),
    baseline: z.record(text, z.number()),
    goLiveMs: instant,
    despiteBlackout: z.literal(true).exactOptional(),
    riskUntilMs: instant.exactOptional(),
    signedBy: z.array(z.object({ by: id, atMs: instant })).exactOptional(),
  }),
  ...started,
}) satisfies z.ZodType<RolePackageInput>;

const simulationInput = z.object({
  plan: id,
  draft: digest,
  packages: z.array(z.object({ id, systems: z.array(id), alsoReads: z.array(id).exactOptional() })),
}) satisfies z.ZodType<SimulationInput>;

const metricTrialInput = z.object({ draft: digest, metric: id, package: id });

const rollbackPreviewInput = z.object({
  release: z.object({ plan: id, wave: id, package: id, revision: count, planDigest: digest, previewDigest: digest, parts: z.array(previewPart) }),
  sinceMs: z.number(),
});

const noticeInput = z.object({ notice: id, again: z.enum(['failed', 'all']).exactOptional() }) satisfies z.ZodType<NoticeInput>;

const inputs = {
  wave: waveInput,
  rolePackage: rolePackageInput,
  simulation: simulationInput,
  metricTrial: metricTrialInput,
  rollbackPreview: rollbackPreviewInput,
  notice: noticeInput,
};
export type WorkflowInputs = { [Type in keyof typeof inputs]: z.output<(typeof inputs)[Type]> };

const mostMistakes = 5;

/** Why this is no input of a workflow of this type that begins, each with its place; empty where it is one. */
export function inputMistakes(type: keyof WorkflowInputs, input: unknown): string[] {
  const parsed = inputs[type].safeParse(input);
  if (!parsed.success) return parsed.error.issues.slice(0, mostMistakes).map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`);
  return 'carried' in parsed.data ? ['carried: only a run that continues an earlier one has a state'] : [];
}
