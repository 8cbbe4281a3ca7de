/** Claims: which release needs which grant. A grant that another package needs is neither revoked nor retired. */
import type { Claim } from '../domain/release/claims.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { Store } from './contract.ts';
import { isRolledBack, lockRelease } from './receipts.ts';
import type { Session } from './session.ts';

type Pair = { role: string; account: string };

export function claims(session: Session): Pick<Store, 'claim' | 'claimsOn'> {
  return {
    claimsOn: (of) => claimsOn(session, of),
    claim: async (of, { place, system }, grants) => {
      if (grants.length === 0) return;
      const { plan, wave, package: rolePackage } = of;
      await session.transaction(async (transaction) => {
        await lockRelease(transaction, of, system);
        if (await isRolledBack(transaction, of, system)) return;
        await lockClaims(transaction, place);
        await transaction.rows(
          `insert into rolewave.claims (place, role, account, plan, wave, package, system)
           select distinct $3::text, role, account, $4::text, $5::text, $6::text, $7::text from unnest($1::text[], $2::text[]) as t(role, account) on conflict do nothing`,
          [grants.map(({ role }) => role), grants.map(({ account }) => account), place, plan, wave, rolePackage, system],
        );
      });
    },
  };
}

/** Until the end of the transaction nobody else claims or leaves a grant of this place: who leaves last finds no other claim. */
export const lockClaims = (session: Session, place: string): Promise<unknown> =>
  session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`rolewave claims ${place}`]);

export const claimsOn = (session: Session, { place, roles }: { place: string; roles: string[] }): Promise<Claim[]> =>
  session.rows<Claim>(
    'select plan, wave, package, system, role, account from rolewave.claims where place = $1 and role = any($2::text[]) order by role, account, plan, wave, package, system',
    [place, roles],
  );

export async function dropClaims(session: Session, { plan, wave, package: rolePackage }: ReleaseKey, system: string, grants: Pair[]): Promise<void> {
  await session.rows(
    `delete from rolewave.claims where plan = $1 and wave = $2 and package = $3 and system = $4
     and (role, account) in (select * from unnest($5::text[], $6::text[]))`,
    [plan, wave, rolePackage, system, grants.map(({ role }) => role), grants.map(({ account }) => account)],
  );
}
