/** Drift: what a system holds against what was reviewed and done. Counts decide; lines tell a person where to look. */
import type { DriftCounts } from '../watch/measurement.ts';
import { byPair, grantedBy, pairKey, type Actual, type LedgerEntry } from '../release/ledger.ts';
import type { PreviewContent } from '../release/signed-preview.ts';

export interface Drift {
  counts: DriftCounts;
  lines: string[];
}

/** Entries of the ledger after which the account is meant to hold the role. A refused or unconfirmed grant is still wanted. */
const wanted = new Set<LedgerEntry['outcome']>(['intended', 'created', 'preexisting', 'failed', 'unknown']);

/** Of a retirement: left to another package, or restored to people for whom alone the release was rolled back. */
const mayBeThere = new Set<LedgerEntry['outcome']>(['kept', 'restored', 'notRestored']);

/**
 * `claimed`: pairs that other Rolewave packages hold as theirs, so that their reviewed access is no drift of this one.
 * What a tune revoked (`revoked`, `gone`) is no longer wanted; what it left to somebody else (`kept`) is known.
 */
export function drift(reviewed: PreviewContent, ledger: LedgerEntry[], now: Actual, claimed: { role: string; account: string }[] = []): Drift {
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
  // What others granted beside it is known, and was not signed to be revoked; the grant itself must stay away.
  const back = [...dropped.values()].filter((grant) => held(grant).some(({ grantor }) => grantor === grant.grantor) || !others.has(pairKey(grant)));
  const legacy = [...old, ...back].flatMap(({ role, account }) => {
    const grants = held({ role, account });
    const entry = retired({ role, account })[0];
    if (grants.length === 0 || (entry && mayBeThere.has(entry.outcome))) return [];
    if (!entry && dropped.has(pairKey({ role, account }))) return [`old access: '${account}' still has '${role}': it was to be revoked`];
    if (!entry) return [`old access: '${account}' has '${role}', ${grantedBy(grants)}, which was not signed to be retired`];
    return [
      entry.outcome === 'failed'
        ? `old access: '${account}' still has '${role}': it could not be retired`
        : `old access: '${account}' has '${role}' again, ${grantedBy(grants)}`,
    ];
  });
  const content = changedRoles(reviewed, now);
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

function changedRoles(reviewed: PreviewContent, now: Actual): string[] {
  const before = new Map(reviewed.roles.map((role) => [role.role, role]));
  const current = new Map(now.roles.map((role) => [role.role, role]));
  return reviewed.entitlements.flatMap(({ role }) => {
    const then = before.get(role);
    if (then?.exists && !current.get(role)?.exists) return [`the role itself: '${role}' is gone`];
    return then?.digest === current.get(role)?.digest ? [] : [`the role itself: what '${role}' may do is not what was reviewed`];
  });
}
