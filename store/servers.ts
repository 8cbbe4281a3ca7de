/** What the servers of systems really do, and who measures it at the moment. */
import { z } from 'zod';
import { serverRecordSchema, type ServerRecord } from '../domain/access/server-behaviour.ts';
import type { Store } from './contract.ts';
import { inForm } from './in-form.ts';
import { databaseNow, type Session } from './session.ts';

const row = z.object({ record: serverRecordSchema });
const rowOfSystem = z.object({ system: z.string(), place: z.string(), record: serverRecordSchema });

/** Rows with a record. */
export const recordsIn = (rows: unknown[]): ServerRecord[] => inForm(row, rows).map(({ record }) => record as ServerRecord);

export function servers(session: Session): Pick<Store, 'serverRecord' | 'serverRecords' | 'saveServerRecord' | 'beginProbe' | 'endProbe'> {
  return {
    // A row in no known form, such as that of another version of Rolewave, is none: then it is measured again.
    serverRecord: async (place) => recordsIn(await session.rows('select record from rolewave.servers where place = $1', [place]))[0],
    serverRecords: async () =>
      inForm(rowOfSystem, await session.rows('select system, place, record from rolewave.servers order by system, measured_at desc')) as {
        system: string;
        place: string;
        record: ServerRecord;
      }[],
    // One that was paused until the place was another's has measured what may be different by now.
    saveServerRecord: async (place, system, record, holder) => {
      const saved = await session.rows(
        `insert into rolewave.servers (place, system, record, measured_at) select $1, $2, $3::json, ${databaseNow}
         where $4::text is null or exists (select from rolewave.probes where place = $1 and holder = $4)
         on conflict (place) do update set system = excluded.system, record = excluded.record, measured_at = excluded.measured_at returning place`,
        [place, system, JSON.stringify(record), holder ?? null],
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
