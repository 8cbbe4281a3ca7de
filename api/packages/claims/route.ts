/** A second owner keeps an access through a rollback, for a reason and until a date; and the end of such a claim. */
import { byPair } from '../../../domain/release/ledger.ts';
import type { ClaimedGrant } from '../../../domain/authority/access-claims.ts';
import { Problem } from '../../errors.ts';
import { messageRoute } from '../../message-route.ts';
import type { Services } from '../../route.ts';
import type { Target } from '../../target.ts';

export const routes = [
  messageRoute({
    segment: 'claims',
    about: 'package',
    to: 'rolePackage',
    type: 'claim',
    complete: grantedOnly,
    summary: 'Claim access that a rollback would revoke: it is kept until the claim has ended. The same claimant’s next claim on a grant replaces this one',
    problems: ['in-the-past', 'claim-out-of-range', 'contested'],
  }),
  messageRoute({
    segment: 'claim-ends',
    about: 'package',
    to: 'rolePackage',
    type: 'endClaim',
    summary: 'End a claim: its claimant withdraws it, or the owner of the package contests it. What a rollback kept for it is revoked',
    problems: ['unknown-claim'],
  }),
];

/** A claim on what the release did not grant would keep nothing, and the claimant would learn that too late. */
async function grantedOnly(
  sent: Record<string, unknown>,
  { plan, wave, package: id = '' }: Target,
  { store }: Services,
): Promise<{ body: Record<string, unknown> }> {
  const granted = (await store.ledger({ plan, wave, package: id })).filter((entry) => entry.kind === 'grant' && entry.granted);
  const entries = byPair(granted.map((entry) => ({ system: entry.system, role: entry.role, account: entry.person })));
  for (const { system, role, person } of sent['grants'] as ClaimedGrant[])
    if (!entries({ role, account: person }).some((entry) => entry.system === system))
      throw new Problem(
        'malformed',
        `This release granted '${person}' no '${role}' in '${system}', so a rollback would not revoke it and there is nothing to claim. Read the rollback preview of '${id}' for what it would revoke.`,
      );
  return { body: sent };
}
