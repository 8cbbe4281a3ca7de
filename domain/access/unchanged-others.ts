/** Everyone else who holds an entitlement as they did when it was reviewed: a hundred thousand of whom nothing is to be said. */
import { knownPairs, type Actual } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { eachOf, type Sliced } from '../slices.ts';

/** Without them, for the same drift (drift.ts) in less than a slice. What concerns the people of the package, or what it drops, stays whole. */
export function* withoutUnchanged<Now extends Pick<Actual, 'grants'>>(reviewed: PreviewContent, now: Now): Sliced<{ reviewed: PreviewContent; now: Now }> {
  const known = knownPairs();
  yield* eachOf(reviewed.others, known.add);
  const names = new Set([...reviewed.people, ...(reviewed.drop ?? [])].map(({ account }) => account));
  const ids = new Set((reviewed.drop ?? []).flatMap(({ accountId }) => accountId ?? []));
  // Of a pair, all grants or none.
  const changed = new Map<string, Set<string>>();
  yield* eachOf(now.grants, (grant) => {
    if (!known.has(grant)) changed.set(grant.role, (changed.get(grant.role) ?? new Set()).add(grant.account));
  });
  const grants: Now['grants'] = [];
  yield* eachOf(now.grants, (grant) => {
    if (!names.has(grant.account) && changed.get(grant.role)?.has(grant.account) !== true) return;
    grants.push(grant);
    if (grant.accountId !== undefined) ids.add(grant.accountId);
  });
  for (const { account } of grants) names.add(account);
  const others: PreviewContent['others'] = [];
  yield* eachOf(reviewed.others, (one) => {
    if (names.has(one.account) || (one.accountId !== undefined && ids.has(one.accountId))) others.push(one);
  });
  return { reviewed: { ...reviewed, others }, now: { ...now, grants } };
}
