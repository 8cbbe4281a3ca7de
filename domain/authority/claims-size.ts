/**
 * How much all claims on access of one release may be together. Its workflow carries them, with what a rollback kept for them, and shows them to everyone who
 * decides: without a limit, claimants alone could make a state that Temporal does not take, and the rollback would never end.
 */
import { bytesOf } from '../plan/fields.ts';
import { numberText } from '../number-text.ts';

interface ClaimedGrant {
  system: string;
  role: string;
  person: string;
}

/** Access in standing claims and in contested ones. */
export const mostClaimedTogether = 1_000;
/** Bytes of its names. */
export const mostBytesClaimed = 192 * 1024;

/** Why these claims are too many, and what to do. Undefined: they are not. */
export function sizeMistake(
  { standing, contested }: { standing: readonly { grants: readonly ClaimedGrant[] }[]; contested: readonly ClaimedGrant[] },
  rolePackage: string,
): string | undefined {
  let [number, bytes] = [0, 0];
  for (const grants of [contested, ...standing.map((claim) => claim.grants)])
    for (const grant of grants) {
      number += 1;
      bytes += bytesIn(grant);
    }
  const instead = `claim less, or end claims first. To keep all of it, ask the owner of '${rolePackage}' to decline the rollback`;
  if (number > mostClaimedTogether)
    return `claims on access of '${rolePackage}' would be on ${numberText(number)} accesses together with those that were contested, and the limit is ${numberText(mostClaimedTogether)}: ${instead}`;
  if (bytes > mostBytesClaimed)
    return `claims on access of '${rolePackage}' would take ${numberText(Math.ceil(bytes / 1024))} KiB together with those that were contested, and the limit is ${numberText(mostBytesClaimed / 1024)} KiB: ${instead}`;
  return undefined;
}

/** A fold over hundreds of claims asks for the same grants again and again. */
const known = new WeakMap<ClaimedGrant, number>();

function bytesIn(grant: ClaimedGrant): number {
  const before = known.get(grant);
  if (before !== undefined) return before;
  const bytes = bytesOf(grant.system) + bytesOf(grant.role) + bytesOf(grant.person);
  known.set(grant, bytes);
  return bytes;
}
