/**
 * What a simulation has read of each package in each system, while somebody waits for its answer, so that no history has to hold it. It goes with the draft; what
 * is older than an hour goes with the next one.
 */
import type { SimulatedContent } from '../domain/plan/simulation.ts';
import type { Store } from './contract.ts';
import { databaseNow, storable, type Session } from './session.ts';

const keptForMs = 3_600_000;

export function simulated(session: Session): Pick<Store, 'simulated' | 'simulatedPackages' | 'saveSimulated'> {
  return {
    simulatedPackages: async (draft) =>
      (await session.rows<{ package: string }>('select distinct package from rolewave.simulated where draft = $1 order by package', [draft])).map(
        (row) => row.package,
      ),
    simulated: async (draft, packageId) =>
      (
        await session.rows<{ content: SimulatedContent }>('select content from rolewave.simulated where draft = $1 and package = $2 order by system', [
          draft,
          packageId,
        ])
      ).map(({ content }) => content),
    saveSimulated: async (draft, content) => {
      await session.rows(`delete from rolewave.simulated where saved_at < ${databaseNow} - $1::bigint`, [keptForMs]);
      await session.rows(
        `insert into rolewave.simulated (draft, package, system, content, saved_at) values ($1, $2, $3, $4::json, ${databaseNow})
         on conflict (draft, package, system) do update set content = excluded.content, saved_at = excluded.saved_at`,
        [draft, content.package, content.system, storable(JSON.stringify(content))],
      );
    },
  };
}
