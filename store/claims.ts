/** Claims: which release needs which grant. A grant that another package needs is neither revoked nor retired. */
import type { Claim } from '../domain/release/claims.ts';
import { keyOf, type PairOfIds } from '../domain/release/ledger.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { Store } from './contract.ts';
import { noteRoles, numberOf, numbersOf } from './parts.ts';
import { isRolledBack, lockRelease } from './receipts.ts';
import type { Session } from './session.ts';

type Pair = { role: string; account: string };

interface Row extends Omit<Claim, 'roleId' | 'accountId'> {
  role_id: string | null;
  account_id: string | null;
}

export function claims(session: Session): Pick<Store, 'claim' | 'claimsOn' | 'claimedByOthers'> {
  return {
    claimsOn: (of) => claimsOn(session, of),
    claimedByOthers: async ({ place, grants, release }) => {
      if (grants.length === 0) return [];
      const rows = await session.rows<Pick<Row, 'role' | 'account' | 'account_id'>>(
        `select distinct c.role, c.account, c.account_id ${claimsOfOthers} order by c.role, c.account, c.account_id`,
        asked(place, grants, release),
      );
      return rows.map(({ account_id, ...pair }) => (account_id === null ? pair : { ...pair, accountId: account_id }));
    },
    claim: async (of, { place, system }, grants) => {
      if (grants.length === 0) return;
      await session.transaction(async (transaction) => {
        await lockRelease(transaction, of, system);
        if (await isRolledBack(transaction, of, system)) return;
        const part = { ...keyOf(of), system };
        const number = numberOf(await numbersOf(transaction, [part]), part);
        await lockClaims(transaction, place);
        await noteRoles(
          transaction,
          place,
          grants.map(({ role, roleId }) => ({ part: number, role, roleId })),
        );
        // Nobody else claims for this release meanwhile, so that no two can conflict; 'on conflict' would take half as long again.
        await transaction.rows(
          `insert into rolewave.claims (place, role, account, part, role_id, account_id)
           select distinct on (role, account) $5, role collate "C" as role, account collate "C" as account, $6::int, role_id, account_id
           from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as t(role, account, role_id, account_id)
           where not exists (select from rolewave.claims c where c.part = $6 and c.role = t.role and c.account = t.account and c.place = $5)
           order by role, account`,
          [
            grants.map(({ role }) => role),
            grants.map(({ account }) => account),
            grants.map(({ roleId }) => roleId ?? null),
            grants.map(({ accountId }) => accountId ?? null),
            place,
            number,
          ],
        );
      });
    },
  };
}

/**
 * Until the end of the transaction nobody else claims or leaves a grant of this place: who leaves last finds no other claim. `toRead`: others may read the
 * claims of the place at the same time.
 */
export const lockClaims = (session: Session, place: string, toRead?: 'toRead'): Promise<unknown> =>
  session.rows(`select pg_advisory_xact_lock${toRead ? '_shared' : ''}(hashtextextended($1, 0))`, [`rolewave claims ${place}`]);

/** A privilege belongs to a database (`table:DATABASE/OID:select`), and one of the same name in another database is another one. Roles belong to the whole place. */
const databaseIn = (id: string): string[] => /^(?:table|schema):(\d+)\//.exec(id)?.slice(1) ?? [];
const inThese = `(c.role_id is null or c.role_id !~ '^(table|schema):[0-9]+/' or cardinality($9::text[]) = 0 or substring(c.role_id from '^[a-z]+:([0-9]+)/') = any($9::text[]))`;

/**
 * As `c`, with its release as `p`: claims on these roles of these accounts, each by its name or its id, without those of one release. Never by the role
 * alone: other plans may have hundreds of thousands of claims on it.
 */
const claimsOfOthers = `
  from (
    select distinct part, role from rolewave.part_roles where place = $1 and (role = any($2::text[]) or role_id = any($4::text[]))
  ) r
  join rolewave.parts p on p.id = r.part and (p.plan, p.wave, p.package) is distinct from ($6::text, $7::text, $8::text)
  cross join lateral (
    select * from rolewave.claims where part = r.part and role = r.role and account = any($3::text[])
    union all
    select * from rolewave.claims where part = r.part and account_id = any($5::text[]) and role = r.role and account <> all($3::text[])
  ) c
  where c.place = $1 and ((c.role = any($2::text[]) and ${inThese}) or c.role_id = any($4::text[]))`;

function asked(place: string, grants: readonly PairOfIds[], except?: ReleaseKey): unknown[] {
  const [roles, accounts, roleIds, accountIds] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()];
  for (const { role, account, roleId, accountId } of grants) {
    roles.add(role);
    accounts.add(account);
    if (roleId !== undefined) roleIds.add(roleId);
    if (accountId !== undefined) accountIds.add(accountId);
  }
  const databases = [...new Set([...roleIds].flatMap(databaseIn))];
  return [place, [...roles], [...accounts], [...roleIds], [...accountIds], except?.plan, except?.wave, except?.package, databases];
}

/** `except`: claims of this release are left out. */
export async function claimsOn(session: Session, { place, grants }: { place: string; grants: readonly PairOfIds[] }, except?: ReleaseKey): Promise<Claim[]> {
  if (grants.length === 0) return [];
  const rows = await session.rows<Row>(
    `select p.plan, p.wave, p.package, p.system, c.role, c.account, c.role_id, c.account_id ${claimsOfOthers}
     order by c.role, c.account, p.plan, p.wave, p.package, p.system`,
    asked(place, grants, except),
  );
  return rows.map(({ role_id, account_id, ...claim }) => ({
    ...claim,
    ...(role_id === null ? {} : { roleId: role_id }),
    ...(account_id === null ? {} : { accountId: account_id }),
  }));
}

export async function dropClaims(session: Session, part: number, grants: Pair[] | 'all'): Promise<void> {
  if (grants === 'all') await session.rows('delete from rolewave.claims where part = $1', [part]);
  else
    await session.rows('delete from rolewave.claims where part = $1 and (role, account) in (select * from unnest($2::text[], $3::text[]))', [
      part,
      grants.map(({ role }) => role),
      grants.map(({ account }) => account),
    ]);
}
