/** For tests: the claims of a whole company of a few people. The store answers no role without the accounts. */
import type { Claim } from '../../domain/release/claims.ts';
import type { StoreReader } from '../../store/contract.ts';
import { usualPeople } from './plan.ts';

/** Claims on these roles of these accounts, under their names. */
export const claimsIn = (store: Pick<StoreReader, 'claimsOn'>, place: string, roles: string[], accounts = usualPeople): Promise<Claim[]> =>
  store.claimsOn({ place, grants: roles.flatMap((role) => accounts.map((account) => ({ role, account }))) });
