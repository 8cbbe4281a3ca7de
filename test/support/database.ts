/** Databases for single tests, in the run's one throwaway PostgreSQL. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import './provided.ts';

export interface TestDatabase {
  name: string;
  /** Superuser's connection string. */
  url: string;
  /** The same database, for another login. */
  urlAs(user: string, password: string): string;
  /** Disconnects every session and drops the database. Roles belong to the cluster, not to the database, so drop your own. */
  drop(): Promise<void>;
}

/** Creates an empty database. Roles are shared by the whole cluster, so give yours unique names, for example with the database's name as a prefix. */
export async function createDatabase(prefix = 'test'): Promise<TestDatabase> {
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await runOnce(`create database ${pg.escapeIdentifier(name)}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    urlAs: (user, password) => {
      const other = new URL(url);
      other.username = encodeURIComponent(user);
      other.password = encodeURIComponent(password);
      return other.href;
    },
    drop: () => runOnce(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`),
  };
}

async function runOnce(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
