/**
 * Pages of a table by address and position, at a bounded price: a filter that hardly any row meets would otherwise read all rows of a plan, as many as its
 * operators like to cause. Of each plan (of each wave, where waves are asked for) only the next rows by position are looked at; a page that they do not fill
 * says how far it has looked, and the next one goes on there.
 */
import type { QueryResultRow } from 'pg';
import type { Found } from './contract.ts';
import type { Session } from './session.ts';

/** Rows that are looked at for one page, of all plans together. */
const most = 20_000;

/** Pages that most rows match are filled by the first look. */
const steps = 20;

export interface Look {
  table: 'events' | 'notices';
  order: 'asc' | 'desc';
  plans: readonly string[];
  waves: readonly string[] | undefined;
  after: number | undefined;
  limit: number;
  /** What a row must meet, of `r`; parameters from `$6` on. */
  condition: string;
  values: unknown[];
}

/** Positions of rows that meet the condition, in their order. `readUntil`: there may be more after it. */
export async function lookedAt(session: Session, look: Look): Promise<{ positions: number[]; readUntil?: number }> {
  const sources = look.plans.length * (look.waves?.length ?? 1);
  if (sources === 0) return { positions: [] };
  const mostEach = Math.max(1, Math.floor(most / sources));
  for (let each = Math.min(look.limit, mostEach); ; each = Math.min(each * steps, mostEach)) {
    const found = await session.rows<{ position: number | null; horizon: number | null }>(statement(look), [
      look.plans,
      look.waves ?? null,
      look.after ?? null,
      look.limit,
      each,
      ...look.values,
    ]);
    const positions = found.flatMap(({ position }) => position ?? []);
    const horizon = found[0]?.horizon ?? null;
    if (horizon === null || positions.length >= look.limit) return { positions };
    if (each >= mostEach) return { positions, readUntil: horizon };
  }
}

/** Beyond the horizon, rows of a source that has more are unknown, so rows of the others wait, too. */
const statement = ({ table, order, waves, condition }: Look): string => {
  const [after, end, within] = order === 'asc' ? ['>', 'max', '<='] : ['<', 'min', '>='];
  const horizon = order === 'asc' ? 'min' : 'max';
  return `with looked as (
    select r.*, s.n from (select row_number() over () as n, p.plan, w.wave from unnest($1::text[]) p(plan)
      ${waves ? 'cross join unnest($2::text[]) w(wave)' : 'cross join (select $2::text[] is null) w(wave)'}) s
    cross join lateral (select * from rolewave.${table} r
      where r.plan = s.plan ${waves ? 'and r.wave = s.wave' : ''} and ($3::bigint is null or r.position ${after} $3)
      order by r.position ${order} limit $5) r),
  horizon as (select ${horizon}(last) as at from (select ${end}(position) as last from looked group by n having count(*) >= $5) full_ones)
  select f.position::float8 as position, h.at::float8 as horizon from horizon h left join lateral (
    select r.position from looked r where (h.at is null or r.position ${within} h.at) and (${condition})
    order by r.position ${order} limit $4) f on true
  order by f.position ${order}`;
};

/** The rows themselves, read by their positions. */
export async function pageLookedAt<Row extends QueryResultRow & { position: number }>(session: Session, look: Look, selected: string): Promise<Found<Row>> {
  const { positions, readUntil } = await lookedAt(session, look);
  const rows =
    positions.length === 0 ? [] : await session.rows<Row>(`${selected} where position = any($1::bigint[]) order by position ${look.order}`, [positions]);
  return { rows, ...(readUntil === undefined ? {} : { readUntil }) };
}
