/** The receipt of each rollback, per system: evidence that outlives Temporal's history. */
import type { Receipt } from '../domain/release/receipt.ts';
import { LedgerMoved } from '../domain/release/facts.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { Store } from './contract.ts';
import { databaseNow, type Session } from './session.ts';

export function receipts(session: Session): Pick<Store, 'receipts' | 'saveReceipt'> {
  const read = async (of: { plan: string; wave: string; package: string }) =>
    (
      await session.rows<{ receipt: Receipt }>(`select receipt from rolewave.receipts where plan = $1 and wave = $2 and package = $3 order by system`, [
        of.plan,
        of.wave,
        of.package,
      ])
    ).map(({ receipt }) => receipt);
  return {
    receipts: read,
    saveReceipt: async (of, rollback, receipt, facts) => {
      await session.transaction(async (transaction) => {
        await lockRelease(transaction, of, receipt.system);
        await refuseIfMoved(transaction, of, receipt.system, facts);
        await transaction.rows(
          `insert into rolewave.receipts (plan, wave, package, system, rollback, receipt, saved_at) values ($1, $2, $3, $4, $5, $6::json, ${databaseNow}) on conflict (plan, wave, package, system) do update set receipt = excluded.receipt, saved_at = excluded.saved_at where rolewave.receipts.receipt -> 'claimed' is not null`,
          [of.plan, of.wave, of.package, receipt.system, rollback, JSON.stringify(receipt)],
        );
      });
      return (await read(of)).find(({ system }) => system === receipt.system) ?? receipt;
    },
  };
}

/** Until the end of the transaction: the release changes nothing in this system while its receipt is stored, or the other way round. */
export const lockRelease = (session: Session, { plan, wave, package: id }: ReleaseKey, system: string): Promise<unknown> =>
  session.rows('select pg_advisory_xact_lock(hashtextextended($1, 1))', [JSON.stringify([plan, wave, id, system])]);

/** Once it is rolled back, an attempt that was paused before may wake up: it grants and retires nothing. */
export async function refuseIfRolledBack(session: Session, of: ReleaseKey, system: string, endsClaims = false): Promise<void> {
  if (endsClaims && (await keepsClaimed(session, of, system))) return;
  if (await isRolledBack(session, of, system)) throw new LedgerMoved(`'${of.package}' was rolled back in '${system}' in the meantime: nothing was changed`);
}

export const isRolledBack = async (session: Session, { plan, wave, package: id }: ReleaseKey, system: string): Promise<boolean> =>
  (await session.rows(`select from rolewave.receipts where plan = $1 and wave = $2 and package = $3 and system = $4`, [plan, wave, id, system])).length > 0;

/** Rolled back, but for what claims of people keep: of that, and of nothing else, the release may still revoke. */
const keepsClaimed = async (session: Session, { plan, wave, package: id }: ReleaseKey, system: string): Promise<boolean> =>
  (
    await session.rows(`select from rolewave.receipts where plan = $1 and wave = $2 and package = $3 and system = $4 and receipt -> 'claimed' is not null`, [
      plan,
      wave,
      id,
      system,
    ])
  ).length > 0;

async function refuseIfMoved(session: Session, of: ReleaseKey, system: string, facts: number): Promise<void> {
  if ((await isRolledBack(session, of, system)) && !(await keepsClaimed(session, of, system))) return;
  const part = '(select id from rolewave.parts where plan = $1 and wave = $2 and package = $3 and system = $4)';
  const [now] = await session.rows<{ facts: number; claimed: boolean }>(
    `select (select count(*)::int from rolewave.ledger where part = ${part}) as facts, exists (select from rolewave.claims where part = ${part}) as claimed`,
    [of.plan, of.wave, of.package, system],
  );
  if (now?.facts !== facts || now.claimed) throw new LedgerMoved(`an earlier attempt changed grants of '${of.package}' in '${system}' during the rollback`);
}
