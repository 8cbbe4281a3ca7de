/**
 * The kinds of systems that a site may declare: which names of accounts and roles each can have, and what it takes. The code that talks to a kind is a
 * connector of the same name, listed in connectors/registry.ts.
 */
import { mistakeInFilter, readDirectoryFilter, readScimFilter } from '../plan/filters.ts';
import { bytesOf } from '../plan/fields.ts';
import { isPrivilegeName, postgresNameBytes, privilegeMistake } from './postgres-privileges.ts';
import type { System, SystemKind } from './schema.ts';

interface KindRules {
  /** Why this cannot be the name of an account or role of the system, as the end of a sentence; undefined: it can. */
  nameMistake(name: string): string | undefined;
  /** Why this is no entitlement of the system, in the same form. Absent: an entitlement is a role, and what its name may be says nameMistake. */
  entitlementMistake?(name: string): string | undefined;
  /** What such a system does not tell of what an entitlement lets people do, as a sentence for those who sign. Absent: it tells all of it. */
  untold?: string;
  /** Whether it takes SQL, so that metrics of the provider `sql` may query it. */
  takesSql: boolean;
  /** Why this is no filter for the accounts of such a system that chooses by these attributes alone, as a part of a sentence. Absent: it takes no filters. */
  filterMistake?(filter: string, allowed: readonly string[]): string | undefined;
}

const postgresNameMistake = (name: string): string | undefined => {
  if (name.includes('\0')) return 'holds a NUL, which no name in PostgreSQL can';
  // A code unit takes three bytes at most.
  if (name.length * 3 <= postgresNameBytes) return undefined;
  const bytes = bytesOf(name);
  return bytes > postgresNameBytes ? `has ${bytes} bytes, and PostgreSQL's names have at most ${postgresNameBytes}` : undefined;
};

export const systemKinds: Record<SystemKind, KindRules> = {
  postgres: {
    nameMistake: postgresNameMistake,
    entitlementMistake: (name) => privilegeMistake(name) ?? (isPrivilegeName(name) ? undefined : postgresNameMistake(name)),
    takesSql: true,
  },
  ldap: {
    nameMistake: (name) => (name.includes('\0') ? 'holds a NUL, which no name in a directory can' : undefined),
    untold: 'A directory does not tell what a group opens: it shows the groups that it is in itself, and its number.',
    takesSql: false,
    filterMistake: (filter, allowed) => mistakeInFilter(readDirectoryFilter, filter, allowed),
  },
  scim: {
    nameMistake: (name) => (name.isWellFormed() ? undefined : 'holds half of a character, which no name in JSON can'),
    untold: 'A SCIM server does not tell what its groups and entitlements open.',
    takesSql: false,
    filterMistake: (filter, allowed) => mistakeInFilter(readScimFilter, filter, allowed),
  },
  keycloak: {
    nameMistake: (name) => (name.includes('\0') ? 'holds a NUL, which no name in Keycloak can' : undefined),
    untold: 'Keycloak tells which roles come with a group or role, and not what applications let people do who have them.',
    takesSql: false,
  },
  none: { nameMistake: () => undefined, takesSql: false },
};

/** The site's statement that returns who used which role when; undefined where it has none, or where this kind takes none. */
export const usageStatement = (system: System): string | undefined => ('usage' in system ? system.usage : undefined);

/** The time zone in which the system's statements read local times; undefined: the database's own. */
export const timeZoneOf = (system: System): string | undefined => ('timeZone' in system ? system.timeZone : undefined);

/** Attributes of accounts by which filters of plans may choose; none where the kind takes no filters. */
export const filterAttributes = (system: System): readonly string[] => (system.kind === 'ldap' || system.kind === 'scim' ? system.accounts.filterBy : []);
