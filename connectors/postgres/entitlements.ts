/** The effects on both kinds of entitlements, roles and privileges, in one transaction: each item goes to its own kind, and its outcome comes back to its place. */
import type { ActualGrant, GrantOutcome, RevokeOutcome, WantedGrant } from '../connector.ts';
import type { Turn } from './effect.ts';
import { grantAll } from './granting.ts';
import { isPrivilege } from './privileges/objects.ts';
import { grantPrivileges } from './privileges/granting.ts';
import { restorePrivileges } from './privileges/restoring.ts';
import { revokePrivileges } from './privileges/revoking.ts';
import type { Protection } from './protected.ts';
import { restoreAll } from './restoring.ts';
import { revokeAll } from './revoking.ts';

export const grantEntitlements = (turn: Turn, wanted: WantedGrant[], protection: Protection): Promise<GrantOutcome[]> =>
  byKind(
    wanted,
    (some) => grantAll(turn, some, protection),
    (some) => grantPrivileges(turn, some, protection),
  );

export const revokeEntitlements = (turn: Turn, grants: ActualGrant[], protection: Protection): Promise<RevokeOutcome[]> =>
  byKind(
    grants,
    (some) => revokeAll(turn, some, protection),
    (some) => revokePrivileges(turn, some, protection),
  );

export const restoreEntitlements = (turn: Turn, grants: ActualGrant[], protection: Protection): Promise<GrantOutcome[]> =>
  byKind(
    grants,
    (some) => restoreAll(turn, some, protection),
    (some) => restorePrivileges(turn, some, protection),
  );

type Effect<Item, Outcome> = (some: Item[]) => Promise<Outcome[]>;

async function byKind<Item extends { role: string; roleId?: string }, Outcome>(
  items: Item[],
  roles: Effect<Item, Outcome>,
  privileges: Effect<Item, Outcome>,
): Promise<Outcome[]> {
  const ofPrivileges = items.filter(isPrivilege);
  if (ofPrivileges.length === 0) return roles(items);
  const ofRoles = items.filter((item) => !isPrivilege(item));
  const [first, second] = [ofRoles.length === 0 ? [] : await roles(ofRoles), await privileges(ofPrivileges)];
  const [nextRole, nextPrivilege] = [first.values(), second.values()];
  return items.map((item) => {
    const { value } = (isPrivilege(item) ? nextPrivilege : nextRole).next();
    if (value === undefined) throw new Error('an effect ended with fewer outcomes than it was asked for');
    return value;
  });
}
