/**
 * A release that changes what earlier ones of the same package granted (`revise`, `retire`): whether it may, what those granted, and whose claims stand while
 * it does. What is claimed by an earlier release and not wanted any more is claimed by nobody while the later one stands; a rollback turns that back.
 */
import { wantedPairs } from '../domain/access/build-preview.ts';
import { neededAgain, unwanted, type ReleaseChange } from '../domain/release/release-change.ts';
import type { Change } from '../domain/plan/schema.ts';
import { changesRelease } from '../domain/plan/section.ts';
import { releasesBefore, whyNotNext, type Release, type ReleaseKey } from '../domain/release/releases.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { wrongChange } from './failures.ts';
import type { LoadedPackage } from './release.ts';
import { ledgerOf } from './readings.ts';

/** Fails for good (WrongChange) when what the plan says of the package in this wave does not fit the releases that stand. A release that has begun goes on. */
export async function refuseWrongChange(deps: ActivityDeps, { plan, wave, rolePackage }: LoadedPackage): Promise<void> {
  const why = whyNotNext(plan, wave.id, rolePackage.id, await deps.store.releases({ plan: plan.plan }));
  if (why !== undefined) throw wrongChange(why);
}

/** Releases of the package that stand and began before this wave's own. */
export const earlierReleases = async (deps: ActivityDeps, { plan, wave, package: id }: ReleaseKey): Promise<Release[]> =>
  releasesBefore(await deps.store.releases({ plan, package: id }), wave);

/** What this release changes in one system; undefined where it is the first of its package, or only observes. */
export async function releaseChangeOf(
  deps: ActivityDeps,
  change: Change,
  release: ReleaseKey,
  system: string,
  pilot: string[] | undefined,
): Promise<ReleaseChange | undefined> {
  if (!changesRelease(change)) return undefined;
  const ledgers = await Promise.all((await earlierReleases(deps, release)).map((one) => ledgerOf(deps, one, system)));
  return { change, earlier: ledgers.flat().filter(({ kind }) => kind === 'grant'), ...(pilot ? { pilot } : {}) };
}

/** Earlier releases do not claim any more what this one does not want: a package that left it behind must not keep others from retiring it. */
export async function leaveToNobody(deps: ActivityDeps, { plan, rolePackage }: LoadedPackage, releaseChange: ReleaseChange, system: string): Promise<void> {
  const left = unwanted(releaseChange, wantedPairs(plan, rolePackage, system, releaseChange.change));
  for (const [wave, entries] of Map.groupBy(left, (entry) => entry.wave)) {
    await deps.store.releaseClaims({ plan: plan.plan, wave, package: rolePackage.id }, system, entries);
  }
}

/** Claims for the earlier releases again what they need once this one is undone (for these people). */
export async function claimOfEarlier(deps: ActivityDeps, release: ReleaseRef, system: string, people?: ReadonlySet<string>): Promise<void> {
  const earlier = await earlierReleases(deps, release);
  const needed = neededAgain(await Promise.all(earlier.map((one) => ledgerOf(deps, one, system))), people);
  for (const [index, one] of earlier.entries()) await deps.store.claim(one, needed[index] ?? []);
}
