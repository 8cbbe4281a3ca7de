/** Drift: the difference between what a system holds and what was reviewed and done. Counts decide; lines tell people where to look. */
import type { DriftCounts } from '../watch/measurement.ts';
import { byPair, grantedBy, pairKey, type Actual, type LedgerEntry } from '../release/ledger.ts';
import { contentChanges, contentText, type ContentChange } from './role-content.ts';
import type { PreviewContent } from '../release/signed-preview.ts';

export interface Drift {
  counts: DriftCounts;
  lines: string[];
}

/** Outcomes after which the account should hold the role. A refused or unconfirmed grant is still wanted. */
const wanted = new Set<LedgerEntry['outcome']>(['intended', 'created', 'preexisting', 'failed', 'unknown']);

/** Outcomes of a retirement: kept for another package, or restored to the only people for whom the release was rolled back. */
const mayBeThere = new Set<LedgerEntry['outcome']>(['kept', 'restored', 'notRestored']);

/**
 * `claimed`: pairs that other packages claim; their reviewed access is not drift of this one. `changes`: how the contents of the granted roles differ.
 * What a tune revoked (`revoked`, `gone`) is no longer wanted; what it kept for another package (`kept`) is known.
 */
export function drift(
  reviewed: PreviewContent,
  ledger: LedgerEntry[],
  now: Actual,
  claimed: { role: string; account: string }[] = [],
  changes: ContentChange[] = contentChanges(reviewed, now.roles),
): Drift {
  const granted = byPair(ledger.filter(({ kind }) => kind === 'grant'));
  const retired = byPair(ledger.filter(({ kind }) => kind === 'retire'));
  const held = byPair(now.grants);
  const others = new Set([...reviewed.others, ...claimed].map(pairKey));
  const unknown = new Set(now.unknownAccounts);
  const frozen = new Set(reviewed.people.map(({ account }) => account));
  const dropped = new Map((reviewed.drop ?? []).map((grant) => [pairKey(grant), grant]));
  const people = reviewed.people.filter(({ account }) => !unknown.has(account));
  const roles = reviewed.entitlements.map(({ role }) => role);

  const missing: string[] = [];
  const outOfBand: string[] = [];
  for (const role of roles) {
    for (const { account } of people) {
      const entry = granted({ role, account })[0];
      const grants = held({ role, account });
      const isWanted = entry === undefined || wanted.has(entry.outcome);
      if (isWanted && grants.length === 0) missing.push(`missing: '${account}' does not have '${role}'`);
      if (!isWanted && entry.outcome !== 'kept' && grants.length > 0 && !others.has(pairKey({ role, account })))
        outOfBand.push(`unreviewed: '${account}' has '${role}' again, ${grantedBy(grants)}`);
    }
  }
  for (const { role, account } of pairsOf(now, roles)) {
    if (!frozen.has(account) && !others.has(pairKey({ role, account })) && !dropped.has(pairKey({ role, account })))
      outOfBand.push(`unreviewed: '${account}' has '${role}', ${grantedBy(held({ role, account }))}`);
  }
  const old = reviewed.legacy.flatMap(({ role }) => people.map(({ account }) => ({ role, account })));
  // The grants that others made of the same role are known and were not signed to be revoked; only the dropped grant must not return.
  const back = [...dropped.values()].filter((grant) => held(grant).some(({ grantor }) => grantor === grant.grantor) || !others.has(pairKey(grant)));
  const legacy = [...old, ...back].flatMap(({ role, account }) => {
    const grants = held({ role, account });
    const entry = retired({ role, account })[0];
    if (grants.length === 0 || (entry && mayBeThere.has(entry.outcome))) return [];
    if (!entry && dropped.has(pairKey({ role, account }))) return [`legacy access: '${account}' still has '${role}', which should have been revoked`];
    if (!entry) return [`legacy access: '${account}' has '${role}', ${grantedBy(grants)}, which was not signed to be retired`];
    return [
      entry.outcome === 'failed'
        ? `legacy access: '${account}' still has '${role}': it could not be retired`
        : `legacy access: '${account}' has '${role}' again, ${grantedBy(grants)}`,
    ];
  });
  const content = changes.map((change) => `role content: ${contentText(change)}`);
  return {
    counts: { missing: missing.length, outOfBand: outOfBand.length, legacy: legacy.length, content: content.length },
    lines: [...content, ...outOfBand, ...legacy, ...missing],
  };
}

export const driftTotal = ({ missing, outOfBand, legacy, content }: DriftCounts): number => missing + outOfBand + legacy + content;

/** Distinct pairs of these roles. */
function pairsOf(now: Actual, roles: string[]): { role: string; account: string }[] {
  const asked = new Set(roles);
  return [...new Map(now.grants.filter(({ role }) => asked.has(role)).map(({ role, account }) => [pairKey({ role, account }), { role, account }])).values()];
}
