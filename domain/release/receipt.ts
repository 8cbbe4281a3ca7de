/** What a rollback leaves behind, per system and in sum. */
export interface Receipt {
  system: string;
  granted: number;
  revoked: number;
  /** Still there on purpose. `why` for people: 'granted by dba_kim', 'kept for procurement-request-coordinator', 'had it before'. */
  kept: { role: string; account: string; why: string }[];
  /** Legacy access restored, and legacy access that stays away with the reason. */
  restored: number;
  notRestored: { role: string; account: string; why: string }[];
  failed: { role: string; account: string; why: string }[];
  /** Given, and taken by somebody else before the rollback came; left out when none. */
  gone?: number;
  /** Statement with which a person checks it in the system. */
  check: string;
}

/** One line of the dependency check; open lines name who clears them. */
export interface DependencyLine {
  line: string;
  clear: boolean;
  clearedBy?: string;
}

export interface GrantTotals {
  created: number;
  preexisting: number;
  failed: number;
  unknown: number;
  legacyRetired: number;
}

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
