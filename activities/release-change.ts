/**
 * A release that changes what earlier ones of the same package gave (`revise`, `retire`): whether it may, what those gave, and whose claims stand while
 * it does. What is claimed by an earlier release and not wanted any more is claimed by nobody while the later one stands; a rollback turns that back.
 */
import { wantedPairs } from '../domain/access/build-preview.ts';
import { unwanted, type ReleaseChange } from '../domain/release/release-change.ts';
import { pairKey, type LedgerEntry } from '../domain/release/ledger.ts';
import { changesRelease, type PackageSection } from '../domain/plan/section.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { wrongChange } from './failures.ts';
import type { LoadedPackage } from './release.ts';
import { earlierReleasesOf, standingReleases, stands, type Release } from './standing-releases.ts';

type Change = PackageSection['change'];

/** Fails for good (WrongChange) when what the plan says of the package in this wave does not fit what stands. A release that has begun goes on. */
export async function refuseWrongChange(deps: ActivityDeps, release: Release, change: Change): Promise<void> {
  const begun = (await deps.store.releases({ plan: release.plan, package: release.package })).filter((one) => one.change !== 'observe');
  const standing = begun.filter(stands);
  if (change === 'observe' || standing.some(({ wave }) => wave === release.wave)) return;
  const latest = standing.at(-1);
  const name = `'${release.package}'`;
  // After a rollback to nothing, a revision is how it is released anew: the file has the wave that was rolled back, and no other may say release.
  if (change === 'revise' && begun.length > 0 && !latest) return;
  if (!latest && change !== 'release')
    throw wrongChange(`${name} is not released: nothing to ${change}; ${begun.length > 0 ? 'take it out of this wave' : 'write change: release'}`);
  if (latest?.change === 'retire') throw wrongChange(`${name} was retired by ${latest.wave} already: roll that back, or give a new package an id of its own`);
  if (latest && change === 'release') throw wrongChange(`${name} was released by ${latest.wave} already: write change: revise`);
}

/** Fails for good (WrongChange) when a package would go out of service under another that is out, builds on it, and does not go with it in the same wave. */
export async function refuseWhileBuiltUpon(deps: ActivityDeps, { plan, wave, section }: LoadedPackage): Promise<void> {
  if (section.change !== 'retire') return;
  const { id } = section.package;
  const goesToo = new Set(wave.packages.filter(({ change }) => change === 'retire').map((entry) => entry.package));
  const upon = plan.packages.filter(({ id: other, buildsOn }) => buildsOn.includes(id) && !goesToo.has(other));
  for (const { id: other } of upon) {
    const latest = (await standingReleases(deps, { plan: plan.plan, package: other })).at(-1);
    if (latest && latest.change !== 'retire') throw wrongChange(`'${other}' is released and builds on '${id}': retire it first, or in the same wave`);
  }
}

/** What this release changes in one system; undefined where it is the first of its package, or only observes. */
export async function releaseChangeOf(
  deps: ActivityDeps,
  { section: { change } }: { section: Pick<PackageSection, 'change'> },
  release: Release,
  system: string,
  pilot: string[] | undefined,
): Promise<ReleaseChange | undefined> {
  if (!changesRelease(change)) return undefined;
  const ledgers = await Promise.all((await earlierReleasesOf(deps, release)).map((one) => ledgerIn(deps, one, system)));
  return { change, earlier: ledgers.flat().filter(({ kind }) => kind === 'grant'), ...(pilot ? { pilot } : {}) };
}

/** Earlier releases do not claim any more what this one does not want: a package that left it behind must not keep others from retiring it. */
export async function leaveToNobody(deps: ActivityDeps, { plan, rolePackage }: LoadedPackage, releaseChange: ReleaseChange, system: string): Promise<void> {
  const left = unwanted(releaseChange, wantedPairs(plan, rolePackage, system, releaseChange.change));
  for (const [wave, entries] of Map.groupBy(left, (entry) => entry.wave)) {
    await deps.store.releaseClaims({ plan: plan.plan, wave, package: rolePackage.id }, system, entries);
  }
}

/** Claims for the earlier releases again what they need once this one is undone (for these people): all that they gave, and no release between took. */
export async function claimOfEarlier(deps: ActivityDeps, release: ReleaseRef, system: string, people?: ReadonlySet<string>): Promise<void> {
  const revokedBetween = new Set<string>();
  for (const { plan, wave, package: rolePackage } of (await earlierReleasesOf(deps, release)).toReversed()) {
    const entries = await ledgerIn(deps, { plan, wave, package: rolePackage }, system);
    const needed = entries.filter((entry) => isNeeded(entry) && !revokedBetween.has(pairKey(entry)) && (!people || people.has(entry.person)));
    await deps.store.claim({ plan, wave, package: rolePackage }, needed);
    for (const entry of entries) if (isRevoked(entry)) revokedBetween.add(pairKey(entry));
  }
}

const isNeeded = ({ kind, outcome }: LedgerEntry) => kind === 'grant' && outcome !== 'revoked' && outcome !== 'kept' && outcome !== 'gone';

/** Not what a rollback for some people restored to them. */
const isRevoked = ({ kind, outcome }: LedgerEntry) => kind === 'retire' && outcome !== 'restored' && outcome !== 'notRestored';

const ledgerIn = (deps: ActivityDeps, { plan, wave, package: rolePackage }: Release, system: string): Promise<LedgerEntry[]> =>
  deps.store.ledger({ plan, wave, package: rolePackage, system });
