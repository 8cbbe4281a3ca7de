/** Who had left the cohort of a release by the latest answer that was believed: what a rollback goes by while the source of the query does not answer. */
import type { Store } from './contract.ts';
import { asNumber, databaseNow, storable, type Session } from './session.ts';

export function cohorts(session: Session): Pick<Store, 'leftCohort' | 'askCohort' | 'saveLeftCohort'> {
  return {
    leftCohort: async ({ plan, wave, package: id }) => {
      const [found] = await session.rows<{ gone: unknown }>('select gone from rolewave.cohorts where plan = $1 and wave = $2 and package = $3', [
        plan,
        wave,
        id,
      ]);
      return Array.isArray(found?.gone) ? found.gone.filter((person): person is string => typeof person === 'string') : [];
    },
    // Counted in the row, not read from a clock: clocks of servers go back.
    askCohort: async ({ plan, wave, package: id }) => {
      const [row] = await session.rows<{ asked: number }>(
        `insert into rolewave.cohorts (plan, wave, package, gone, answered_at, asked) values ($1, $2, $3, '[]', ${databaseNow}, 1)
         on conflict (plan, wave, package) do update set asked = cohorts.asked + 1 returning ${asNumber('asked')} as asked`,
        [plan, wave, id],
      );
      return row?.asked ?? 0;
    },
    saveLeftCohort: async ({ plan, wave, package: id }, people, asked) => {
      await session.rows(
        `update rolewave.cohorts set gone = $4::json, answered_at = ${databaseNow}, answered = $5::bigint
         where plan = $1 and wave = $2 and package = $3 and answered < $5::bigint`,
        [plan, wave, id, storable(JSON.stringify(people)), asked],
      );
    },
  };
}
