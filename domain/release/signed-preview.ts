/**
 * The signed basis of a release in one system: the frozen people, the before-state of exactly the grants concerned, and the content of the entitlements. It is
 * stored under its digest, which sign-offs bind.
 */
import type { Entitlement, LegacyEntitlement } from '../plan/schema.ts';
import type { BeforeGrant } from './ledger.ts';

export interface StayingAccess {
  role: string;
  account: string;
  person: string;
  why: string;
}

export interface PreviewContent {
  plan: string;
  package: string;
  system: string;
  entitlements: Entitlement[];
  legacy: LegacyEntitlement[];
  /** Frozen people and their accounts in this system, sorted by person; `accountId`: the system's own. An account that is created again is another account. */
  people: { person: string; account: string; accountId?: string }[];
  /** Grants of the entitlements and legacy entitlements that the people already hold, sorted. */
  before: BeforeGrant[];
  /** Everyone else who already held an entitlement, sorted. Anyone who holds it later and is not listed here has unreviewed access. */
  others: { role: string; account: string; accountId?: string }[];
  /** `id`: the system's own. A role that is dropped and created again is another role. */
  roles: { role: string; exists: boolean; id?: string; digest: string }[];
  conflicts: string[];
  /**
   * People of the cohort whom its query answered, sorted. `joiners`: what happens when it answers more of them later: they get the access too; the sign-offs
   * no longer count; or nothing, because the release is for a pilot. Absent where the plan has no query.
   */
  cohort?: { people: string[]; joiners: 'granted' | 'unsigned' | 'notInPilot' };
  /**
   * Roles of this system that nobody may hold together with another entitlement, by the rules of the plan that concern the package, and which of the people hold
   * them, by their ids; both sorted. Absent where no rule does.
   */
  incompatible?: { role: string; exists: boolean; holders: string[] }[];
  /**
   * Of what the release would retire or revoke: what stays, because another package or the site needed it when this was read; sorted. `why`: names no other plan.
   * Absent where nothing does.
   */
  staying?: StayingAccess[];
  /**
   * Of what the release would retire or revoke: what is held in a form that gives more than a plain grant, and that form (`with the ADMIN OPTION`), which is lost
   * with it; sorted. Absent where nothing is.
   */
  lostOptions?: { role: string; account: string; person: string; form: string }[];
  /** Grants of earlier releases of this package that this one revokes, sorted. Absent when there are none. */
  drop?: BeforeGrant[];
  /** The people to whom a change of a released package was narrowed: nobody else's access changes. */
  pilot?: string[];
  /** The package's patterns of objects whose coming and going is expected (`schema.partition_*`). Absent when there are none. */
  contentIgnores?: string[];
}

/** In bytes, as `sizeOf` counts them: for everyone else who holds the entitlements, and for each grant that the plan asks for or takes back, in several forms. */
const most = { others: 32 * 2 ** 20, row: 2_000 };

/** What a preview may take: enough for as many people who are not in the plan as `limits.othersPerPreview` may say, with names of usual length. Larger ones come of systems with absurd names and ids. */
export const mostOfPreview = ({ people, entitlements, legacy, drop = [], staying = [], incompatible = [] }: PreviewContent): number => {
  const asked = people.length * (entitlements.length + legacy.length + incompatible.length);
  return most.others + most.row * (asked + drop.length + staying.length);
};
