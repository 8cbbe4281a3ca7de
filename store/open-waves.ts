/** Waves that have not ended, counted over many plans: without reading a document twice, and with a look into an index for each wave. */
import { LRUCache } from 'lru-cache';
import { waveWorkflowId } from '../domain/messages.ts';
import type { StoreReader } from './contract.ts';
import type { Session } from './session.ts';

interface Wave {
  plan: string;
  wave: string;
}

/** Each wave records events from its beginning. `min` of the next one is one look into the index by wave. */
const begun = `select p.plan, w.wave from unnest($1::text[]) p(plan) cross join lateral (
    with recursive seen(wave) as (
      select min(e.wave) from rolewave.events e where e.plan = p.plan and e.wave > ''
      union all
      select (select min(e.wave) from rolewave.events e where e.plan = p.plan and e.wave > seen.wave) from seen where seen.wave is not null
    ) select wave from seen where wave is not null) w`;

const latest = 'select distinct on (plan) plan, number from rolewave.revisions where plan = any($1) order by plan, number desc';

/** A document may have megabytes, of which these are the ids. */
const inDocuments = `select r.plan, r.number, array(select w ->> 'id' from json_array_elements(r.document -> 'waves') w) as waves
  from rolewave.revisions r join unnest($1::text[], $2::int[]) as asked(plan, number) on (asked.plan, asked.number) = (r.plan, r.number)`;

export function openWaves(session: Session): Pick<StoreReader, 'openWaves' | 'begunWaves'> {
  /** By plan, of the revision that was the latest: a revision never changes. */
  const known = new LRUCache<string, { number: number; waves: string[] }>({ max: 2_000 });

  async function planned(plans: string[]): Promise<Wave[]> {
    const rows = await session.rows<{ plan: string; number: number }>(latest, [plans]);
    const unread = rows.filter(({ plan, number }) => known.get(plan)?.number !== number);
    if (unread.length > 0) {
      const read = await session.rows<{ plan: string; number: number; waves: string[] }>(inDocuments, [
        unread.map(({ plan }) => plan),
        unread.map(({ number }) => number),
      ]);
      for (const { plan, number, waves } of read) known.set(plan, { number, waves });
    }
    return rows.flatMap(({ plan }) => known.get(plan)?.waves.map((wave) => ({ plan, wave })) ?? []);
  }

  async function ended(ids: string[]): Promise<Set<string>> {
    const rows = await session.rows<{ id: string }>('select workflow_id as id from rolewave.finals where workflow_id = any($1)', [ids]);
    return new Set(rows.map(({ id }) => id));
  }

  return {
    begunWaves: async (plan) => {
      const there = (await session.rows<Wave>(begun, [[plan]])).map(({ wave }) => wave);
      const gone = await ended(there.map((wave) => waveWorkflowId(plan, wave)));
      const open = there.filter((wave) => !gone.has(waveWorkflowId(plan, wave)));
      return session.rows<{ wave: string; revision: number }>(
        'select wave, max(last_revision)::int as revision from rolewave.places where plan = $1 and wave = any($2) group by wave',
        [plan, open],
      );
    },
    openWaves: async (plans, adds) => {
      const all = [...new Set([...plans, adds.plan])];
      const idOf = ({ plan, wave }: Wave) => waveWorkflowId(plan, wave);
      const there = new Set([...(await planned(all)), ...(await session.rows<Wave>(begun, [all]))].map(idOf));
      const further = adds.waves.map((wave) => waveWorkflowId(adds.plan, wave)).filter((id) => !there.has(id));
      const gone = await ended([...there, ...further]);
      const stillOpen = (ids: Iterable<string>) => [...ids].filter((id) => !gone.has(id)).length;
      return { open: stillOpen(there), added: stillOpen(further) };
    },
  };
}
