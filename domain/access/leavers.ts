/** People who left a cohort by query: what they still hold of what was reviewed, and whose it is (R1). */
import { byPair, grantKey, type Actual, type LedgerEntry } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';

export interface HeldByLeavers {
  /** Pairs of which nothing is held but what this release granted or found: nobody else has given it to them since. */
  known: { role: string; account: string }[];
  /** Of these, those that these releases granted. */
  granted: { role: string; account: string; person: string }[];
}

/** `content`: with those who left. `ledger`: of this release, and of the earlier ones of the package that it changes. */
export function heldByLeavers(
  { entitlements, people }: Pick<PreviewContent, 'entitlements' | 'people'>,
  left: ReadonlySet<string>,
  ledger: LedgerEntry[],
  now: Pick<Actual, 'grants'>,
): HeldByLeavers {
  const result: HeldByLeavers = { known: [], granted: [] };
  const gone = people.filter(({ person }) => left.has(person));
  if (gone.length === 0) return result;
  const [held, entries] = [byPair(now.grants), byPair(ledger.filter(({ kind }) => kind === 'grant'))];
  for (const { role } of entitlements)
    for (const { account, person } of gone) {
      const pair = { role, account };
      const grants = held(pair).map(grantKey);
      const own = entries(pair);
      const [ours, before] = [new Set(own.flatMap(({ made }) => made.map(grantKey))), new Set(own.flatMap(({ found }) => found.map(grantKey)))];
      if (grants.length === 0 || !grants.every((grant) => ours.has(grant) || before.has(grant))) continue;
      result.known.push(pair);
      if (grants.some((grant) => ours.has(grant))) result.granted.push({ ...pair, person });
    }
  return result;
}

/** One line for each grant. */
export const leaverLines = ({ granted }: HeldByLeavers, leavers: 'keep' | 'revoke'): string[] =>
  granted.map(
    ({ role, account, person }) =>
      `left: '${account}'${person === account ? '' : ` (${person})`} has left the cohort and has '${role}'${leavers === 'keep' ? ', which is kept: narrow the package by them to revoke it' : ', which is to be revoked'}`,
  );
