/** Who had left the cohort of a release by the latest answer that was believed: what a rollback goes by while the source of the query does not answer. */
import type { Store } from './contract.ts';
import { databaseNow, storable, type Session } from './session.ts';

export function cohorts(session: Session): Pick<Store, 'leftCohort' | 'saveLeftCohort'> {
  return {
    leftCohort: async ({ plan, wave, package: id }) => {
      const [found] = await session.rows<{ gone: unknown }>('select gone from rolewave.cohorts where plan = $1 and wave = $2 and package = $3', [
        plan,
        wave,
        id,
      ]);
      return Array.isArray(found?.gone) ? found.gone.filter((person): person is string => typeof person === 'string') : [];
    },
    saveLeftCohort: async ({ plan, wave, package: id }, people) => {
      // An unchanged answer writes no new row version: every evaluation asks.
      await session.rows(
        `insert into rolewave.cohorts (plan, wave, package, gone, answered_at) values ($1, $2, $3, $4::json, ${databaseNow})
         on conflict (plan, wave, package) do update set gone = excluded.gone, answered_at = excluded.answered_at where cohorts.gone::text <> excluded.gone::text`,
        [plan, wave, id, storable(JSON.stringify(people))],
      );
    },
  };
}
