/** The final record of each workflow; closed workflows are read from it. */
import type { z } from 'zod';
import type { RecordBatch } from '../domain/records.ts';
import { finalOf } from '../domain/views/recorded.ts';
import { carriedPackageView, carriedWaveView } from '../domain/views/texts.ts';
import { packageWorkflowId, waveWorkflowId } from '../domain/messages.ts';
import type { StoreReader } from './contract.ts';
import { databaseNow, type Session } from './session.ts';

export function finals(session: Session): Pick<StoreReader, 'finalWave' | 'finalPackage' | 'finalPackages' | 'finalWaves'> {
  const read = async <T extends { plan: string; wave: string; package?: string }>(schema: z.ZodType<T>, id: string): Promise<T | undefined> => {
    const [row] = await session.rows<{ state: unknown }>('select state from rolewave.finals where workflow_id = $1', [id]);
    return row && finalOf(schema, id, row.state);
  };
  return {
    finalWave: ({ plan, wave }) => read(carriedWaveView, waveWorkflowId(plan, wave)),
    finalPackage: ({ plan, wave, package: id }) => read(carriedPackageView, packageWorkflowId(plan, wave, id)),
    finalPackages: async (of) => {
      if (of.length === 0) return [];
      const rows = await session.rows<{ workflow_id: string; state: unknown }>('select workflow_id, state from rolewave.finals where workflow_id = any($1)', [
        of.map(({ plan, wave, package: id }) => packageWorkflowId(plan, wave, id)),
      ]);
      return rows.flatMap(({ workflow_id: id, state }) => finalOf(carriedPackageView, id, state) ?? []);
    },
    /** A wave's id is `plan/wave`, a package's one part longer. */
    finalWaves: async (plans) =>
      (
        await session.rows<{ workflow_id: string; state: unknown }>(
          `select workflow_id, state from rolewave.finals
           where workflow_id ~ '^[^/]+/[^/]+$' and ($1::text[] is null or split_part(workflow_id, '/', 1) = any($1))`,
          [plans ?? null],
        )
      ).flatMap(({ workflow_id: id, state }) => finalOf(carriedWaveView, id, state) ?? []),
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
