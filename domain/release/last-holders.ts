/** Roles that always keep a holder, such as the administrators of an application: nothing that Rolewave undoes or retires takes the last one. */
import { grantKey, type Actual, type Held } from './ledger.ts';

/** Why such a grant is not revoked, for a person who decides. */
export const lastHolderText = (role: string): string =>
  `would leave nobody with '${role}' who can sign in, and the site says that somebody always has it: give it to somebody else first`;

/** Of these roles, who holds them besides the grants that are to be revoked. */
export function holdersLeft(now: Pick<Actual, 'grants'>, revoked: Held[], roles: ReadonlySet<string>): Map<string, string[]> {
  const gone = new Set(revoked.map(grantKey));
  const left = new Map([...roles].map((role) => [role, [] as string[]]));
  for (const grant of now.grants) if (!gone.has(grantKey(grant))) left.get(grant.role)?.push(grant.account);
  return left;
}

/** Roles that would be without a holder who can sign in. `canSignIn`: of the accounts that holdersLeft has named. */
export const leftEmpty = (left: ReadonlyMap<string, readonly string[]>, canSignIn: ReadonlySet<string>): Set<string> =>
  new Set([...left].flatMap(([role, accounts]) => (accounts.some((account) => canSignIn.has(account)) ? [] : [role])));
