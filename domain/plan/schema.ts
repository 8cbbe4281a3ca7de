/**
 * The plan: what an organization keeps in version control and Rolewave releases.
 *
 * The schema checks the shape and turns text into numbers (durations in milliseconds, dates in milliseconds of plan time);
 * rules across the file (unknown owners, waves that wait for themselves) are in rules.ts. `Plan` is the normalized form:
 * the one that is stored, digested and passed to workflows.
 */
import { z } from 'zod';
import { duration, instant } from '../time/written.ts';
import { contentPattern } from './content-pattern.ts';
import { id, nameInSystem, personId, text } from './fields.ts';
import { metricProviderSchema } from './metric-providers.ts';

const hourMs = 3_600_000;

export const personSchema = z.strictObject({
  id: personId,
  name: text.max(200, 'is longer than 200 characters'),
  team: id,
  email: z.email().optional(),
  /** Account name per system; the person's id where none is given. */
  accounts: z.record(id, nameInSystem).default({}),
});

export const delegateSchema = z.strictObject({ of: personId, to: personId, until: instant, packages: z.array(id).min(1).optional() });

/**
 * A time in which access does not change automatically: go-live, retiring legacy access, tunes that revoke access and rollbacks wait until a person decides.
 * Without `packages` it applies to the whole plan.
 */
export const blackoutSchema = z.strictObject({ id, reason: text, from: instant, until: instant, packages: z.array(id).min(1).optional() });

/** How long a request may go unanswered before the owner's delegate, and then the on-call, are notified too. */
const escalation = (delegateAfter: number, onCallAfter: number) =>
  z.strictObject({ delegateAfter: duration.default(delegateAfter), onCallAfter: duration.default(onCallAfter) }).prefault({});

export const noticesSchema = z.strictObject({
  /** Operators who are notified when nobody answers. All operators where none is named. */
  onCall: z.array(personId).min(1).max(100).optional(),
  usual: escalation(24 * hourMs, 48 * hourMs),
  /** For proposed rollbacks. */
  urgent: escalation(hourMs, 2 * hourMs),
});

export const metricSchema = z.strictObject({
  id,
  description: text,
  /** `rate`: a count over a range, divided by its length. `ratio`: a count of a count. `gauge`: a state at an instant. */
  kind: z.enum(['rate', 'ratio', 'gauge']),
  /** What a rate is divided by; days where it says nothing. */
  per: z.enum(['day', 'person-day']).optional(),
  /** How far back each evaluation measures; the `every` of the package's watch where it says nothing. */
  lookback: duration.optional(),
  /** How late its data may arrive: the range of an evaluation ends this long before the evaluation is due. */
  delay: duration.default(0),
  provider: metricProviderSchema,
});

/** A bound on a metric: crossed when the value is above or below it; the number is absolute or a multiple of the baseline. */
const boundSchema = z.strictObject({
  above: z.number().optional(),
  below: z.number().optional(),
  aboveBaselineTimes: z.number().positive().optional(),
  belowBaselineTimes: z.number().positive().optional(),
});

export const watchedMetricSchema = z.strictObject({
  /** A metric's id, or `access-drift`, which every connector measures. */
  metric: id,
  tune: boundSchema.optional(),
  rollback: boundSchema.optional(),
  /** How many evaluations in a row may cross the bound without consequence. */
  failuresAllowed: z.int().min(0).max(100).default(0),
  /** Fewer samples (`n`) than this is 'too early to tell'. */
  minimum: z.int().min(0).default(0),
  /** Judged only once this much time has passed since go-live. */
  from: duration.default(0),
});

export const watchSchema = z.strictObject({
  length: duration,
  every: duration.default(86_400_000),
  /** An extra evaluation, this long after go-live. */
  firstCheck: duration.default(86_400_000),
  metrics: z.array(watchedMetricSchema).min(1),
  /** With no data: how much longer to watch, and how often, before a person is asked (R2). */
  extendBy: duration.default(7 * 86_400_000),
  extensionsAllowed: z.int().min(0).max(12).default(1),
  /** What a good end of this watch confirms; a text for people. */
  confirms: text.optional(),
});

export const tuneStepSchema = z.enum(['reconcile', 'grantMissing', 'retireLegacy', 'tighten', 'narrow', 'extend', 'ask']);

export const entitlementSchema = z.strictObject({ system: id, role: nameInSystem, description: text.optional() });
/** `rejected` access is never restored, not even by a rollback. */
export const legacyEntitlementSchema = entitlementSchema.extend({ design: z.enum(['superseded', 'rejected']).default('superseded') });

export const readinessItems = [
  'owner',
  'handoff',
  'rollbackPath',
  'drill',
  'backup',
  'notices',
  'training',
  'postLaunchChecks',
  'riskAcceptance',
  'metrics',
] as const;

/**
 * Who of the cohort is in it now: asked when the preview is taken, before go-live and at each evaluation. People are named by their accounts in the system that
 * is asked.
 */
export const cohortQuerySchema = z.strictObject({
  system: id,
  /** One SELECT that answers the column `account`. May use :people (accounts of the cohort, text[]) and :package. */
  statement: text.optional(),
  /** Of a directory (RFC 4515) or a SCIM server (RFC 7644, 3.4.2.2), for its accounts. */
  filter: text.optional(),
  /** Whether people of the cohort whom the query answers only after go-live receive the access too. */
  open: z.boolean().default(false),
  /** What happens to access that this package granted to people who have left the cohort. */
  leavers: z.enum(['keep', 'revoke']).default('keep'),
  /** How many may be missing in an answer before it counts as a mistake; a fifth of the people, and at least one, where it says nothing. */
  maxLeavers: z.int().min(0).max(20_000).optional(),
});

export const riskSchema = z.enum(['low', 'medium', 'high']);

export const packageSchema = z.strictObject({
  id,
  name: text,
  description: text,
  owner: personId,
  risk: riskSchema,
  rolloutSteps: z.array(text).min(1),
  ownerHandoff: text,
  rollbackPath: z.array(text).min(1),
  postLaunchChecks: z.array(text).min(1),
  maintenanceNote: text,
  entitlements: z.array(entitlementSchema).min(1),
  legacy: z.array(legacyEntitlementSchema).default([]),
  cohort: z.array(personId).min(1).max(20_000),
  cohortQuery: cohortQuerySchema.optional(),
  /** Evidence that must be there before release, in addition to what every package needs. */
  requires: z
    .strictObject({
      drill: z.strictObject({ validFor: duration, timebox: duration, signedBy: personId }).optional(),
      training: z.boolean().default(false),
      backup: z.boolean().default(true),
    })
    .prefault({}),
  buildsOn: z.array(id).default([]),
  watch: watchSchema,
  tune: z
    .strictObject({ attempts: z.int().min(0).max(10).default(2), onDrift: tuneStepSchema.default('reconcile'), onMetric: tuneStepSchema.default('ask') })
    .prefault({}),
  /** `secondPerson`: a rollback needs two people, one of them the owner or a delegate. Default: true at high risk. */
  rollback: z
    .strictObject({
      approval: z.enum(['owner', 'automatic']).default('owner'),
      secondPerson: z.boolean().optional(),
      /** Who may keep an access of it through a rollback, for at most how long: other owners who need what it grants. Signed with the package. */
      claims: z.strictObject({ by: z.array(personId).min(1).max(50), atMost: duration.default(30 * 86_400_000) }).optional(),
    })
    .prefault({}),
  /** Objects whose coming and going does not change what a role may do: `schema.name`, with `*` in the name. */
  contentIgnores: z
    .array(z.string().max(200).regex(contentPattern, 'is not a pattern of objects: write schema.name, where the name may contain *, such as sales.orders_*'))
    .min(1)
    .max(50)
    .optional(),
  /** Once the package is stable, its owner confirms this often that it is still needed as it is. */
  certifyEvery: duration.optional(),
});

/**
 * What a wave does with a package: grants it for the first time (`release`); grants what its changed definition adds and revokes what it drops (`revise`);
 * revokes all of it (`retire`); or watches what is already live and changes nothing (`observe`).
 */
export const changeSchema = z.enum(['release', 'revise', 'retire', 'observe']);

const waveEntrySchema = z.strictObject({
  package: id,
  change: changeSchema.default('release'),
  goLive: instant.optional(),
  rollbackOnly: z.boolean().default(false),
});

export const waveSchema = z.strictObject({
  id,
  description: text.optional(),
  status: z.enum(['scheduled', 'tentative', 'on-hold']).default('scheduled'),
  goLive: instant.optional(),
  /** How long after its go-live instant a wave may still release; packages that are late are held back. */
  window: duration.default(6 * 3_600_000),
  goLiveTogether: z.boolean().default(false),
  after: z.array(id).default([]),
  /** Who signs in addition to each package's owner. */
  alsoSigns: z.array(personId).max(100).default([]),
  /** How many grants beyond the signed preview a sign-off still covers (R3). */
  tolerance: z.int().min(0).default(0),
  hold: z.strictObject({ reason: text, liftedBy: z.array(personId).min(1).max(100), approvals: z.int().min(1).default(2) }).optional(),
  packages: z.array(waveEntrySchema).min(1),
  /** After the last package has ended or is stable, the wave waits this long for its review and then closes without one. */
  reviewWithin: duration.default(14 * 86_400_000),
});

/** How many people's access one release of a package may change in a system. More than that stops the release. */
export const blastRadiusLimitSchema = z.strictObject({
  system: id,
  maxPeople: z.int().min(0).max(20_000).optional(),
  /** Of the accounts of the system that can log in. */
  maxPercent: z.number().min(0).max(100).optional(),
});

/**
 * Two entitlements that nobody may hold together (static separation of duty in ANSI INCITS 359; incompatible access packages in Microsoft Entra). A release that
 * would cause it is stopped, except for the people whom `exceptions` name.
 */
export const incompatibleSchema = z.strictObject({
  id,
  reason: text,
  entitlements: z.array(z.strictObject({ system: id, role: nameInSystem })).length(2),
  /** Where a package retires one and grants the other: how long, in real time, a person who is switched may hold neither; five minutes where it says nothing. */
  switchWithin: duration.optional(),
  exceptions: z
    .array(z.strictObject({ person: personId, reason: text, until: instant }))
    .min(1)
    .max(2_000)
    .optional(),
});

export const planSchema = z.strictObject({
  plan: id,
  description: text.optional(),
  /**
   * For demonstrations: plan time starts at `epoch` when the plan is first applied, and one plan day takes `day` of real time; from the date `until` on, it
   * takes a real day.
   */
  clock: z.strictObject({ epoch: instant, day: duration, until: instant.optional() }).optional(),
  /** Ids of systems in the site file, which says everything else about them. */
  systems: z.array(id).min(1).max(100),
  people: z.array(personSchema).min(1),
  delegates: z.array(delegateSchema).max(2_000).default([]),
  /** People who may evaluate, extend, pause, tune, hold back, abort and set dates on every wave. */
  operators: z.array(personId).min(1).max(100),
  notices: noticesSchema.prefault({}),
  blackouts: z.array(blackoutSchema).max(200).default([]),
  blastRadius: z.array(blastRadiusLimitSchema).min(1).max(100).optional(),
  incompatible: z.array(incompatibleSchema).min(1).max(500).optional(),
  metrics: z.array(metricSchema).max(2_000).default([]),
  packages: z.array(packageSchema).min(1),
  waves: z.array(waveSchema).min(1),
});

export type Plan = z.output<typeof planSchema>;
export type Person = Plan['people'][number];
export type Delegate = Plan['delegates'][number];
export type Blackout = Plan['blackouts'][number];
export type Notices = Plan['notices'];
export type IncompatibleRule = z.output<typeof incompatibleSchema>;
export type BlastRadiusLimit = z.output<typeof blastRadiusLimitSchema>;
export type Change = z.output<typeof changeSchema>;
export type Metric = Plan['metrics'][number];
export type RolePackage = Plan['packages'][number];
export type Wave = Plan['waves'][number];
export type CohortQuery = z.output<typeof cohortQuerySchema>;
export type Watch = RolePackage['watch'];
export type WatchedMetric = Watch['metrics'][number];
export type Bound = NonNullable<WatchedMetric['tune']>;
export type TuneStep = z.output<typeof tuneStepSchema>;
export type Entitlement = z.output<typeof entitlementSchema>;
export type LegacyEntitlement = z.output<typeof legacyEntitlementSchema>;
export type Risk = z.output<typeof riskSchema>;
export type ReadinessItem = (typeof readinessItems)[number];
