/** Previews in full, each under the digest of its content. */
import { sha256Hex } from '../domain/canonical.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { Store } from './contract.ts';
import { databaseNow, type Session } from './session.ts';

export function previews(session: Session): Pick<Store, 'preview' | 'savePreview'> {
  return {
    preview: async (digest) =>
      (await session.rows<{ content: PreviewContent }>('select content from rolewave.previews where digest = $1', [digest]))[0]?.content,
    savePreview: async (content) => {
      const digest = sha256Hex(content);
      await session.rows(
        `insert into rolewave.previews (digest, plan, package, system, content, taken_at) values ($1, $2, $3, $4, $5::json, ${databaseNow}) on conflict (digest) do nothing`,
        [digest, content.plan, content.package, content.system, JSON.stringify(content)],
      );
      return digest;
    },
  };
}
