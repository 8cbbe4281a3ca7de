/** The only writer of the receipts of a rollback, by system. */
import { carriedReceipts } from '../../domain/release/carried-receipt.ts';
import type { Receipt } from '../../domain/release/receipt.ts';
import type { RolePackageState } from './state.ts';

/** Of each system its latest: a system that is not tried again, or that refused to, keeps the receipt of what was done in it. */
export function recordReceipts({ data }: RolePackageState, receipts: Receipt[]): void {
  const now = new Map([...data.receipts, ...receipts].map((receipt) => [receipt.system, receipt]));
  data.receipts = carriedReceipts([...now.values()].sort((a, b) => (a.system < b.system ? -1 : 1)));
}

/** A rollback that could not undo everything was given up: what it had revoked is granted again, and its receipts are past. */
export function grantedAgain({ data }: RolePackageState): void {
  data.receipts = [];
}
