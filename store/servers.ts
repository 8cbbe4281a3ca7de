/** What the servers of systems really do, who measures it at the moment, and which systems have answered as which place. */
import { z } from 'zod';
import { serverRecordSchema, type ServerRecord } from '../domain/access/server-behaviour.ts';
import { mostPlaces, TooManyPlaces, type SystemAtPlace } from '../domain/site/same-place.ts';
import type { Store } from './contract.ts';
import { inForm } from './in-form.ts';
import { databaseNow, type Session } from './session.ts';

const row = z.object({ record: serverRecordSchema });
const rowOfSystem = z.object({ system: z.string(), place: z.string(), record: serverRecordSchema });

/**
 * A record in its form has a few kilobytes. One that is larger, from before servers' texts were cut, is none, and is not read: PostgreSQL knows what it takes as it
 * is kept.
 */
export const smallRecord = 'pg_column_size(record) < 16384';

/** Rows with a record. */
export const recordsIn = (rows: unknown[]): ServerRecord[] => inForm(row, rows).map(({ record }) => record as ServerRecord);

/** Ends with its condition, and `order by position`. */
export const placeRows = 'select system, addresses, was_there from rolewave.system_places';

export interface PlaceRow {
  system: string;
  addresses: string[];
  was_there: boolean;
}

export const atPlace = (rows: PlaceRow[]): SystemAtPlace[] =>
  rows.map(({ system, addresses, was_there: wasThere }) => ({ system, addresses, ...(wasThere ? { wasThere } : {}) }));

export function servers(
  session: Session,
): Pick<Store, 'systemAtPlace' | 'systemsAtPlaces' | 'notAtPlace' | 'serverRecord' | 'serverRecords' | 'saveServerRecord' | 'beginProbe' | 'endProbe'> {
  return {
    systemAtPlace: async (place, { system, address }) => {
      await session.rows(
        // One at a time: of two that come at once, one is the first.
        `insert into rolewave.system_places as known (place, system, addresses)
         select $1, $2, $3 from (select pg_advisory_xact_lock(hashtextextended('rolewave.system_places ' || $1, 0))) as alone
         where exists (select from rolewave.system_places where place = $1 and system = $2)
           or (select count(*) from (select from rolewave.system_places where system = $2 limit $4::int) as its) < $4::int
         on conflict (place, system) do update set addresses = known.addresses || excluded.addresses where not known.addresses @> excluded.addresses`,
        [place, system, address === undefined ? [] : [address], mostPlaces],
      );
      const all = atPlace(await session.rows<PlaceRow>(`${placeRows} where place = $1 order by position`, [place]));
      if (!all.some((one) => one.system === system)) throw new TooManyPlaces(system);
      return all;
    },
    systemsAtPlaces: async () =>
      (await session.rows<{ system: string }>('select distinct system from rolewave.system_places order by system')).map(({ system }) => system),
    notAtPlace: async (place, system) => {
      await session.rows('delete from rolewave.system_places where place = $1 and system = $2', [place, system]);
    },
    // A row in no known form, such as that of another version of Rolewave, is none: then it is measured again.
    serverRecord: async (place) => recordsIn(await session.rows(`select record from rolewave.servers where place = $1 and ${smallRecord}`, [place]))[0],
    serverRecords: async (systems) =>
      inForm(
        rowOfSystem,
        await session.rows(
          `select distinct on (system) system, place, record from rolewave.servers where system = any($1::text[]) and ${smallRecord} order by system, measured_at desc`,
          [systems],
        ),
      ) as { system: string; place: string; record: ServerRecord }[],
    // One that was paused until the place was another's has measured what may be different by now.
    saveServerRecord: async (place, system, record, holder) => {
      const saved = await session.rows(
        `insert into rolewave.servers (place, system, record, measured_at) select $1, $2, $3::json, ${databaseNow}
         where $4::text is null or exists (select from rolewave.probes where place = $1 and holder = $4)
         on conflict (place) do update set system = excluded.system, record = excluded.record, measured_at = excluded.measured_at returning place`,
        [place, system, JSON.stringify(inItsForm(record)), holder ?? null],
      );
      return saved.length > 0;
    },
    beginProbe: async (place, holder, forMs) => {
      const taken = await session.rows(
        `insert into rolewave.probes (place, holder, until) values ($1, $2, ${databaseNow} + $3::bigint)
         on conflict (place) do update set holder = excluded.holder, until = excluded.until
         where rolewave.probes.until < ${databaseNow} or rolewave.probes.holder = excluded.holder returning holder`,
        [place, holder, forMs],
      );
      return taken.length > 0;
    },
    endProbe: async (place, holder) => {
      await session.rows('delete from rolewave.probes where place = $1 and holder = $2', [place, holder]);
    },
  };
}

/** What is longer than its form would not be read back. */
const inItsForm = ({ server, problem, ...rest }: ServerRecord): ServerRecord => ({
  ...rest,
  server: server.slice(0, 500),
  ...(problem === undefined ? {} : { problem: problem.slice(0, 1_000) }),
});
