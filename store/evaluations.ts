/** Evaluations with evidence and verdict: each number once, as it was first recorded. */
import type { EvaluationView } from '../domain/views/evaluation.ts';
import type { Evaluation, Verdict, VerdictKind } from '../domain/watch/measurement.ts';
import type { Store } from './contract.ts';
import { asNumber, storable, type Session } from './session.ts';

type Row = Omit<EvaluationView, 'verdict' | 'contents'> & {
  contents: EvaluationView['contents'] | null;
  kind: VerdictKind;
  why: string;
  metrics: Verdict['metrics'];
};

/** Columns of what an evaluation measured. */
const measured = `number, purpose, ${asNumber('due_at')} as "dueMs", measurements, drift`;

export function evaluations(session: Session): Pick<Store, 'evaluations' | 'evaluationsBefore' | 'saveEvaluation'> {
  return {
    evaluations: async ({ plan, wave, package: rolePackage, number }) => {
      const rows = await session.rows<Row>(
        `select plan, wave, package, ${measured}, drift_lines as "driftLines", contents, ${asNumber('evaluated_at')} as "evaluatedAtMs",
           verdict as kind, why, metrics, rules
         from rolewave.evaluations where plan = $1 and wave = $2 and package = $3 and ($4::int is null or number = $4) order by number`,
        [plan, wave, rolePackage, number ?? null],
      );
      return rows.map(({ kind, why, metrics, contents, ...evaluation }) => ({
        ...evaluation,
        ...(contents ? { contents } : {}),
        verdict: { kind, why, metrics },
      }));
    },
    evaluationsBefore: ({ plan, wave, package: rolePackage, number }) =>
      session.rows<Evaluation>(`select ${measured} from rolewave.evaluations where plan = $1 and wave = $2 and package = $3 and number < $4 order by number`, [
        plan,
        wave,
        rolePackage,
        number,
      ]),
    saveEvaluation: async (evaluation) => (await insertEvaluations(session, [evaluation])) > 0,
  };
}

/** Answers how many of them were not on record yet. */
export async function insertEvaluations(session: Session, batch: EvaluationView[]): Promise<number> {
  let inserted = 0;
  for (const { verdict, ...evaluation } of batch) {
    const rows = await session.rows(
      `insert into rolewave.evaluations
         (plan, wave, package, number, purpose, due_at, evaluated_at, measurements, drift, drift_lines, verdict, why, metrics, rules, contents)
       values ($1, $2, $3, $4, $5, $6, $7, $8::json, $9::json, $10::json, $11, $12, $13::json, $14, $15::json)
       on conflict (plan, wave, package, number) do nothing returning number`,
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
        verdict.kind,
        storable(verdict.why),
        JSON.stringify(verdict.metrics),
        evaluation.rules,
        evaluation.contents === undefined ? null : JSON.stringify(evaluation.contents),
      ],
    );
    inserted += rows.length;
  }
  return inserted;
}
