/** The audit trail: append-only, each event once by its id. */
import { mostOfEvent, type AuditEvent } from '../domain/records.ts';
import type { Positioned, StoreReader } from './contract.ts';
import { notLarger } from './in-form.ts';
import { inFullClause, inFullParameters } from './in-full.ts';
import { pageLookedAt } from './looked-at.ts';
import { addressOfRow, asNumber, storable, wholeMs, type Session } from './session.ts';

export interface EventRow {
  id: string;
  plan: string;
  wave: string;
  package: string;
  at: number;
  actor: string;
  kind: string;
  text: string;
  data: unknown;
}

const columns = `id, plan, wave, package, ${asNumber('at')} as at, actor, kind, text, data`;
const readable = notLarger(mostOfEvent, 'text', 'data', 'kind', 'actor');

export function events(session: Session): Pick<StoreReader, 'events' | 'newestEvents' | 'eventPage' | 'previewed' | 'endings' | 'eventfulSince'> {
  return {
    events: async ({ plan, wave, package: rolePackage, limit }) => {
      const rows = await session.rows<EventRow>(
        `select * from (
           select id, plan, wave, package, ${asNumber('at')} as at, actor, kind, text, data, position from rolewave.events
           where plan = $1 and ($2::text is null or wave = $2) and ($3::text is null or package = $3) and ${readable}
           order by position desc limit $4) as newest
         order by position`,
        [plan, wave ?? null, rolePackage ?? null, limit ?? null],
      );
      return rows.map(eventOf);
    },

    newestEvents: async ({ plan, wave, package: rolePackage }, { events: most, bytes }) => {
      const rows = await session.rows<EventRow & { found: number }>(
        `select *, ${asNumber('found')} as found from (
           select of_all.*, row_number() over newest as number, count(*) over () as found,
             sum(octet_length(text) + coalesce(octet_length(data::text), 0)) over newest as bytes
           from (
             select id, plan, wave, package, ${asNumber('at')} as at, actor, kind, text, data, position from rolewave.events
             where plan = $1 and wave = $2 and ($3::text is null or package = $3) and ${readable} order by position desc limit $4) of_all
           window newest as (order by position desc)) counted
         where number <= $5 and (number = 1 or bytes <= $6) order by position`,
        [plan, wave, rolePackage ?? null, most + 1, most, bytes],
      );
      return { events: rows.map(eventOf), cut: (rows[0]?.found ?? 0) > rows.length };
    },

    eventPage: async ({ plan, wave, package: packages, kind, actor, about, sinceMs, text, after, limit, inFull }) => {
      const found = await pageLookedAt<Positioned<EventRow>>(
        session,
        {
          table: 'events',
          order: 'desc',
          plans: plan,
          waves: wave,
          after,
          limit,
          condition: `($6::text[] is null or package = any($6)) and ($7::text[] is null or kind = any($7)) and ($8::text[] is null or actor = any($8))
           and ($9::text[] is null or (plan, package) in (select * from unnest($9::text[], $10::text[])))
           and ($11::bigint is null or at >= $11)
           and ($12::text is null or strpos(lower(concat_ws(' ', plan, wave, package, actor, kind, text)), lower($12)) > 0)
           and ${readable} and ${inFullClause(13)}`,
          values: [
            packages ?? null,
            kind ?? null,
            actor ?? null,
            about?.map((each) => each.plan) ?? null,
            about?.map((each) => each.package) ?? null,
            wholeMs(sinceMs),
            text ?? null,
            ...inFullParameters(inFull),
          ],
        },
        `select ${columns}, ${asNumber('position')} as position from rolewave.events e`,
      );
      return { ...found, rows: found.rows.map((row) => ({ ...eventOf(row), position: row.position })) };
    },

    previewed: async ({ plan, wave, package: rolePackage, limit }) =>
      (
        await session.rows<EventRow>(
          `select ${columns} from rolewave.events e where plan = $1 and wave = $2 and package = $3 and kind = 'previewed' and ${readable} order by e.position desc limit $4`,
          [plan, wave, rolePackage, limit],
        )
      ).map(eventOf),

    endings: async ({ plans, limit }) =>
      (
        await session.rows<EventRow>(
          `select ${columns} from rolewave.events e where plan = any($1) and kind = 'ended' and ${readable} order by e.position desc limit $2`,
          [plans, limit],
        )
      ).map(eventOf),

    // From one address to the next by the index, and one look at each: what it costs follows the packages of these plans, not their events.
    eventfulSince: async (plans, sinceMs) => {
      if (plans.length === 0) return [];
      const rows = await session.rows<{ plan: string; wave: string; package: string }>(
        `with recursive addresses as (
           select p.plan, first.wave, first.package from unnest($1::text[]) as p(plan), lateral (
             select wave, package from rolewave.events e where e.plan = p.plan order by wave, package limit 1) as first
           union all
           select a.plan, next.wave, next.package from addresses a, lateral (
             select wave, package from rolewave.events e where e.plan = a.plan and (e.wave, e.package) > (a.wave, a.package) order by wave, package limit 1) as next)
         select plan, wave, package from addresses a
         where exists (select from rolewave.events e where e.plan = a.plan and e.wave = a.wave and e.package = a.package and e.at >= $2::bigint)`,
        [plans, wholeMs(sinceMs)],
      );
      return rows.map(addressOfRow);
    },
  };
}

export const eventOf = (row: EventRow): AuditEvent => ({
  id: row.id,
  ...addressOfRow(row),
  atMs: row.at,
  actor: row.actor,
  kind: row.kind,
  text: row.text,
  ...(isObject(row.data) ? { data: row.data } : {}),
});

const isObject = (data: unknown): data is Record<string, unknown> => typeof data === 'object' && data !== null && !Array.isArray(data);

export async function insertEvents(session: Session, batch: AuditEvent[]): Promise<void> {
  if (batch.length === 0) return;
  await session.rows(
    `insert into rolewave.events (id, plan, wave, package, at, actor, kind, text, data)
     select id, plan, wave, package, at, actor, kind, text, data::json
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[]) as t(id, plan, wave, package, at, actor, kind, text, data)
     on conflict (id) do nothing`,
    [
      batch.map(({ id }) => id),
      batch.map(({ plan }) => plan),
      batch.map(({ wave }) => wave ?? ''),
      batch.map((event) => event.package ?? ''),
      batch.map(({ atMs }) => Math.round(atMs)),
      batch.map(({ actor }) => storable(actor)),
      batch.map(({ kind }) => kind),
      batch.map(({ text }) => storable(text)),
      batch.map(({ data }) => (data ? JSON.stringify(data) : null)),
    ],
  );
}
