/**
 * What a rollback would do in one system, person by person, under its digest, so that no history has to hold it. The endpoint reads it within seconds; what is
 * older than an hour goes with the next one.
 */
import { sha256Hex } from '../domain/canonical.ts';
import type { RollbackPreviewPart } from '../domain/release/rollback-preview.ts';
import type { Store } from './contract.ts';
import { databaseNow, type Session } from './session.ts';

const keptForMs = 3_600_000;

export function rollbackPreviews(session: Session): Pick<Store, 'rollbackPreview' | 'saveRollbackPreview'> {
  return {
    rollbackPreview: async (digest) => {
      const [found] = await session.rows<{ content: RollbackPreviewPart }>('select content from rolewave.rollback_previews where digest = $1', [digest]);
      // A row that says something else than the worker read is none.
      return found && sha256Hex(found.content) === digest ? found.content : undefined;
    },
    saveRollbackPreview: async (part) => {
      const digest = sha256Hex(part);
      await session.rows(`delete from rolewave.rollback_previews where saved_at < ${databaseNow} - $1::bigint`, [keptForMs]);
      await session.rows(
        `insert into rolewave.rollback_previews (digest, content, saved_at) values ($1, $2::json, ${databaseNow})
         on conflict (digest) do update set saved_at = excluded.saved_at`,
        [digest, JSON.stringify(part)],
      );
      return digest;
    },
  };
}
