/** The part of a plan that one wave's workflow carries: everything that it decides with, and no list of people to be granted. */
import type { PreviewPart } from '../access/preview.ts';
import type { PlanClock } from '../time/plan-clock.ts';
import type { TrustedKey } from '../authority/keys.ts';
import type { Baseline } from '../watch/measurement.ts';
import type { Delegate, Plan, RolePackage, Wave } from './schema.ts';
import { packageDigest } from './digest.ts';

export interface PackageSection {
  /** The package without its cohort. */
  package: Omit<RolePackage, 'cohort'>;
  cohortSize: number;
  /** Digest of what decides access (R3). */
  planDigest: string;
  /** Systems of its entitlements and legacy entitlements, sorted. */
  systems: string[];
  goLiveMs?: number;
  rollbackOnly: boolean;
  team: string;
  delegates: Delegate[];
}

export interface WaveSection {
  plan: string;
  revision: number;
  wave: Omit<Wave, 'packages'>;
  packages: PackageSection[];
  operators: string[];
}

/** Cut from a plan that passed its rules; throws when the wave is not in it. */
export function waveSection(plan: Plan, revision: number, waveId: string): WaveSection {
  const found = plan.waves.find(({ id }) => id === waveId);
  if (!found) throw new Error(`plan '${plan.plan}' has no wave '${waveId}'`);
  const { packages, ...wave } = found;
  return { plan: plan.plan, revision, wave, operators: plan.operators, packages: packages.map((entry) => packageSection(plan, entry)) };
}

function packageSection(plan: Plan, entry: Wave['packages'][number]): PackageSection {
  const found = plan.packages.find(({ id }) => id === entry.package);
  if (!found) throw new Error(`plan '${plan.plan}' has no package '${entry.package}'`);
  const { cohort, ...rolePackage } = found;
  const owner = plan.people.find(({ id }) => id === rolePackage.owner);
  return {
    package: rolePackage,
    cohortSize: cohort.length,
    planDigest: packageDigest(plan, rolePackage.id),
    systems: [...new Set([...rolePackage.entitlements, ...rolePackage.legacy].map(({ system }) => system))].sort(),
    ...(entry.goLive === undefined ? {} : { goLiveMs: entry.goLive }),
    rollbackOnly: entry.rollbackOnly,
    team: owner?.team ?? '',
    delegates: plan.delegates.filter(({ of, packages }) => of === rolePackage.owner && (!packages || packages.includes(rolePackage.id))),
  };
}

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
export interface RolePackageInput {
  plan: string;
  wave: string;
  revision: number;
  section: PackageSection;
  operators: string[];
  release: { previewDigest: string; parts: PreviewPart[]; baseline: Baseline; goLiveMs: number };
  clock?: PlanClock;
  keys: TrustedKey[];
  carried?: unknown;
  continueAfterEvents?: number;
}
