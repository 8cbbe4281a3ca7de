/** The reader of each kind of system. */
import type { SystemDetails, ReaderOptions } from '../domain/site/system-entry.ts';
import type { SystemReader } from './found-system.ts';

const readers: Record<SystemDetails['kind'], (connectionString: string, options: ReaderOptions) => Promise<SystemReader>> = {
  postgres: async (connectionString) => (await import('./read-postgres.ts')).postgresReader(connectionString),
  ldap: async (connectionString, options) => (await import('./read-ldap.ts')).ldapReader(connectionString, options),
  scim: async (connectionString, options) => (await import('./read-scim.ts')).scimReader(connectionString, options),
  keycloak: async (connectionString, options) => (await import('./read-keycloak.ts')).keycloakReader(connectionString, options),
};

/** Opens no connection yet. */
export const readerOf = (kind: SystemDetails['kind'], connectionString: string, options: ReaderOptions): Promise<SystemReader> =>
  readers[kind](connectionString, options);
