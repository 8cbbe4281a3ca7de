/** A server with what it grants and its users, as one call reads it. */
import type { ActualGrant } from '../connector.ts';
import type { Entitlement, Entitlements } from './entitlements.ts';
import type { Refusals } from './refusals.ts';
import type { ScimSession } from './session.ts';
import type { ScimSettings } from './settings.ts';
import type { Limits } from './transactions.ts';
import type { User, Users } from './users.ts';

export interface Server {
  session: ScimSession;
  settings: ScimSettings;
  entitlements: Entitlements;
  users: Users;
  refusals: Refusals;
  limits: Limits;
}

/** The grants of these entitlements, with who has them. A member that is no user, such as another group, is called by its id, and never by a name that the server gives it. */
export async function grantsOf({ entitlements }: Server, all: Entitlement[], signal?: AbortSignal): Promise<ActualGrant[]> {
  const holders = await entitlements.holders(all, signal);
  return holders.map(({ entitlement, id, user }) => grantOf(entitlement, user ?? { id, name: id }));
}

/** Without an id of its own, and without who made it: SCIM has neither (decision 231). */
export const grantOf = (entitlement: Entitlement, user: Pick<User, 'id' | 'name'>): ActualGrant => ({
  role: entitlement.name,
  account: user.name,
  options: {},
  roleId: entitlement.id,
  accountId: user.id,
});
