/** Evaluations with their evidence: each number once, as it was first recorded. */
import type { Store, StoredEvaluation } from './contract.ts';
import { asNumber, storable, type Session } from './session.ts';

type Row = Omit<StoredEvaluation, 'driftLines'> & { driftLines: string[] };

export function evaluations(session: Session): Pick<Store, 'evaluations' | 'saveEvaluation'> {
  return {
    evaluations: ({ plan, wave, package: rolePackage, number }) =>
      session.rows<Row>(
        `select plan, wave, package, number, purpose, ${asNumber('due_at')} as "dueMs", ${asNumber('evaluated_at')} as "evaluatedAtMs", measurements, drift, drift_lines as "driftLines"
         from rolewave.evaluations where plan = $1 and wave = $2 and package = $3 and ($4::int is null or number = $4) order by number`,
        [plan, wave, rolePackage, number ?? null],
      ),
    saveEvaluation: async (evaluation) => {
      await session.rows(
        `insert into rolewave.evaluations (plan, wave, package, number, purpose, due_at, evaluated_at, measurements, drift, drift_lines)
         values ($1, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10::json) on conflict (plan, wave, package, number) do nothing`,
        [
          evaluation.plan,
          evaluation.wave,
          evaluation.package,
          evaluation.number,
          evaluation.purpose,
          Math.round(evaluation.dueMs),
          Math.round(evaluation.evaluatedAtMs),
          JSON.stringify(evaluation.measurements),
          JSON.stringify(evaluation.drift),
          JSON.stringify(evaluation.driftLines.map(storable)),
        ],
      );
    },
  };
}
