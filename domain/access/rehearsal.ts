/**
 * A rehearsal of a release: the system tries all grants and retirements of a preview and changes nothing. What it refuses is a conflict that people see
 * before they sign, not at go-live. What is retired is given back in the same try, as a rollback would, where the system has a transaction around all of it.
 */
import { wantedGrants, type WantedGrant } from '../release/granting.ts';
import { knownPairs, type Actual, type Held } from '../release/ledger.ts';
import type { ReleaseChange } from '../release/release-change.ts';
import { signedRetirements } from '../release/retiring.ts';
import type { Tried } from '../release/tried.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { atOnce, eachOf, type Sliced } from '../slices.ts';

/** What the release would try: grants of roles that exist to people who do not have them, and its retirements. */
export const rehearsed = (content: PreviewContent, now: Actual, releaseChange: ReleaseChange | undefined): Rehearsed =>
  atOnce(rehearsing(content, now, releaseChange));

/** The same, in slices. */
export function* rehearsing(content: PreviewContent, now: Actual, releaseChange: ReleaseChange | undefined): Sliced<Rehearsed> {
  const held = knownPairs();
  yield* eachOf(now.grants, ({ role, account }) => held.add({ role, account }));
  const existing = new Set(content.roles.filter(({ exists }) => exists).map(({ role }) => role));
  const grant: WantedGrant[] = [];
  for (const entitlement of content.entitlements) {
    const { role } = entitlement;
    if (!existing.has(role)) continue;
    const people: PreviewContent['people'] = [];
    yield* eachOf(content.people, (one) => void (held.has({ role, account: one.account }) || people.push(one)));
    for (const each of wantedGrants({ ...content, entitlements: [entitlement], people }, now)) grant.push(each);
  }
  const revoke = signedRetirements(content, releaseChange);
  const neverBack = new Set(content.legacy.flatMap(({ role, design }) => (design === 'rejected' ? [role] : [])));
  return { grant, revoke, restore: revoke.filter(({ role }) => !neverBack.has(role)) };
}

/** `restore`: what is retired, as far as a rollback gives it back. */
interface Rehearsed {
  grant: WantedGrant[];
  revoke: Held[];
  restore: Held[];
}

/** One line for each role and reason. `answers`: one for each grant. */
export const refusedGrants = (grants: WantedGrant[], answers: Tried[]): string[] =>
  refused(grants, answers).map(({ role, accounts, why }) => `'${role}' cannot be granted to ${accounts}: ${why}`);

export const refusedRetirements = (grants: Held[], answers: Tried[]): string[] =>
  refused(grants, answers).map(({ role, accounts, why }) => `'${role}' cannot be revoked from ${accounts}: ${why}`);

/** Nobody should learn at the rollback that it cannot be done. */
export const refusedReturns = (grants: Held[], answers: Tried[]): string[] =>
  refused(grants, answers).map(({ role, accounts, why }) => `'${role}' could not be given back to ${accounts} by a rollback: ${why}`);

const accountsShown = 3;

function refused(grants: { role: string; account: string }[], answers: Tried[]): { role: string; accounts: string; why: string }[] {
  const failures = grants.flatMap(({ role, account }, index) => {
    const answer = answers[index];
    return answer?.outcome === 'failed' ? [{ role, account, why: answer.why }] : [];
  });
  return [...Map.groupBy(failures, ({ role, why }) => `${role}\0${why}`).values()].flatMap((same) => {
    const [first] = same;
    const names = same.map(({ account }) => `'${account}'`).sort();
    const more = names.length - accountsShown;
    return first ? [{ role: first.role, accounts: `${names.slice(0, accountsShown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`, why: first.why }] : [];
  });
}
