/**
 * A release that changes what earlier ones of the same package granted (`revise`, `retire`): whether it may, what those granted, and which claims apply while
 * it stands. A grant of an earlier release that the later one does not want has no claim while the later one stands; a rollback restores the claim.
 */
import { wantedPairs } from '../domain/access/build-preview.ts';
import type { LedgerEntry } from '../domain/release/ledger.ts';
import { keyOf } from '../domain/release/ledger.ts';
import { neededAgain, unwanted, type ReleaseChange } from '../domain/release/release-change.ts';
import type { Change } from '../domain/plan/schema.ts';
import { changesRelease, systemsOf } from '../domain/plan/section.ts';
import { releasesBefore, whyNotNext, type Release, type ReleaseKey } from '../domain/release/releases.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import type { EffectScope } from './effects.ts';
import { isFailure, notCovered, wrongChange } from './failures.ts';
import type { LoadedPackage } from './release.ts';
import { ledgerOf } from './readings.ts';

/** Fails without retry (WrongChange) when the plan's change of the package in this wave is not possible after the standing releases. A release that has begun may continue. */
export async function refuseWrongChange(deps: ActivityDeps, { plan, wave, rolePackage }: LoadedPackage): Promise<void> {
  const why = whyNotNext(plan, wave.id, rolePackage.id, await deps.store.releases({ plan: plan.plan }));
  if (why !== undefined) throw wrongChange(why);
}

/** Written before the first effect; the activity of another system may already have written it. A change that is no longer possible since it was signed is not covered. */
export async function begin(deps: ActivityDeps, loaded: LoadedPackage, release: ReleaseRef): Promise<void> {
  await refuseWrongChange(deps, loaded).catch((error: unknown) => {
    throw isFailure(error, 'WrongChange') ? notCovered(`${error.message}; nothing was granted`) : error;
  });
  const { revision, planDigest, previewDigest } = release;
  await deps.store.beginRelease({
    ...keyOf(release),
    revision,
    planDigest,
    previewDigest,
    change: loaded.section.change,
    systems: systemsOf(loaded.rolePackage),
  });
}

/** Standing releases of the package that began before this wave's own. */
export const earlierReleases = async (deps: ActivityDeps, { plan, wave, package: id }: ReleaseKey): Promise<Release[]> =>
  releasesBefore(await deps.store.releases({ plan, package: id }), wave);

/** What this release changes in one system; undefined when it is the first of its package, or only observes. */
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

/** Earlier releases no longer claim what this one does not want: otherwise the package would keep others from retiring access that it has dropped. */
export async function leaveToNobody({ deps, place, system }: EffectScope, { plan, rolePackage }: LoadedPackage, releaseChange: ReleaseChange): Promise<void> {
  const left = unwanted(releaseChange, wantedPairs(plan, rolePackage, system, releaseChange.change));
  for (const [wave, entries] of Map.groupBy(left, (entry) => entry.wave)) {
    await deps.store.leave({ plan: plan.plan, wave, package: rolePackage.id }, { place, system }, { grants: entries }, () => []);
  }
}

/** Restores the claims of the earlier releases once this one is rolled back (for these people). */
export async function claimOfEarlier({ deps, release, place, system }: EffectScope, people?: ReadonlySet<string>): Promise<void> {
  const earlier = await earlierReleases(deps, release);
  const needed = neededAgain(await Promise.all(earlier.map((one) => ledgerOf(deps, one, system))), people);
  for (const [index, one] of earlier.entries()) await deps.store.claim(one, { place, system }, (needed[index] ?? []).map(asHeld));
}

/** By the ids of what the release made or found. */
const asHeld = ({ role, account, made, found }: LedgerEntry) => {
  const [{ roleId, accountId } = {}] = [...made, ...found];
  return { role, account, ...(roleId === undefined ? {} : { roleId }), ...(accountId === undefined ? {} : { accountId }) };
};
