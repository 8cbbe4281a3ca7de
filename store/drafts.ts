/**
 * Plans that are compared with the live systems and not applied. They are kept under their digest while somebody waits for the
 * answer, so that no history has to hold them; a day, where a process ended before it released its own.
 */
import { planDocumentDigest } from '../domain/plan/digest.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { DraftWriter, StoreReader } from './contract.ts';
import { databaseNow, type Session } from './session.ts';

const keptForMs = 86_400_000;

export function drafts(session: Session): Pick<StoreReader, 'draft' | 'planOfDraft'> & DraftWriter {
  return {
    draft: async (digest) => (await session.rows<{ document: Plan }>('select document from rolewave.drafts where digest = $1', [digest]))[0]?.document,
    planOfDraft: async (digest) =>
      (await session.rows<{ plan: string }>(`select document ->> 'plan' as plan from rolewave.drafts where digest = $1`, [digest]))[0]?.plan,
    saveDraft: async (document) => {
      const digest = planDocumentDigest(document);
      await session.rows(`delete from rolewave.drafts where saved_at < ${databaseNow} - $1::bigint`, [keptForMs]);
      await session.rows(
        `insert into rolewave.drafts (digest, document, saved_at, holders) values ($1, $2::json, ${databaseNow}, 1)
         on conflict (digest) do update set saved_at = excluded.saved_at, holders = drafts.holders + 1`,
        [digest, JSON.stringify(document)],
      );
      return digest;
    },
    releaseDraft: async (digest) => {
      await session.rows('update rolewave.drafts set holders = holders - 1 where digest = $1', [digest]);
      await session.rows(
        `with gone as (delete from rolewave.drafts where digest = $1 and holders <= 0 returning digest)
         delete from rolewave.simulated where draft in (select digest from gone)`,
        [digest],
      );
    },
  };
}
