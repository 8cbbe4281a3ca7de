/** How much of everything comes in at most: part of the site file. What it leaves out keeps these values. */
import { z } from 'zod';

export const limitsSchema = z.strictObject({
  peoplePerPlan: z.int().min(1).max(20_000).default(20_000),
  packagesPerPlan: z.int().min(1).max(1_000).default(500),
  wavesPerPlan: z.int().min(1).max(500).default(200),
  systemsPerPlan: z.int().min(1).max(100).default(50),
  /** What a plan comes to when everything is written out (domain/plan/rows.ts): what each worker and endpoint keeps in memory of it. */
  rowsPerPlan: z.int().min(1).max(200_000).default(120_000),
  /** Each of the people of a package times each entitlement that it grants or retires, and each rule that concerns it: what previews and releases go through. */
  grantsPerPlan: z.int().min(1).max(1_000_000).default(250_000),
  /**
   * Who holds the entitlements of a package in one system without being in its cohort, each counted once for each entitlement: a preview lists them. Refused where
   * they are read.
   */
  othersPerPreview: z.int().min(1).max(150_000).default(100_000),
  /** Plans that exist under one right of the site; counted when a plan is applied for the first time. */
  plansPerRight: z.int().min(1).default(100),
  /** What lists show of all plans under one right of the site (domain/plan/outline.ts): endpoints keep it in memory. Counted when a revision adds to it. */
  listedMegabytesPerRight: z.number().positive().max(1_000).default(100),
  /** Waves of all plans under one right of the site that have not ended: each is a workflow that wakes by itself. Counted when a revision adds some. */
  wavesPerRight: z.int().min(1).default(400),
  /** Packages of these waves that have not ended: each is compared, and asks people, as soon as it is applied. Counted when a revision adds some. */
  packagesPerRight: z.int().min(1).default(1_500),
  /** New revisions of one plan: each takes back what its waves have asked the systems, and asks again. */
  revisionsPerPlanAndHour: z.int().min(1).default(30),
  /** New revisions of all plans under one right of the site, in 24 hours: each is kept for ever. */
  revisionsPerRightAndDay: z.int().min(1).default(1_000),
  /** What these take in the store, compressed as PostgreSQL keeps them. */
  revisionMegabytesPerRightAndDay: z.int().min(1).default(200),
  /** Per person. */
  readsPerMinute: z.int().min(1).default(600),
  writesPerMinute: z.int().min(1).default(120),
  /** Plans validated, simulated and applied, and metrics tried. */
  plansPerMinute: z.int().min(1).default(30),
  /** Simulations and trials of metrics that people wait for at a time, at all endpoints together: of one person, and of all plans under one right of the site. */
  simulationsPerPersonAtOnce: z.int().min(1).max(100).default(2),
  simulationsPerRightAtOnce: z.int().min(1).max(1_000).default(8),
  /** Messages by each channel: the notices of one plan, each to one person or to all; what is more is sent in a later hour. Urgent ones are counted apart. */
  noticesPerPlanAndHour: z.int().min(1).default(300),
  /** Of all plans under one right of the site. */
  noticesPerRightAndHour: z.int().min(1).default(1_000),
  /** To one mailbox, of all plans under one right of the site. */
  noticesPerMailboxAndHour: z.int().min(1).default(100),
  /** Requests without a valid token, per address. */
  unauthenticatedPerMinute: z.int().min(1).default(120),
  /** Systems whose task queue one worker process polls. Temporal's dev server refuses pollers somewhere above 300 task queues. */
  polledSystems: z.int().min(1).max(250).default(100),
});

export type Limits = z.output<typeof limitsSchema>;
/** By the list of the plan; `rows`: of all lists. */
export type PlanLimits = Record<'people' | 'systems' | 'packages' | 'waves' | 'rows' | 'grants', number>;

export const planLimitsOf = ({ peoplePerPlan, systemsPerPlan, packagesPerPlan, wavesPerPlan, rowsPerPlan, grantsPerPlan }: Limits): PlanLimits => ({
  people: peoplePerPlan,
  systems: systemsPerPlan,
  packages: packagesPerPlan,
  waves: wavesPerPlan,
  rows: rowsPerPlan,
  grants: grantsPerPlan,
});

export const usualLimits: Limits = limitsSchema.parse({});
