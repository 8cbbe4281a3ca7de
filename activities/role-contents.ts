/** Compares what roles may do now with what was reviewed: which privileges came and went is read from the contents in the store. */
import { contentChanges, keptInFull, privilegesIn, type ContentChange, type StoredContent } from '../domain/access/role-content.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { RoleContent } from '../connectors/connector.ts';
import type { ActivityDeps } from './deps.ts';

/** Keeps the contents that differ, so that the owner can accept one of them. */
export async function contentChangesOf(
  { store }: ActivityDeps,
  reviewed: Pick<PreviewContent, 'entitlements' | 'roles' | 'contentIgnores'>,
  now: RoleContent[],
): Promise<ContentChange[]> {
  const byDigest = new Set(contentChanges(reviewed, now).map(({ role }) => role));
  if (byDigest.size === 0) return [];
  const digests = reviewed.roles.filter(({ role }) => byDigest.has(role)).map(({ digest }) => digest);
  const privilegesOf = privilegesIn([...(await store.roleContents(digests)), ...now.filter(({ role }) => byDigest.has(role))]);
  const changes = contentChanges(reviewed, now, privilegesOf);
  const changed = new Set(changes.map(({ role }) => role));
  await store.saveRoleContents(keptInFull<StoredContent>(now.filter(({ role, exists }) => exists && changed.has(role))));
  return changes;
}

/**
 * The preview with the contents that its roles have now, wherever they are as reviewed or differ only in what the package expects: what is granted is
 * compared with this once more, in the system's own transaction.
 */
export async function reviewedNow(deps: ActivityDeps, content: PreviewContent, now: RoleContent[]): Promise<PreviewContent> {
  const changed = new Set((await contentChangesOf(deps, content, now)).map(({ role }) => role));
  const current = new Map(now.map((role) => [role.role, role.digest]));
  return { ...content, roles: content.roles.map((role) => (changed.has(role.role) ? role : { ...role, digest: current.get(role.role) ?? role.digest })) };
}
