/** The part of a plan that one wave's workflow carries: everything that its decisions need, without the lists of people. */
import type { PreviewPart } from '../access/preview.ts';
import type { PlanClock } from '../time/plan-clock.ts';
import type { TrustedKey } from '../authority/keys.ts';
import { driftMetric, type Baseline } from '../watch/measurement.ts';
import type { Blackout, Change, Delegate, Plan, RolePackage, WatchedMetric, Wave } from './schema.ts';
import { packageDigest } from './digest.ts';

export interface PackageSection {
  /** The package without its cohort. */
  package: Omit<RolePackage, 'cohort'>;
  cohortSize: number;
  /** Digest of what decides access (R3). */
  planDigest: string;
  /** Systems of its entitlements and legacy entitlements and of the releases that it changes, sorted. */
  systems: string[];
  goLiveMs?: number;
  rollbackOnly: boolean;
  team: string;
  delegates: Delegate[];
  change: Change;
  /** How many people must approve a rollback: 1 or 2. */
  rollbackApprovals: number;
}

/** Who is notified when a request goes unanswered, and when. */
export interface NoticeTerms {
  onCall: string[];
  usual: { delegateAfter: number; onCallAfter: number };
  urgent: { delegateAfter: number; onCallAfter: number };
}

/** What applies to all waves of a plan and reaches released packages with every revision. */
export interface PlanTerms {
  notices: NoticeTerms;
  blackouts: Blackout[];
}

export interface WaveSection extends PlanTerms {
  plan: string;
  revision: number;
  wave: Omit<Wave, 'packages'>;
  packages: PackageSection[];
  operators: string[];
}

/** Systems in which standing releases of a package granted access, by the package's id: a release that changes them reaches these too. */
export type SystemsBefore = ReadonlyMap<string, readonly string[]>;

/** From a plan that passed its rules; throws when the wave is not in it. */
export function waveSection(plan: Plan, revision: number, waveId: string, before: SystemsBefore = new Map()): WaveSection {
  const found = plan.waves.find(({ id }) => id === waveId);
  if (!found) throw new Error(`plan '${plan.plan}' has no wave '${waveId}'`);
  const { packages, ...wave } = found;
  const { onCall = plan.operators, ...notices } = plan.notices;
  return {
    plan: plan.plan,
    revision,
    wave,
    operators: plan.operators,
    notices: { onCall, ...notices },
    blackouts: plan.blackouts,
    packages: packages.map((entry) => packageSection(plan, wave.id, entry, before.get(entry.package) ?? [])),
  };
}

/** A retired package is watched only for access that returns. */
const driftAlone: WatchedMetric = { metric: driftMetric, tune: { above: 0 }, failuresAllowed: 0, minimum: 0, from: 0 };

function packageSection(plan: Plan, wave: string, entry: Wave['packages'][number], before: readonly string[]): PackageSection {
  const found = plan.packages.find(({ id }) => id === entry.package);
  if (!found) throw new Error(`plan '${plan.plan}' has no package '${entry.package}'`);
  const { cohort, ...defined } = found;
  const rolePackage = entry.change === 'retire' ? { ...defined, watch: { ...defined.watch, metrics: [driftAlone] } } : defined;
  const owner = plan.people.find(({ id }) => id === rolePackage.owner);
  return {
    package: rolePackage,
    cohortSize: cohort.length,
    planDigest: packageDigest(plan, rolePackage.id, wave),
    systems: [...new Set([...systemsOf(rolePackage), ...(changesRelease(entry.change) ? before : [])])].sort(),
    ...(entry.goLive === undefined ? {} : { goLiveMs: entry.goLive }),
    rollbackOnly: entry.rollbackOnly,
    team: owner?.team ?? '',
    delegates: plan.delegates.filter(({ of, packages }) => of === rolePackage.owner && (!packages || packages.includes(rolePackage.id))),
    change: entry.change,
    rollbackApprovals: (rolePackage.rollback.secondPerson ?? rolePackage.risk === 'high') ? 2 : 1,
  };
}

/** Systems of its entitlements and legacy entitlements. */
export const systemsOf = ({ entitlements, legacy }: Pick<RolePackage, 'entitlements' | 'legacy'>): string[] => [
  ...new Set([...entitlements, ...legacy].map(({ system }) => system)),
];

/** Whether the entry changes what a standing release granted. */
export const changesRelease = (change: Change): change is 'revise' | 'retire' => change === 'revise' || change === 'retire';

/** What a workflow of type `wave` is started with; `carried` is its state across continue-as-new. */
export interface WaveInput {
  section: WaveSection;
  clock?: PlanClock;
  keys: TrustedKey[];
  carried?: unknown;
  /** Tests force continue-as-new by a low limit of history events. */
  continueAfterEvents?: number;
}

/** What a workflow of type `rolePackage` is started with. */
export interface RolePackageInput extends PlanTerms {
  plan: string;
  wave: string;
  revision: number;
  section: PackageSection;
  operators: string[];
  /** `despiteBlackout`: a person decided on this go-live although a blackout holds. `riskUntilMs`: its risk is accepted until then. */
  release: { previewDigest: string; parts: PreviewPart[]; baseline: Baseline; goLiveMs: number; despiteBlackout?: true; riskUntilMs?: number };
  clock?: PlanClock;
  keys: TrustedKey[];
  carried?: unknown;
  continueAfterEvents?: number;
}
