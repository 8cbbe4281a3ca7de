/** Switches one person from one access to another in one transaction: others see them with the one or with the other, and never with both or neither. */
import type { BeforeCommit, SwitchOfPerson, SwitchOutcome } from '../connector.ts';
import { effectAsAWhole, type Locking } from './effect.ts';
import { grantEntitlements, restoreEntitlements, revokeEntitlements } from './entitlements.ts';
import { rolesToGrant } from './granting.ts';
import { together } from './names.ts';
import type { Protection } from './protected.ts';
import { rolesOfGrants } from './revoking.ts';

export function switchPerson(
  locking: Locking,
  { revoke, grant, restore }: SwitchOfPerson,
  protection: Protection,
  beforeCommit: BeforeCommit<SwitchOutcome>,
): Promise<SwitchOutcome> {
  const roles = together(rolesOfGrants(revoke), rolesToGrant(grant), rolesOfGrants(restore));
  return effectAsAWhole(
    locking,
    roles,
    async (turn) => ({
      revoke: await revokeEntitlements(turn, revoke, protection),
      grant: grant.length > 0 ? await grantEntitlements(turn, grant, protection) : [],
      restore: restore.length > 0 ? await restoreEntitlements(turn, restore, protection) : [],
    }),
    (outcome) => [...outcome.revoke, ...outcome.grant, ...outcome.restore].some((each) => each.outcome === 'failed'),
    beforeCommit,
  );
}
