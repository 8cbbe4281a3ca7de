/** Migrates the store's schema to this version. Several processes may start at once: the migration library's lock lets one work and the others wait. */
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { schema } from './session.ts';
import { connected } from './unreachable.ts';

/** As of every connection of the store; a migration itself may take longer. */
const connectWithinMs = 10_000;
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Throws with the database's error when a migration fails; a failed run leaves no changes. */
export async function migrate(url: string): Promise<void> {
  const client = await connected(async () => {
    const connecting = new Client({ connectionString: url, application_name: 'rolewave store migration', connectionTimeoutMillis: connectWithinMs });
    // What waits for it is told; a server that goes away while another process migrates ends nothing else.
    connecting.on('error', () => undefined);
    await connecting.connect();
    return connecting;
  });
  try {
    await runner({
      dbClient: client,
      dir: fileURLToPath(new URL('migrations', import.meta.url)),
      direction: 'up',
      schema,
      createSchema: true,
      migrationsTable: 'migrations',
      singleTransaction: true,
      advisoryLockMode: 'wait',
      logger: quiet,
    });
  } finally {
    await client.end();
  }
}
