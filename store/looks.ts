/** Looks with their evidence: each number once, as it was first recorded. */
import type { Store, StoredLook } from './contract.ts';
import { asNumber, storable, type Session } from './session.ts';

type Row = Omit<StoredLook, 'driftLines'> & { driftLines: string[] };

export function looks(session: Session): Pick<Store, 'looks' | 'saveLook'> {
  return {
    looks: ({ plan, wave, package: rolePackage, number }) =>
      session.rows<Row>(
        `select plan, wave, package, number, purpose, ${asNumber('due_at')} as "dueMs", ${asNumber('taken_at')} as "takenAtMs", measurements, drift, drift_lines as "driftLines"
         from rolewave.looks where plan = $1 and wave = $2 and package = $3 and ($4::int is null or number = $4) order by number`,
        [plan, wave, rolePackage, number ?? null],
      ),
    saveLook: async (look) => {
      await session.rows(
        `insert into rolewave.looks (plan, wave, package, number, purpose, due_at, taken_at, measurements, drift, drift_lines)
         values ($1, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10::json) on conflict (plan, wave, package, number) do nothing`,
        [
          look.plan,
          look.wave,
          look.package,
          look.number,
          look.purpose,
          Math.round(look.dueMs),
          Math.round(look.takenAtMs),
          JSON.stringify(look.measurements),
          JSON.stringify(look.drift),
          JSON.stringify(look.driftLines.map(storable)),
        ],
      );
    },
  };
}
