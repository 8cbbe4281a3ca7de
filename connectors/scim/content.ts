/** What an entitlement lets people do: SCIM does not show it, so that only its being there counts. */
import { sha256Hex } from '../../domain/canonical.ts';
import type { RoleContent } from '../connector.ts';
import type { Entitlement } from './entitlements.ts';

export function contentOf(role: string, found: Entitlement | undefined): RoleContent {
  const exists = found !== undefined;
  return { role, exists, ...(found ? { id: found.id } : {}), digest: sha256Hex({ exists, privileges: [] }), privileges: [] };
}
