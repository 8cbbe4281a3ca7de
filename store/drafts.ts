/** Plans that are compared with the live systems and not applied. They are kept for a day under their digest, so that no history has to hold them. */
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
        `insert into rolewave.drafts (digest, document, saved_at) values ($1, $2::json, ${databaseNow}) on conflict (digest) do update set saved_at = excluded.saved_at`,
        [digest, JSON.stringify(document)],
      );
      return digest;
    },
  };
}
