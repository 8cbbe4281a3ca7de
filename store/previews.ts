/** Previews in full and the contents of roles, each under its digest. */
import { sha256Hex } from '../domain/canonical.ts';
import type { StoredContent } from '../domain/access/role-content.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { Store } from './contract.ts';
import { databaseNow, storable, type Session } from './session.ts';

export function previews(session: Session): Pick<Store, 'preview' | 'savePreview' | 'roleContents' | 'saveRoleContents'> {
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
    roleContents: (digests) =>
      digests.length === 0
        ? Promise.resolve([])
        : session.rows<StoredContent>('select digest, privileges from rolewave.role_contents where digest = any($1::text[])', [[...new Set(digests)]]),
    saveRoleContents: async (contents) => {
      for (const { digest, privileges } of contents) {
        await session.rows('insert into rolewave.role_contents (digest, privileges) values ($1, $2::json) on conflict (digest) do nothing', [
          digest,
          JSON.stringify(privileges.map(storable)),
        ]);
      }
    },
  };
}
