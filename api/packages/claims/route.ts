/** A second owner keeps an access through a rollback, for a reason and until a date; and the end of such a claim. */
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
async function grantedOnly(body: Record<string, unknown>, { plan, wave, package: id }: Target, { grants }: Services) {
  const reached = await grants.of({ plan, wave, package: String(id) });
  const granted = new Set(reached.filter(({ kind }) => kind === 'grant').map(keyOf));
  const [unknown] = (body['grants'] as ClaimedGrant[]).filter((grant) => !granted.has(keyOf(grant)));
  // For a package that is not released, its wave answers that.
  if (reached.length === 0 || !unknown) return { body };
  const message = `this release granted '${unknown.person}' no '${unknown.role}' in '${unknown.system}', so there is nothing to claim. The rollback preview lists what it would revoke`;
  throw new Problem('malformed', `grants: ${message}.`, { mistakes: [{ path: 'grants', message }] });
}

const keyOf = ({ system, role, person }: ClaimedGrant) => JSON.stringify([system, role, person]);
