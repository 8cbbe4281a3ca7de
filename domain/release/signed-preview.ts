/**
 * What a release rests on in one system, frozen: the people, the before-state of exactly the grants concerned, and the content of the entitlements. It is
 * stored under its digest, and sign-offs bind that.
 */
import type { Entitlement, LegacyEntitlement } from '../plan/schema.ts';
import type { BeforeGrant } from './ledger.ts';

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
  /** Everybody else who held an entitlement already, sorted: anyone who holds it later and is not named here has unreviewed access. */
  others: { role: string; account: string }[];
  roles: { role: string; exists: boolean; digest: string }[];
  conflicts: string[];
  /** Grants of earlier releases of this package that this one revokes, sorted. Absent where there are none. */
  drop?: BeforeGrant[];
  /** The people to whom a change of a released package was narrowed: nobody else's access is touched. */
  pilot?: string[];
}
