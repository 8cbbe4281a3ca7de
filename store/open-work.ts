/** Waves and packages that have not ended, counted over many plans: without reading a document twice, and with a look into an index for each wave. */
import { LRUCache } from 'lru-cache';
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { StoreReader } from './contract.ts';
import type { Session } from './session.ts';

/** A wave, by the id of its workflow, and its packages, by theirs. */
type Work = Map<string, Set<string>>;

/** Each wave records events from its beginning. `min` of the next one is one look into the index by wave. */
const begun = `select p.plan, w.wave from unnest($1::text[]) p(plan) cross join lateral (
    with recursive seen(wave) as (
      select min(e.wave) from rolewave.events e where e.plan = p.plan and e.wave > ''
      union all
      select (select min(e.wave) from rolewave.events e where e.plan = p.plan and e.wave > seen.wave) from seen where seen.wave is not null
    ) select wave from seen where wave is not null) w`;

const latest = 'select distinct on (plan) plan, number from rolewave.revisions where plan = any($1) order by plan, number desc';

/** A document may have megabytes, of which these are the ids. */
const inDocuments = `select r.plan, r.number, w ->> 'id' as wave, array(select p ->> 'package' from json_array_elements(w -> 'packages') p) as packages
  from rolewave.revisions r join unnest($1::text[], $2::int[]) as asked(plan, number) on (asked.plan, asked.number) = (r.plan, r.number)
  cross join lateral json_array_elements(r.document -> 'waves') w`;

export function openWork(session: Session): Pick<StoreReader, 'openWork' | 'begunWaves'> {
  /** By plan, of the revision that was the latest: a revision never changes. */
  const known = new LRUCache<string, { number: number; work: Work }>({ max: 2_000 });

  async function planned(plans: string[]): Promise<Work> {
    const rows = await session.rows<{ plan: string; number: number }>(latest, [plans]);
    const unread = rows.filter(({ plan, number }) => known.get(plan)?.number !== number);
    if (unread.length > 0) {
      const read = await session.rows<{ plan: string; wave: string; packages: string[] }>(inDocuments, [
        unread.map(({ plan }) => plan),
        unread.map(({ number }) => number),
      ]);
      const byPlan = Map.groupBy(read, ({ plan }) => plan);
      for (const { plan, number } of unread) known.set(plan, { number, work: workOf(plan, byPlan.get(plan) ?? []) });
    }
    return new Map(rows.flatMap(({ plan }) => [...(known.get(plan)?.work ?? [])]));
  }

  async function ended(ids: string[]): Promise<Set<string>> {
    const rows = await session.rows<{ id: string }>('select workflow_id as id from rolewave.finals where workflow_id = any($1)', [ids]);
    return new Set(rows.map(({ id }) => id));
  }

  /** Of waves that have begun and are in no plan any more: the packages that were ever in them. */
  async function left(waves: { plan: string; wave: string }[]): Promise<Work> {
    const rows = await session.rows<{ plan: string; wave: string; packages: string[] }>(
      `select plan, wave, array_agg(package) as packages from rolewave.places
       where (plan, wave) in (select * from unnest($1::text[], $2::text[])) group by plan, wave`,
      [waves.map(({ plan }) => plan), waves.map(({ wave }) => wave)],
    );
    const none = waves.map(({ plan, wave }) => [waveWorkflowId(plan, wave), new Set<string>()] as const);
    return new Map([...none, ...rows.flatMap(({ plan, wave, packages }) => [...workOf(plan, [{ wave, packages }])])]);
  }

  return {
    begunWaves: async (plan) => {
      const there = (await session.rows<{ wave: string }>(begun, [[plan]])).map(({ wave }) => wave);
      const gone = await ended(there.map((wave) => waveWorkflowId(plan, wave)));
      const open = there.filter((wave) => !gone.has(waveWorkflowId(plan, wave)));
      return session.rows<{ wave: string; revision: number }>(
        'select wave, max(last_revision)::int as revision from rolewave.places where plan = $1 and wave = any($2) group by wave',
        [plan, open],
      );
    },
    openWork: async (plans, adds) => {
      const all = [...new Set([...plans, adds.plan])];
      const inPlans = await planned(all);
      const others = (await session.rows<{ plan: string; wave: string }>(begun, [all])).filter(({ plan, wave }) => !inPlans.has(waveWorkflowId(plan, wave)));
      const there: Work = new Map([...inPlans, ...(others.length > 0 ? await left(others) : [])]);
      const wanted = workOf(adds.plan, adds.waves);
      const gone = await ended([...idsOf(there), ...idsOf(wanted)]);
      const counted = stillOpen(there, gone);
      const further = stillOpen(wanted, gone);
      const addedTo = (now: Set<string>, before: Set<string>) => without(now, before).length;
      return {
        waves: { open: counted.waves.size, added: addedTo(further.waves, counted.waves) },
        packages: { open: counted.packages.size, added: addedTo(further.packages, counted.packages) },
      };
    },
  };
}

const workOf = (plan: string, waves: readonly { wave: string; packages: readonly string[] }[]): Work =>
  new Map(waves.map(({ wave, packages }) => [waveWorkflowId(plan, wave), new Set(packages.map((id) => packageWorkflowId(plan, wave, id)))]));

const idsOf = (work: Work): string[] => [...work].flatMap(([wave, packages]) => [wave, ...packages]);

const without = (ids: Set<string>, others: ReadonlySet<string>): string[] => [...ids].filter((id) => !others.has(id));

/** A wave that has ended has no open package. */
function stillOpen(work: Work, gone: ReadonlySet<string>): Record<'waves' | 'packages', Set<string>> {
  const waves = [...work].filter(([wave]) => !gone.has(wave));
  return { waves: new Set(waves.map(([wave]) => wave)), packages: new Set(waves.flatMap(([, packages]) => without(packages, gone))) };
}
