/**
 * What a rollback would do in one system, person by person, under its digest, so that no history has to hold it. The endpoint reads it within seconds; what is
 * older than an hour goes with the next one.
 */
import { hasDigest, sha256Hex } from '../domain/canonical.ts';
import { keyOf } from '../domain/release/ledger.ts';
import type { ReleaseKey } from '../domain/release/releases.ts';
import type { RollbackPreviewPart } from '../domain/release/rollback-preview.ts';
import type { Store } from './contract.ts';
import { databaseNow, type Session } from './session.ts';

const keptForMs = 3_600_000;

export function rollbackPreviews(session: Session): Pick<Store, 'rollbackPreview' | 'saveRollbackPreview'> {
  return {
    rollbackPreview: async (of, digest) => {
      const [found] = await session.rows<{ content: Kept }>('select content from rolewave.rollback_previews where digest = $1', [digest]);
      // A row that says something else than the worker read is none. The digest comes with the answer of a workflow, which may name one of another package.
      if (!found || !hasDigest(found.content, digest) || !hasDigest(found.content.of, sha256Hex(keyOf(of)))) return undefined;
      return found.content.part;
    },
    saveRollbackPreview: async (of, part) => {
      const kept: Kept = { of: keyOf(of), part };
      const digest = sha256Hex(kept);
      await session.rows(`delete from rolewave.rollback_previews where saved_at < ${databaseNow} - $1::bigint`, [keptForMs]);
      await session.rows(
        `insert into rolewave.rollback_previews (digest, content, saved_at) values ($1, $2::json, ${databaseNow})
         on conflict (digest) do update set saved_at = excluded.saved_at`,
        [digest, JSON.stringify(kept)],
      );
      return digest;
    },
  };
}

interface Kept {
  of: ReleaseKey;
  part: RollbackPreviewPart;
}
