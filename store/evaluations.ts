/** Evaluations with evidence and verdict: each as it was first recorded, known by when it was due and why. */
import { evaluationView, type EvaluationView } from '../domain/views/evaluation.ts';
import { mostOfRecord, type NewEvaluation } from '../domain/records.ts';
import { evaluationTaken, type VerdictKind, type Verdict } from '../domain/watch/measurement.ts';
import type { EvaluationKey, Store } from './contract.ts';
import { inForm, notLarger } from './in-form.ts';
import { asNumber, storable, type Session } from './session.ts';

type Row = Omit<EvaluationView, 'verdict' | 'contents'> & {
  contents: EvaluationView['contents'] | null;
  leftOut?: boolean;
  kind: VerdictKind;
  why: string;
  metrics: Verdict['metrics'];
};

const readable = notLarger(mostOfRecord, 'measurements', 'drift', 'drift_lines', 'contents', 'why', 'metrics');
/** Columns of what an evaluation measured. */
const measured = `number, purpose, ${asNumber('due_at')} as "dueMs", measurements, drift`;
/** Of a package: one every hour for three weeks. */
const evaluationsListed = 504;
/** Lines and contents of one take some 200 kB at most. */
const withLines = 20;

const all = `select plan, wave, package, ${measured}, drift_lines as "driftLines", contents, ${asNumber('evaluated_at')} as "evaluatedAtMs",
  verdict as kind, why, metrics, rules from rolewave.evaluations where plan = $1 and wave = $2 and package = $3
  and ${readable}`;

export function evaluations(session: Session): Pick<Store, 'evaluations' | 'evaluation' | 'evaluationsBefore' | 'saveEvaluation'> {
  const evaluation = async ({ plan, wave, package: id, dueMs, purpose }: EvaluationKey) =>
    inForm(evaluationView, (await session.rows<Row>(`${all} and due_at = $4 and purpose = $5`, [plan, wave, id, Math.round(dueMs), purpose])).map(viewOf))[0];
  return {
    evaluations: async ({ plan, wave, package: id }) =>
      inForm(
        evaluationView,
        (
          await session.rows<Row>(
            // An empty list has two bytes and a header.
            `with newest as (${all} order by number desc limit ${evaluationsListed}),
              counted as (select *, count(*) filter (where has) over (order by number desc) > ${withLines} as older
                from (select *, "contents" is not null or pg_column_size("driftLines") > 6 as has from newest) n)
             select plan, wave, package, number, purpose, "dueMs", measurements, drift, "evaluatedAtMs", kind, why, metrics, rules, has and older as "leftOut",
               case when has and older then '[]' else "driftLines" end as "driftLines", case when has and older then null else contents end as contents
             from counted order by number`,
            [plan, wave, id],
          )
        ).map(viewOf),
      ),
    evaluation,
    evaluationsBefore: async ({ plan, wave, package: id, sinceMs, dueMs }) =>
      inForm(
        evaluationTaken,
        await session.rows(
          `select ${measured} from rolewave.evaluations where plan = $1 and wave = $2 and package = $3 and due_at >= $4 and due_at <= $5 and ${readable}
           order by due_at, number`,
          [plan, wave, id, Math.round(sinceMs), Math.round(dueMs)],
        ),
      ),
    saveEvaluation: async (taken) => {
      const [number] = await insertEvaluations(session, [taken]);
      if (number !== undefined) return { ...taken, number };
      const saved = await evaluation(taken);
      if (!saved) throw new Error(`the evaluation of '${taken.package}' that was due at ${new Date(taken.dueMs).toISOString()} was not recorded`);
      return saved;
    },
  };
}

const viewOf = ({ kind, why, metrics, contents, leftOut, ...rest }: Row): EvaluationView => ({
  ...rest,
  ...(contents ? { contents } : {}),
  ...(leftOut ? { linesLeftOut: true } : {}),
  verdict: { kind, why, metrics },
});

/** Returns the numbers of those that were not on record yet. */
export async function insertEvaluations(session: Session, batch: NewEvaluation[]): Promise<number[]> {
  const inserted: number[] = [];
  for (const { verdict, ...evaluation } of batch) {
    const rows = await session.rows<{ number: number }>(
      `insert into rolewave.evaluations
         (plan, wave, package, number, purpose, due_at, evaluated_at, measurements, drift, drift_lines, verdict, why, metrics, rules, contents)
       select $1, $2, $3, 1 + coalesce((select max(number) from rolewave.evaluations where plan = $1 and wave = $2 and package = $3), 0),
         $4, $5, $6, $7::json, $8::json, $9::json, $10, $11, $12::json, $13, $14::json
       on conflict (plan, wave, package, due_at, purpose) do nothing returning number`,
      [
        evaluation.plan,
        evaluation.wave,
        evaluation.package,
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
    inserted.push(...rows.map(({ number }) => number));
  }
  return inserted;
}
