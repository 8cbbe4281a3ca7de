/** A second owner keeps an access through a rollback, for a reason and until a date; and the end of such a claim. */
import type { ClaimedGrant } from '../../../domain/authority/access-claims.ts';
import type { LedgerOutcome } from '../../../domain/release/ledger.ts';
import type { GrantRow } from '../../../domain/views/grants.ts';
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
    problems: ['unknown-claim', 'last-holder'],
  }),
];

/** A claim on what no rollback would revoke would keep nothing, and the claimant would learn that too late. */
async function grantedOnly(body: Record<string, unknown>, { plan, wave, package: id }: Target, { grants }: Services) {
  const reached = await grants.of({ plan, wave, package: String(id) });
  const rows = Map.groupBy(
    reached.filter(({ kind }) => kind === 'grant'),
    keyOf,
  );
  const [message] = (body['grants'] as ClaimedGrant[]).flatMap((grant) => whyNothing(grant, rows.get(keyOf(grant)) ?? []) ?? []);
  // For a package that is not released, its wave answers that.
  if (reached.length === 0 || message === undefined) return { body };
  throw new Problem('malformed', `grants: ${message}.`, { mistakes: [{ path: 'grants', message }] });
}

/** `rows`: one for each account of the person. Undefined: a rollback would revoke it, or one has kept it. */
function whyNothing({ system, role, person }: ClaimedGrant, rows: GrantRow[]): string | undefined {
  const so = 'so there is nothing to claim. The rollback preview lists what it would revoke';
  const why = rows.map(({ outcome }) => nothingLeft[outcome]);
  if (why.includes(undefined)) return undefined;
  return why[0] === undefined
    ? `this release granted '${person}' no '${role}' in '${system}', ${so}`
    : `'${role}' of '${person}' in '${system}' ${why[0]}, ${so}`;
}

const nothingLeft: Partial<Record<LedgerOutcome, string>> = {
  preexisting: 'was there before this release, and no rollback touches it',
  failed: 'could not be granted',
  withdrawn: 'is no longer granted by this release',
  revoked: 'was revoked',
  gone: 'was revoked by somebody else',
};

const keyOf = ({ system, role, person }: ClaimedGrant) => JSON.stringify([system, role, person]);
