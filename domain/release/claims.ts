/** Claims: which release needs which grant. A grant that another release claims is neither revoked nor retired (R1). */
import type { ReleaseKey } from './releases.ts';

/** One release's claim on (role, account) of one place. `system`: what its plan calls the place; `roleId`, `accountId`: as they were signed. */
export interface Claim extends ReleaseKey {
  system: string;
  role: string;
  account: string;
  roleId?: string;
  accountId?: string;
}

/** Whether the claim is for another package. A later release may drop what an earlier release of the same package claims. */
export const isOfAnotherPackage = (claim: ReleaseKey, release: ReleaseKey): boolean => claim.plan !== release.plan || claim.package !== release.package;

/**
 * Whether the claim is for another release. A release's own claims are no reason to keep anything when it is rolled back. An earlier release of the same
 * package needs what it claims, because it is in effect again afterwards.
 */
export const isOfAnotherRelease = (claim: ReleaseKey, release: ReleaseKey): boolean => isOfAnotherPackage(claim, release) || claim.wave !== release.wave;

/** The claimant, for people; `named`: how a package is written. Those who read it need not see another plan, not even that it exists by this name. */
export function claimantOf(claim: ReleaseKey, release: ReleaseKey, named = (id: string) => id): string {
  if (claim.plan !== release.plan) return 'a package of another plan';
  return isOfAnotherPackage(claim, release) ? named(claim.package) : `${named(claim.package)} as ${claim.wave} released it`;
}

/** The reason in ledger and receipt where a grant stays for other packages. */
export const keptFor = (claimants: string[]): string => `kept for ${[...new Set(claimants)].sort().join(', ')}`;
