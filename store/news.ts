/** What was recorded last: for pages that follow what happens, and for the small lines of the board. */
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { DriftCounts, MetricVerdict } from '../domain/watch/measurement.ts';
import type { StoreReader } from './contract.ts';
import { eventOf, type EventRow } from './events.ts';
import { asNumber, type Session } from './session.ts';

export function news(session: Session): Pick<StoreReader, 'news' | 'plansSince' | 'lastPositions' | 'lastMeasured'> {
  return {
    news: async ({ event, evaluation, limit, plans }) => {
      const [events, evaluations] = await Promise.all([
        session.rows<EventRow & { position: number }>(
          `select id, plan, wave, package, ${asNumber('at')} as at, actor, kind, text, data, ${asNumber('e.position')} as position
           from rolewave.events e where e.position > $1::bigint and ($3::text[] is null or plan = any($3)) order by e.position limit $2`,
          [event, limit, plans ?? null],
        ),
        session.rows<ReleaseKey & { position: number }>(
          `select plan, wave, package, ${asNumber('e.position')} as position from rolewave.evaluations e
           where e.position > $1::bigint and ($3::text[] is null or plan = any($3)) order by e.position limit $2`,
          [evaluation, limit, plans ?? null],
        ),
      ]);
      return { events: events.map((row) => ({ ...eventOf(row), position: row.position })), evaluations };
    },

    plansSince: async ({ event, evaluation }) => {
      const rows = await session.rows<{ plan: string }>(
        `select plan from rolewave.events where position > $1::bigint union select plan from rolewave.evaluations where position > $2::bigint`,
        [event, evaluation],
      );
      return rows.map(({ plan }) => plan);
    },

    lastPositions: async () => {
      const [last] = await session.rows<{ event: number; evaluation: number }>(
        `select ${asNumber('coalesce((select max(position) from rolewave.events), 0)')} as event,
           ${asNumber('coalesce((select max(position) from rolewave.evaluations), 0)')} as evaluation`,
      );
      return last ?? { event: 0, evaluation: 0 };
    },

    lastMeasured: async ({ releases, most }) => {
      if (releases.length === 0) return [];
      const rows = await session.rows<ReleaseKey & { metrics: MetricVerdict[]; drift: DriftCounts }>(
        `select k.plan, k.wave, k.package, e.metrics, e.drift
         from unnest($1::text[], $2::text[], $3::text[]) as k(plan, wave, package)
         cross join lateral (
           select number, metrics, drift from rolewave.evaluations
           where plan = k.plan and wave = k.wave and package = k.package order by number desc limit $4) as e
         order by k.plan, k.wave, k.package, e.number`,
        [releases.map(({ plan }) => plan), releases.map(({ wave }) => wave), releases.map((each) => each.package), most],
      );
      const byRelease = Map.groupBy(rows, ({ plan, wave, package: id }) => JSON.stringify([plan, wave, id]));
      return [...byRelease.values()].flatMap((group) => {
        const last = group.at(-1);
        if (!last) return [];
        const { plan, wave, package: id, drift } = last;
        return [{ plan, wave, package: id, values: group.map(({ metrics }) => valuesOf(metrics)), drift }];
      });
    },
  };
}

const valuesOf = (metrics: MetricVerdict[]): Record<string, number> =>
  Object.fromEntries(metrics.flatMap(({ metric, value }) => (value === undefined ? [] : [[metric, value]])));
