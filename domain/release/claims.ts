/** Claims: which release needs which grant. A grant that another one needs is neither revoked nor retired (R1). */
import type { ReleaseKey } from './releases.ts';

/** One release's claim on (role, account) of one system. */
export interface Claim extends ReleaseKey {
  role: string;
  account: string;
}

/** Whether it is for another package: what an earlier release of the same package claims is a later one's to drop. */
export const isOfAnotherPackage = (claim: ReleaseKey, release: ReleaseKey): boolean => claim.plan !== release.plan || claim.package !== release.package;

/**
 * Whether it is for another release. A release's own claims are no reason for it to keep anything; an earlier release of the same package, which would
 * stand again, needs what it claims.
 */
export const isOfAnotherRelease = (claim: ReleaseKey, release: ReleaseKey): boolean => isOfAnotherPackage(claim, release) || claim.wave !== release.wave;

/** Whose claim it is, for people; `named`: how a package or plan is written. */
export function claimantOf(claim: ReleaseKey, release: ReleaseKey, named = (id: string) => id): string {
  if (claim.plan !== release.plan) return `${named(claim.package)} of plan ${named(claim.plan)}`;
  return isOfAnotherPackage(claim, release) ? named(claim.package) : `${named(claim.package)} as ${claim.wave} released it`;
}

/** What stands in ledger and receipt where a grant stays for them. */
export const keptFor = (claimants: string[]): string => `kept for ${[...new Set(claimants)].sort().join(', ')}`;
