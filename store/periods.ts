/** What a stretch of time has, for reports: the last evaluation of each release in each period, and the requests that were opened. */
import type { ReleaseKey } from '../domain/release/releases.ts';
import { driftCounts, measurement, verdict as verdictSchema, type VerdictKind } from '../domain/watch/measurement.ts';
import { toldOnly } from '../domain/notices/request.ts';
import { z } from 'zod';
import type { StoreReader } from './contract.ts';
import { inForm } from './in-form.ts';
import { addressOfRow, asNumber, type Session } from './session.ts';

const lastRow = z.strictObject({
  plan: z.string(),
  wave: z.string(),
  package: z.string(),
  period: z.int(),
  dueMs: z.number(),
  measurements: z.array(measurement),
  drift: driftCounts,
  metrics: verdictSchema.shape.metrics,
});

/** The same evaluation twice: once as the last of its period, and in the counts of its verdict. */
const ofReleases = `from unnest($1::text[], $2::text[], $3::text[]) as k(plan, wave, package)
  join rolewave.evaluations e on e.plan = k.plan and e.wave = k.wave and e.package = k.package
  where e.due_at >= $5 and e.due_at < $6`;
const period = `width_bucket(e.due_at, $4::bigint[]) - 1`;

export function periods(session: Session): Pick<StoreReader, 'measuredByPeriod' | 'requestsOpened' | 'firstRequestMs'> {
  return {
    measuredByPeriod: async ({ releases, bounds }) => {
      const [first, last] = [bounds[0], bounds.at(-1)];
      if (releases.length === 0 || first === undefined || last === undefined) return [];
      const values = [releases.map(({ plan }) => plan), releases.map(({ wave }) => wave), releases.map((each) => each.package), bounds, first, last];
      const [lasts, counts] = await Promise.all([
        session.rows(
          `select distinct on (e.plan, e.wave, e.package, ${period}) e.plan, e.wave, e.package, ${period} as period, ${asNumber('e.due_at')} as "dueMs",
             e.measurements, e.drift, e.metrics ${ofReleases}
           order by e.plan, e.wave, e.package, ${period}, e.due_at desc, e.number desc`,
          values,
        ),
        session.rows<ReleaseKey & { period: number; verdict: VerdictKind; count: number }>(
          `select e.plan, e.wave, e.package, ${period} as period, e.verdict, count(*)::int as count ${ofReleases} group by 1, 2, 3, 4, 5`,
          values,
        ),
      ]);
      const verdicts = Map.groupBy(counts, keyOf);
      return inForm(lastRow, lasts).map(({ plan, wave, package: id, period: at, dueMs, measurements, drift, metrics }) => {
        const own = verdicts.get(keyOf({ plan, wave, package: id, period: at })) ?? [];
        return {
          plan,
          wave,
          package: id,
          period: at,
          count: own.reduce((sum, { count }) => sum + count, 0),
          byVerdict: Object.fromEntries(own.map(({ verdict, count }) => [verdict, count])),
          last: { dueMs, measurements, drift, metrics },
        };
      });
    },

    requestsOpened: async ({ plans, fromMs, untilMs }) => {
      const rows = await session.rows<{
        plan: string;
        wave: string;
        package: string;
        to: string[];
        openedAtMs: number;
        answeredAtMs: number | null;
        withdrawn: boolean;
      }>(
        `select plan, wave, package, recipients as "to", ${asNumber('opened_at')} as "openedAtMs", ${asNumber('answered_at')} as "answeredAtMs",
           withdrawn_at is not null as withdrawn
         from rolewave.notices n
         where plan = any($1::text[]) and opened_at >= $2 and opened_at < $3 and level = 'first' and kind <> all($4::text[]) order by n.position`,
        [plans, fromMs, untilMs, toldOnly],
      );
      return rows.map((row) => ({
        ...addressOfRow(row),
        to: row.to,
        openedAtMs: row.openedAtMs,
        withdrawn: row.withdrawn,
        ...(row.answeredAtMs === null ? {} : { answeredAtMs: row.answeredAtMs }),
      }));
    },

    firstRequestMs: async (plans) => {
      const [first] = await session.rows<{ at: number | null }>(
        `select ${asNumber('min(opened_at)')} as at from rolewave.notices where plan = any($1::text[])`,
        [plans],
      );
      return first?.at ?? undefined;
    },
  };
}

const keyOf = ({ plan, wave, package: id, period: at }: ReleaseKey & { period: number }): string => JSON.stringify([plan, wave, id, at]);
