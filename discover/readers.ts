/** Which kind of system a connection string leads to, and the reader of that kind. */
import type { ReaderOptions, SystemReader } from './found-system.ts';

export const isDirectory = (connectionString: string): boolean => /^ldaps?:/i.test(connectionString);

/** Opens no connection yet. Anything that is not a directory's is taken for PostgreSQL's, which says what is wrong with it. */
export async function readerOf(connectionString: string, options: ReaderOptions): Promise<SystemReader> {
  if (isDirectory(connectionString)) return (await import('./read-ldap.ts')).ldapReader(connectionString, options);
  return (await import('./read-postgres.ts')).postgresReader(connectionString);
}
