/** The final record of each workflow; closed workflows are read from it. */
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import { mostOfRecord, type RecordBatch } from '../domain/records.ts';
import { finalOf } from '../domain/views/recorded.ts';
import { carriedPackageView, carriedWaveView, type CarriedWaveView } from '../domain/views/texts.ts';
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { FinalWave, StoreReader } from './contract.ts';
import { notLarger } from './in-form.ts';
import { asNumber, databaseNow, type Session } from './session.ts';

/** A wave's id is `plan/wave`, a package's one part longer. As in the index. */
const isOfWave = String.raw`workflow_id ~ '^[^/]+/[^/]+$'`;

const readable = notLarger(mostOfRecord, { json: ['state'] });

/** `version`: another one with each change of the row. Without a wave: not in its form. */
interface Kept {
  version: string;
  wave?: FinalWave;
}

/** Packages of waves that have ended: some twenty megabytes. */
const mostKept = 100_000;

const inShort = ({ plan, wave, stage, revision, packages }: CarriedWaveView, recordedAtMs: number): FinalWave => ({
  plan,
  wave,
  stage,
  revision,
  recordedAtMs,
  packages: packages.map(({ package: id, owner, team, risk }) => ({ package: id, owner, team, risk })),
});

export function finals(session: Session): Pick<StoreReader, 'finalWave' | 'finalPackage' | 'finalPackages' | 'finalWaves'> {
  const kept = new LRUCache<string, Kept>({ maxSize: mostKept, sizeCalculation: ({ wave }) => 1 + (wave?.packages.length ?? 0) });
  const read = async <T extends { plan: string; wave: string; package?: string }>(schema: z.ZodType<T>, id: string): Promise<T | undefined> => {
    const [row] = await session.rows<{ state: unknown }>(`select state from rolewave.finals where workflow_id = $1 and ${readable}`, [id]);
    return row && finalOf(schema, id, row.state);
  };
  return {
    finalWave: ({ plan, wave }) => read(carriedWaveView, waveWorkflowId(plan, wave)),
    finalPackage: ({ plan, wave, package: id }) => read(carriedPackageView, packageWorkflowId(plan, wave, id)),
    finalPackages: async (of) => {
      if (of.length === 0) return [];
      const rows = await session.rows<{ workflow_id: string; state: unknown }>(
        `select workflow_id, state from rolewave.finals where workflow_id = any($1) and ${readable}`,
        [of.map(({ plan, wave, package: id }) => packageWorkflowId(plan, wave, id))],
      );
      return rows.flatMap(({ workflow_id: id, state }) => finalOf(carriedPackageView, id, state) ?? []);
    },
    finalWaves: async (plans) => {
      const versions = await session.rows<{ id: string; version: string }>(
        `select workflow_id as id, xmin::text as version from rolewave.finals where ${isOfWave} and split_part(workflow_id, '/', 1) = any($1::text[])`,
        [plans],
      );
      const found = new Map(versions.map(({ id, version }) => [id, kept.get(id)?.version === version ? kept.get(id) : undefined]));
      const unknown = [...found].flatMap(([id, known]) => (known ? [] : [id]));
      const rows =
        unknown.length === 0
          ? []
          : await session.rows<{ id: string; version: string; at: number; state: unknown }>(
              `select workflow_id as id, xmin::text as version, ${asNumber('updated_at')} as at, state from rolewave.finals
               where workflow_id = any($1::text[]) and ${readable}`,
              [unknown],
            );
      for (const { id, version, at, state } of rows) {
        const view = finalOf(carriedWaveView, id, state);
        const read: Kept = { version, ...(view ? { wave: inShort(view, at) } : {}) };
        found.set(id, read);
        kept.set(id, read);
      }
      return [...found.values()].flatMap((each) => each?.wave ?? []);
    },
  };
}

/** The later record of the same workflow replaces the earlier one: a stable package may still be rolled back. */
export async function upsertFinals(session: Session, batch: RecordBatch['finals']): Promise<void> {
  const last = [...new Map(batch.map((record) => [record.workflowId, record])).values()];
  if (last.length === 0) return;
  await session.rows(
    `insert into rolewave.finals (workflow_id, state, updated_at)
     select workflow_id, state::json, ${databaseNow} from unnest($1::text[], $2::text[]) as t(workflow_id, state)
     on conflict (workflow_id) do update set state = excluded.state, updated_at = excluded.updated_at`,
    [last.map(({ workflowId }) => workflowId), last.map(({ state }) => JSON.stringify(state ?? null))],
  );
}
