/** Claims: which release needs which grant. A grant that another package needs is neither revoked nor retired. */
import type { Claim } from '../domain/release/claims.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { Store } from './contract.ts';
import { isRolledBack, lockRelease } from './receipts.ts';
import type { Session } from './session.ts';

type Pair = { role: string; account: string };

interface Row extends Omit<Claim, 'roleId' | 'accountId'> {
  role_id: string | null;
  account_id: string | null;
}

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
          `insert into rolewave.claims (place, role, account, role_id, account_id, plan, wave, package, system)
           select distinct $5::text, role, account, role_id, account_id, $6::text, $7::text, $8::text, $9::text
           from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as t(role, account, role_id, account_id) on conflict do nothing`,
          [
            grants.map(({ role }) => role),
            grants.map(({ account }) => account),
            grants.map(({ roleId }) => roleId ?? null),
            grants.map(({ accountId }) => accountId ?? null),
            place,
            plan,
            wave,
            rolePackage,
            system,
          ],
        );
      });
    },
  };
}

/** Until the end of the transaction nobody else claims or leaves a grant of this place: who leaves last finds no other claim. */
export const lockClaims = (session: Session, place: string): Promise<unknown> =>
  session.rows('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`rolewave claims ${place}`]);

export async function claimsOn(session: Session, { place, roles, roleIds = [] }: { place: string; roles: string[]; roleIds?: string[] }): Promise<Claim[]> {
  const rows = await session.rows<Row>(
    `select plan, wave, package, system, role, account, role_id, account_id from rolewave.claims where place = $1 and (role = any($2::text[]) or role_id = any($3::text[]))
     order by role, account, plan, wave, package, system`,
    [place, roles, roleIds],
  );
  return rows.map(({ role_id, account_id, ...claim }) => ({
    ...claim,
    ...(role_id === null ? {} : { roleId: role_id }),
    ...(account_id === null ? {} : { accountId: account_id }),
  }));
}

export async function dropClaims(session: Session, { plan, wave, package: rolePackage }: ReleaseKey, system: string, grants: Pair[]): Promise<void> {
  await session.rows(
    `delete from rolewave.claims where plan = $1 and wave = $2 and package = $3 and system = $4
     and (role, account) in (select * from unnest($5::text[], $6::text[]))`,
    [plan, wave, rolePackage, system, grants.map(({ role }) => role), grants.map(({ account }) => account)],
  );
}
