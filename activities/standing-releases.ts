/** Which releases of a package stand, by the store: given (or taken) by a wave and not rolled back. A package that is only observed was given nothing. */
import type { StoredRelease } from '../store/contract.ts';
import type { PackageRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';

/** Names a release: at whichever revision. */
export type Release = Pick<PackageRef, 'plan' | 'wave' | 'package'>;

/** Oldest first. */
export async function standingReleases(deps: ActivityDeps, { plan, package: rolePackage }: Omit<Release, 'wave'>): Promise<StoredRelease[]> {
  return (await deps.store.releases({ plan, package: rolePackage })).filter(stands);
}

/** The latest release that stands and began after this one; one that has not begun is followed by none. */
export async function supersedingReleaseOf(deps: ActivityDeps, { plan, wave, package: rolePackage }: Release): Promise<StoredRelease | undefined> {
  const all = await deps.store.releases({ plan, package: rolePackage });
  const own = all.findIndex((one) => one.wave === wave);
  return own < 0 ? undefined : all.slice(own + 1).findLast(stands);
}

/** Those that began before this one (all others, while it has not begun), oldest first. */
export async function earlierReleasesOf(deps: ActivityDeps, { plan, wave, package: rolePackage }: Release): Promise<StoredRelease[]> {
  const all = await deps.store.releases({ plan, package: rolePackage });
  const own = all.findIndex((one) => one.wave === wave);
  return all.slice(0, own < 0 ? undefined : own).filter(stands);
}

export const stands = ({ undone, change }: StoredRelease) => !undone && change !== 'observe';
