/** Right after many grants the server's statistics say that there are few. What is looked up then must not read all memberships for each role. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';
import { protectedRoles } from './protected.ts';
import { roleContents } from './role-content.ts';

let database: TestDatabase;
let logins: TestLogins;
let client: Client;
const roles = Array.from({ length: 20 }, (_, at) => `role_${at}`);
const accounts = Array.from({ length: 150 }, (_, at) => `account_${at}`);

beforeAll(async () => {
  database = await createDatabase('by_index');
  logins = await testLogins(database.url);
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await logins.remove();
  await database.drop();
});

test('what many roles may do, and which are never granted, is looked up without reading all memberships for each', async () => {
  await client.query('begin');
  const { rows } = await client.query<{ version: number }>("select current_setting('server_version_num')::int as version");
  for (const name of ['administrator', ...roles, ...accounts]) await client.query(`create role "${logins.of(name)}"`);
  // As it was when the server last looked: all memberships are of one account.
  for (const role of roles) await client.query(`grant "${logins.of(role)}" to "${logins.of('administrator')}" with admin option`);
  await client.query('analyze pg_catalog.pg_auth_members');
  for (const role of roles) await client.query(`grant "${logins.of(role)}" to ${accounts.map((account) => `"${logins.of(account)}"`).join(', ')}`);
  const oids = (await client.query<{ oid: string }>('select oid::text as oid from pg_roles where rolname = any($1)', [roles.map(logins.of)])).rows;

  const before = await membershipsRead(client);
  await roleContents(client, roles.map(logins.of), rows[0]?.version ?? 0);
  await protectedRoles(
    client,
    oids.map(({ oid }) => oid),
    { breakGlass: [] },
  );
  expect((await membershipsRead(client)) - before).toBeLessThan(2 * roles.length * accounts.length);
  // Users' statements and those that read whole catalogs are planned as ever.
  expect((await client.query('show enable_seqscan')).rows).toEqual([{ enable_seqscan: 'on' }]);
  await client.query('rollback');
});

/** Rows of memberships that this transaction has read by going through all of them. */
async function membershipsRead(asking: Client): Promise<number> {
  const { rows } = await asking.query<{ read: number }>("select seq_tup_read::int as read from pg_stat_xact_sys_tables where relname = 'pg_auth_members'");
  return rows[0]?.read ?? 0;
}
