/** The receipt of each rollback, per system: evidence that outlives Temporal's history. */
import type { Receipt } from '../domain/release/receipt.ts';
import type { Store } from './contract.ts';
import { databaseNow, type Session } from './session.ts';

export const receiptRows = 'select receipt from rolewave.receipts';

export function receipts(session: Session): Pick<Store, 'receipts' | 'saveReceipt'> {
  const read = async (of: { plan: string; wave: string; package: string }) =>
    (
      await session.rows<{ receipt: Receipt }>(`${receiptRows} where plan = $1 and wave = $2 and package = $3 order by system`, [of.plan, of.wave, of.package])
    ).map(({ receipt }) => receipt);
  return {
    receipts: read,
    saveReceipt: async (of, rollback, receipt) => {
      await session.rows(
        `insert into rolewave.receipts (plan, wave, package, system, rollback, receipt, saved_at) values ($1, $2, $3, $4, $5, $6::json, ${databaseNow}) on conflict (plan, wave, package, system) do nothing`,
        [of.plan, of.wave, of.package, receipt.system, rollback, JSON.stringify(receipt)],
      );
      return (await read(of)).find(({ system }) => system === receipt.system) ?? receipt;
    },
  };
}
