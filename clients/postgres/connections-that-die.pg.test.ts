/** Connections that an administrator, a failover or a network ends, at whatever moment: work on them fails and is tried again, and the process goes on. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../store/session.ts';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { openPgSession } from './session.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase('connections_that_die');
});
afterAll(() => database?.drop());

/** Transactions of two statements each. */
const sessions = {
  'of a system': (url: string) => {
    const session = openPgSession({ connectionString: url });
    return {
      close: session.close,
      work: () => session.transaction('read only', async (client) => void (await client.query('select 1'), await client.query('select 2'))),
    };
  },
  'of the store': (url: string) => {
    const session = openSession(url);
    return { close: session.close, work: () => session.transaction(async ({ rows }) => void (await rows('select 1'), await rows('select 2'))) };
  },
};

// An error that nobody listens to would end a worker. Vitest reports it, and the run fails.
test.each(Object.entries(sessions))('whatever moment a session %s is ended at, the process goes on', async (_, open) => {
  const { work, close } = open(database.url);
  const admin = new Client(database.url);
  await admin.connect();
  let ended = 0;
  let failed = 0;
  const untilMs = Date.now() + 2_000;
  const ending = async () => {
    const others = 'select count(pg_terminate_backend(pid))::int as ended from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
    while (Date.now() < untilMs) ended += (await admin.query<{ ended: number }>(others)).rows[0]?.ended ?? 0;
  };
  const working = async () => {
    while (Date.now() < untilMs) await work().catch(() => void (failed += 1));
  };
  await Promise.all([ending(), ...Array.from({ length: 4 }, working)]);
  expect([ended > 20, failed > 20]).toEqual([true, true]);
  await admin.end();
  // Connections that died while they waited are found at their next use, and replaced.
  await expect.poll(work, { timeout: 20_000 }).toBeUndefined();
  await close();
});
