/** Claims: which package needs which grant. A grant that another package needs is neither revoked nor retired. */
import type { Claim } from '../domain/release/claims.ts';
import type { Store } from './contract.ts';
import type { Session } from './session.ts';

export function claims(session: Session): Pick<Store, 'claim' | 'claims' | 'claimsOn' | 'releaseClaims'> {
  return {
    claims: ({ system, role, account }) =>
      session.rows<{ plan: string; wave: string; package: string }>(
        'select plan, wave, package from rolewave.claims where system = $1 and role = $2 and account = $3 order by plan, wave, package',
        [system, role, account],
      ),
    claimsOn: ({ system, roles }) =>
      session.rows<Claim>(
        'select plan, wave, package, role, account from rolewave.claims where system = $1 and role = any($2::text[]) order by role, account, plan, wave, package',
        [system, roles],
      ),
    claim: async ({ plan, wave, package: rolePackage }, grants) => {
      if (grants.length === 0) return;
      await session.rows(
        `insert into rolewave.claims (system, role, account, plan, wave, package)
         select distinct system, role, account, $4::text, $5::text, $6::text from unnest($1::text[], $2::text[], $3::text[]) as t(system, role, account) on conflict do nothing`,
        [grants.map(({ system }) => system), grants.map(({ role }) => role), grants.map(({ account }) => account), plan, wave, rolePackage],
      );
    },
    releaseClaims: async ({ plan, wave, package: rolePackage }, system, grants) => {
      await session.rows(
        `delete from rolewave.claims where plan = $1 and wave = $2 and package = $3 and system = $4
         and ($5::text[] is null or (role, account) in (select * from unnest($5::text[], $6::text[])))`,
        [plan, wave, rolePackage, system, grants?.map(({ role }) => role) ?? null, grants?.map(({ account }) => account) ?? null],
      );
    },
  };
}
