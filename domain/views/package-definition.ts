/** A package as its plan describes it, for people: what is rolled out, by whom, how it is watched and how it is undone. */
import { z } from 'zod';
import { cohortQuerySchema, entitlementSchema, legacyEntitlementSchema, packageSchema, tuneStepSchema, watchedMetricSchema } from '../plan/schema.ts';

const { description, rolloutSteps, ownerHandoff, rollbackPath, postLaunchChecks, maintenanceNote } = packageSchema.shape;

export const packageDefinition = z
  .strictObject({
    revision: z.int(),
    number: z.int().describe('its place in the plan'),
    description,
    rolloutSteps,
    ownerHandoff,
    rollbackPath,
    postLaunchChecks,
    maintenanceNote,
    entitlements: z.array(entitlementSchema),
    legacy: z.array(legacyEntitlementSchema),
    people: z.int().describe('how many it is for, or may be for'),
    cohortQuery: cohortQuerySchema
      .pick({ system: true })
      .extend({ open: z.boolean(), leavers: z.enum(['keep', 'revoke']) })
      .exactOptional()
      .describe('its people are those of them whom this query answers; absent: all of them'),
    watch: z.strictObject({
      lengthMs: z.number(),
      everyMs: z.number(),
      metrics: z.array(watchedMetricSchema.extend({ from: z.number(), description: z.string().exactOptional() })),
      confirms: z.string().exactOptional(),
    }),
    tune: z.strictObject({ attempts: z.int(), onDrift: tuneStepSchema, onMetric: tuneStepSchema }),
    rollbackApprovals: z.int().describe('how many people must approve a rollback'),
    wave: z.strictObject({ description: z.string().exactOptional(), status: z.enum(['scheduled', 'tentative', 'on-hold']), windowMs: z.number() }),
  })
  .meta({ id: 'PackageDefinition' });
export type PackageDefinition = z.output<typeof packageDefinition>;
