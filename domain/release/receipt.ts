/** What a rollback leaves behind, per system and in sum. */
import { z } from 'zod';

const accountLine = z.strictObject({ role: z.string(), account: z.string(), why: z.string() });

export const receipt = z.strictObject({
  system: z.string(),
  granted: z.int(),
  revoked: z.int(),
  kept: z.array(accountLine).describe("still there on purpose: 'granted by dba_kim', 'kept for procurement-request-coordinator', 'had it before'"),
  restored: z.int().describe('legacy access that is back'),
  notRestored: z.array(accountLine).describe('legacy access that stays revoked, and why'),
  failed: z.array(accountLine),
  gone: z.int().exactOptional().describe('granted, and revoked by somebody else before the rollback; left out when none'),
  check: z.string().describe('statement with which a person verifies it in the system'),
});
export type Receipt = z.output<typeof receipt>;

export const dependencyLine = z
  .strictObject({ line: z.string(), clear: z.boolean(), clearedBy: z.string().exactOptional() })
  .describe('one line of the dependency check; an open one names who clears it');
export type DependencyLine = z.output<typeof dependencyLine>;

export const grantTotals = z.strictObject({ created: z.int(), preexisting: z.int(), failed: z.int(), unknown: z.int(), legacyRetired: z.int() });
export type GrantTotals = z.output<typeof grantTotals>;

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
    gone > 0 ? `${gone} gone already` : '',
    restored > 0 ? `${restored} old access restored` : '',
    notRestored.length > 0 ? `${notRestored.length} old access not restored: ${reasons(notRestored)}` : '',
    failed > 0 ? `${failed} FAILED` : '',
  ]
    .filter(Boolean)
    .join(', ');
}
