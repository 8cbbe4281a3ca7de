/** What a wave read before a release: every metric once, and how each system compared with what was signed. */
import { z } from 'zod';
import type { Stop } from '../domain/views/stop.ts';
import { baseline } from '../domain/watch/measurement.ts';
import type { Comparison, Store } from './contract.ts';
import { inForm } from './in-form.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

const row = z.object({ baseline });

/** The last one of each system; ends with its condition, `order by system, position desc`. */
export const comparisonRows = `select distinct on (system) system, wider, stops, ${asNumber(`(${databaseNow} - at)`)} as age from rolewave.rechecks`;

export interface ComparisonRow {
  system: string;
  wider: number;
  stops: Stop[] | null;
  age: number;
}

export const comparisonsOf = (rows: ComparisonRow[]): Map<string, Comparison> =>
  new Map(rows.map(({ system, wider, stops, age }) => [system, { wider, stops: stops ?? [], ageMs: Math.max(0, age) }]));

export function readings(session: Session): Pick<Store, 'baseline' | 'saveBaseline' | 'rechecks' | 'saveRecheck'> {
  return {
    baseline: async ({ plan, wave, package: id, planDigest }) =>
      inForm(
        row,
        await session.rows(
          `select baseline from rolewave.baselines where plan = $1 and wave = $2 and package = $3 and plan_digest = $4 order by position desc limit 1`,
          [plan, wave, id, planDigest],
        ),
      )[0]?.baseline,
    saveBaseline: async ({ plan, wave, package: id, planDigest, baseline: values, readable }) => {
      await session.rows(
        `insert into rolewave.baselines (plan, wave, package, plan_digest, baseline, readable, at) values ($1, $2, $3, $4, $5::json, $6::json, ${databaseNow})`,
        [plan, wave, id, planDigest, JSON.stringify(values), JSON.stringify(readable)],
      );
    },
    rechecks: async ({ plan, wave, package: id, previewDigest }) =>
      comparisonsOf(
        await session.rows<ComparisonRow>(
          `${comparisonRows} where plan = $1 and wave = $2 and package = $3 and preview_digest = $4 order by system, position desc`,
          [plan, wave, id, previewDigest],
        ),
      ),
    saveRecheck: async ({ plan, wave, package: id, previewDigest, system, wider, stops }) => {
      await session.rows(
        `insert into rolewave.rechecks (plan, wave, package, preview_digest, system, wider, stops, at) values ($1, $2, $3, $4, $5, $6, $7::json, ${databaseNow})`,
        [plan, wave, id, previewDigest, system, wider, stops ? JSON.stringify(stops) : null],
      );
    },
  };
}
