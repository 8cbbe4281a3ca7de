/** The receipt of a rollback, per system and in total. */
import { z } from 'zod';
import { byPair, grantedBy, pairKey, type Actual, type LedgerEntry } from './ledger.ts';
import type { PreviewContent } from './signed-preview.ts';

const accountLine = z.strictObject({ role: z.string(), account: z.string(), why: z.string() });

export const receipt = z.strictObject({
  system: z.string(),
  granted: z.int(),
  revoked: z.int(),
  kept: z.array(accountLine).describe("still there on purpose: 'granted by dba_kim', 'kept for procurement-request-coordinator', 'had it before'"),
  restored: z.int().describe('legacy access that was restored'),
  notRestored: z.array(accountLine).describe('legacy access that stays revoked, and why'),
  failed: z.array(accountLine),
  gone: z.int().exactOptional().describe('granted, and revoked by someone else before the rollback; left out when none'),
  check: z.string().describe('statement with which people can verify it in the system'),
});
export type Receipt = z.output<typeof receipt>;

export const grantTotals = z.strictObject({ created: z.int(), preexisting: z.int(), failed: z.int(), unknown: z.int(), legacyRetired: z.int() });
export type GrantTotals = z.output<typeof grantTotals>;

const legacyGrants = (number: number): string => (number === 1 ? '1 legacy grant' : `${number} legacy grants`);

/** '12 granted, 12 revoked, 1 kept: granted by dba_kim' over all systems. */
export function receiptLine(receipts: Receipt[]): string {
  const sum = (pick: (receipt: Receipt) => number) => receipts.reduce((total, receipt) => total + pick(receipt), 0);
  const kept = receipts.flatMap((receipt) => receipt.kept);
  const restored = sum((receipt) => receipt.restored);
  const failed = sum((receipt) => receipt.failed.length);
  const gone = sum((receipt) => receipt.gone ?? 0);
  const notRestored = receipts.flatMap((receipt) => receipt.notRestored);
  const reasons = (lines: { why: string }[]) => [...new Set(lines.map(({ why }) => why))].join(', ');
  return [
    `${sum((receipt) => receipt.granted)} granted`,
    `${sum((receipt) => receipt.revoked)} revoked`,
    kept.length > 0 ? `${kept.length} kept: ${reasons(kept)}` : '',
    gone > 0 ? `${gone} already gone` : '',
    restored > 0 ? `${legacyGrants(restored)} restored` : '',
    notRestored.length > 0 ? `${legacyGrants(notRestored.length)} not restored: ${reasons(notRestored)}` : '',
    failed > 0 ? `${failed} FAILED` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/**
 * The receipt of one system, from the ledger as the rollback left it and from what is held afterwards. `claimed`: pairs that other packages need.
 * The rollback could not undo an entry that is still `created`, or a retirement that is still `revoked`.
 */
export function receiptFrom(
  content: PreviewContent,
  ledger: LedgerEntry[],
  now: Actual,
  about: { claimed: { role: string; account: string }[]; check: string },
): Receipt {
  const granting = ledger.filter(({ kind }) => kind === 'grant');
  const retirements = ledger.filter(({ kind }) => kind === 'retire');
  const having = (entries: LedgerEntry[], ...outcomes: LedgerEntry['outcome'][]) => entries.filter(({ outcome }) => outcomes.includes(outcome));
  const held = byPair(now.grants);
  const gone = having(granting, 'gone').length;
  return {
    system: content.system,
    granted: having(granting, 'created', 'revoked', 'kept', 'gone').length,
    revoked: having(granting, 'revoked').length,
    kept: [
      ...having(granting, 'kept').map((entry) => line(entry)),
      ...having(granting, 'preexisting')
        .filter((entry) => held(entry).length > 0)
        .map((entry) => line(entry, 'had it before')),
      ...grantedByOthers(content, granting, now, about.claimed),
    ].sort(byLine),
    restored: having(retirements, 'restored').length,
    notRestored: having(retirements, 'notRestored')
      .map((entry) => line(entry))
      .sort(byLine),
    failed: [...having(granting, 'created', 'unknown', 'intended'), ...having(retirements, 'revoked', 'intended')].map((entry) => line(entry)).sort(byLine),
    ...(gone > 0 ? { gone } : {}),
    check: about.check,
  };
}

/** Grants of the entitlements that were not there before and are not this release's: they stay. */
function grantedByOthers(content: PreviewContent, granting: LedgerEntry[], now: Actual, claimed: { role: string; account: string }[]): Receipt['kept'] {
  const entries = byPair(granting);
  const known = new Set([...content.others, ...claimed].map(pairKey));
  const granted = new Set(content.entitlements.map(({ role }) => role));
  return now.grants.flatMap((grant) => {
    if (!granted.has(grant.role) || known.has(pairKey(grant))) return [];
    const entry = entries(grant)[0];
    const wasThere =
      entry?.before.some(({ grantor }) => grantor === grant.grantor) ??
      content.before.some((before) => pairKey(before) === pairKey(grant) && before.grantor === grant.grantor);
    // What the rollback left in place has its own line.
    const hasItsLine =
      entry !== undefined &&
      ['kept', 'created', 'unknown', 'intended'].includes(entry.outcome) &&
      (entry.grant?.grantor === grant.grantor || grant.grantor === undefined);
    return wasThere || hasItsLine ? [] : [line(grant, grantedBy([grant]))];
  });
}

const line = ({ role, account, why }: { role: string; account: string; why?: string }, reason = why ?? 'unknown') => ({ role, account, why: reason });
const byLine = (a: { role: string; account: string; why: string }, b: { role: string; account: string; why: string }) =>
  `${pairKey(a)}\0${a.why}` < `${pairKey(b)}\0${b.why}` ? -1 : 1;
