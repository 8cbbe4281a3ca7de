/** The first process of a new version migrates while those of the version before go on. */
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { plan } from '../test/support/plan.ts';
import { migrate } from './migrate.ts';

let database: TestDatabase;
let writer: pg.Client;
/** In a transaction, the server's activity is what it was at the first look. */
let observer: pg.Client;
beforeAll(async () => {
  database = await createDatabase('migrate');
  writer = new pg.Client({ connectionString: database.url });
  observer = new pg.Client({ connectionString: database.url });
  await Promise.all([writer.connect(), observer.connect()]);
});
afterAll(async () => {
  await Promise.all([writer?.end(), observer?.end()]);
  await database?.drop();
});

const upTo = (count: number) =>
  runner({
    databaseUrl: database.url,
    dir: fileURLToPath(new URL('migrations', import.meta.url)),
    direction: 'up',
    count,
    schema: 'rolewave',
    createSchema: true,
    migrationsTable: 'migrations',
    log: () => undefined,
  });

test('a record that is being written, and a revision that is applied meanwhile, are there when the store is migrated', async () => {
  await upTo(5);
  const [wave] = plan().waves;
  const earlier = plan({ plan: 'earlier' });
  const put = (number: number, document: object) =>
    writer.query(
      `insert into rolewave.revisions (plan, number, digest, document, applied_by, applied_at, record, seal) values ('earlier', $1, 'd', $2, 'ines', 1, '{}', 's')`,
      [number, JSON.stringify(document)],
    );
  await put(1, { ...earlier, packages: [{ id: 'clerks', entitlements: [{ system: 'crm', role: 'clerk' }] }] });
  await put(2, earlier);
  // Whatever somebody wrote into the table: it does not stop the migration.
  await put(3, { packages: [1, { id: 'clerks', entitlements: 'none', legacy: [{ system: 'hr' }, 2] }], waves: {} });
  await writer.query(
    `insert into rolewave.releases (plan, wave, package, revision, plan_digest, preview_digest, change, begun_at) values ('earlier', 'w', 'clerks', 1, 'p', 'v', 'release', 1)`,
  );
  await writer.query('begin');
  await writer.query(
    `insert into rolewave.revisions (plan, number, digest, document, applied_by, applied_at, record, seal) values ('meanwhile', 1, 'd', $1, 'ines', 1, '{}', 's')`,
    [JSON.stringify(plan({ plan: 'meanwhile' }))],
  );
  await writer.query(`insert into rolewave.events (id, plan, at, actor, kind, text) values ('e', 'meanwhile', 1, 'rolewave', 'ended', 't')`);
  const migrated = migrate(database.url);
  const waiting = async () =>
    (await observer.query("select from pg_stat_activity where application_name = 'rolewave store migration' and wait_event_type = 'Lock'")).rowCount;
  await expect.poll(waiting, { timeout: 20_000 }).toBe(1);
  await writer.query(`insert into rolewave.finals (workflow_id, state, updated_at) values ('meanwhile/wave-1', '{}', 1)`);
  await writer.query('commit');
  await migrated;
  const places = await writer.query<{ wave: string }>(`select wave from rolewave.places where plan = 'meanwhile' and last_revision = 1`);
  expect(new Set(places.rows.map((row) => row.wave))).toContain(wave?.id);
  const planned = await writer.query<{ plan: string; systems: string[] }>('select plan, systems from rolewave.planned_systems order by plan');
  expect(planned.rows).toEqual([
    { plan: 'earlier', systems: ['hr'] },
    { plan: 'meanwhile', systems: expect.arrayContaining([expect.any(String)]) },
  ]);
  expect((await writer.query('select systems from rolewave.releases')).rows).toEqual([{ systems: ['crm'] }]);
});
