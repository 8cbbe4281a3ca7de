/** What will change, frozen: per system, the people, the before-state of exactly the grants concerned, and the content of the entitlements. */
import { z } from 'zod';
import { sha256Hex } from '../canonical.ts';
import type { Entitlement, LegacyEntitlement } from '../plan/schema.ts';

export interface BeforeGrant {
  role: string;
  account: string;
  person: string;
  grantor?: string;
  options: Record<string, boolean>;
}

/** Full content, in the store under its digest. */
export interface PreviewContent {
  plan: string;
  package: string;
  system: string;
  entitlements: Entitlement[];
  legacy: LegacyEntitlement[];
  /** Frozen people and their accounts in this system, sorted by person. */
  people: { person: string; account: string }[];
  /** Grants of the entitlements and legacy entitlements that the people hold already, sorted. */
  before: BeforeGrant[];
  /** Everybody else who held an entitlement already, sorted: whoever holds it later and is not named here is unreviewed access. */
  others: { role: string; account: string }[];
  roles: { role: string; exists: boolean; digest: string }[];
  conflicts: string[];
  /** Grants of earlier releases of this package that this one takes, sorted. Absent where there are none. */
  drop?: BeforeGrant[];
  /** The people to whom a change of a released package was narrowed: nobody else's access is touched. */
  pilot?: string[];
}

/** What travels in workflows. */
export const previewPart = z.strictObject({
  system: z.string(),
  digest: z.string(),
  people: z.int(),
  toGrant: z.int(),
  alreadyThere: z.int(),
  toRetire: z.int(),
  toDrop: z.int().exactOptional().describe('granted by an earlier release of the package and no longer wanted; left out when there is nothing'),
  conflicts: z.array(z.string()).describe('at most twenty'),
});
export type PreviewPart = z.output<typeof previewPart>;

/** The digest that a sign-off binds: over the parts' digests, in the systems' order of name. */
export const previewDigest = (parts: Pick<PreviewPart, 'system' | 'digest'>[]): string =>
  sha256Hex(parts.map(({ system, digest }) => ({ system, digest })).sort((a, b) => (a.system < b.system ? -1 : 1)));
