/** Claims of people on what a release granted, from the recorded sealed messages, by the same fold as in the workflow. */
import { claimOn, claimsFrom, keptText, type AccessClaims } from '../domain/authority/access-claims.ts';
import type { LedgerEntry } from '../domain/release/ledger.ts';
import type { UndoFacts } from '../domain/release/rollback.ts';
import { isOwnersWord, type EffectContext } from './authorized-messages.ts';
import type { ReleaseRef } from './contract.ts';

export function claimsOfPeople(loaded: EffectContext, release: ReleaseRef): AccessClaims {
  const messages = loaded.messages.flatMap((message) =>
    message.type === 'claim' || message.type === 'endClaim'
      ? [{ message, said: { atMs: loaded.planTime(message.atMs), byOwner: isOwnersWord(loaded, message) } }]
      : [],
  );
  // Without terms in the plan nobody may claim, and there is no message.
  return claimsFrom(messages, { package: release.package, atMost: loaded.rolePackage.rollback.claims?.atMost ?? 0 });
}

/** For the decisions of a rollback: what keeps an entry of this release now. `endsClaims`: it has run, and all that is left was kept by it. */
export const claimOnEntry =
  (claims: AccessClaims, nowMs: number, endsClaims = false): NonNullable<UndoFacts['claimOn']> =>
  ({ system, role, person, claimed }: LedgerEntry) => {
    const claim = claimOn(claims, { system, role, person }, nowMs, endsClaims || claimed !== undefined);
    return claim && { id: claim.id, why: keptText(claim) };
  };
