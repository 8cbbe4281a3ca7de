import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { createDatabase } from '../../test/support/database.ts';
import type { TestDatabase } from '../../test/support/database.ts';
import type { Connector } from '../connector.ts';
import { postgresConnector } from './connector.ts';
import { testLogins } from '../../test/support/logins.ts';
import type { TestLogins } from '../../test/support/logins.ts';

let database: TestDatabase;
let logins: TestLogins;
let connector: Connector;
let role: string;
let nested: string;
const content = async () => {
  const [found] = (await connector.snapshot([role], [])).roles;
  if (!found) throw new Error('a snapshot answers every role asked for');
  return found;
};

beforeAll(async () => {
  database = await createDatabase('content');
  logins = await testLogins(database.url);
  const svc = logins.of('rolewave_svc');
  role = logins.of('month_end');
  nested = logins.of('reader');
  await logins.login(svc);
  await logins.role(role, svc);
  await logins.role(nested);
  await logins.admin(`
    create schema ledger; create table ledger.entries (id int, amount numeric, "No te" text); create sequence ledger.numbers;
    create function ledger.close(month date, force boolean) returns int language sql as 'select 1'`);
  connector = postgresConnector({ connectionString: logins.url(svc) });
});

afterAll(async () => {
  await connector.close();
  await logins.remove();
  await database.drop();
});

test('a role without privileges has empty content, which differs from that of a role that does not exist', async () => {
  const [bare, absent] = (await connector.snapshot([role, 'not_there'], [])).roles;
  expect(bare).toMatchObject({ exists: true, privileges: [] });
  expect(absent).toMatchObject({ exists: false, privileges: [] });
  expect(absent?.digest).not.toBe(bare?.digest);
});

test('every privilege, attribute, ownership and policy is one sorted line', async () => {
  await logins.admin(`
    grant usage on schema ledger to "${role}";
    grant select, insert on ledger.entries to "${role}";
    grant update ("No te") on ledger.entries to "${role}" with grant option;
    grant usage on sequence ledger.numbers to "${role}";
    grant execute on function ledger.close to "${role}";
    grant temporary on database "${database.name}" to "${role}";
    alter default privileges in schema ledger grant select on tables to "${role}";
    alter role "${role}" createdb;
    grant "${nested}" to "${role}" with inherit false;
    grant delete on ledger.entries to "${nested}";
    grant pg_read_all_stats to "${role}";
    alter table ledger.entries enable row level security;
    create policy small on ledger.entries for select to "${role}" using (amount < 100);
    create table ledger.theirs (); alter table ledger.theirs owner to "${role}"`);
  expect((await content()).privileges).toEqual([
    `DELETE on table ledger.entries, through role ${nested}`,
    'EXECUTE on function ledger.close(date, boolean)',
    'INSERT on table ledger.entries',
    'SELECT on every new table of postgres in schema ledger',
    'SELECT on table ledger.entries',
    `TEMPORARY on database ${database.name}`,
    'UPDATE on column ledger.entries."No te" (may pass it on)',
    'USAGE on schema ledger',
    'USAGE on sequence ledger.numbers',
    'attribute CREATEDB',
    'member of role pg_read_all_stats',
    `member of role ${nested} (no inherit)`,
    'owns table ledger.theirs',
    'policy small on table ledger.entries permits SELECT using (amount < (100)::numeric)',
  ]);
});

test('a role has an id, which a rename leaves as it is, and which one of the same name created later does not have', async () => {
  const [before, away] = [await content(), logins.of('away')];
  expect(before.id).toMatch(/^\d+$/);
  await logins.admin(`alter role "${role}" rename to "${away}"; create role "${role}"`);
  const [another, renamed] = (await connector.snapshot([role, away], [])).roles;
  expect(another?.id).not.toBe(before.id);
  expect(renamed).toEqual({ ...before, role: away });
  await logins.admin(`drop role "${role}"; alter role "${away}" rename to "${role}"`);
});

test("the digest follows the role's own content and that of a role in it, and comes back when the change is undone", async () => {
  const before = await content();
  await logins.admin(`grant truncate on ledger.entries to "${nested}"`);
  const changed = await content();
  expect(changed.digest).not.toBe(before.digest);
  expect(changed.privileges).toContain(`TRUNCATE on table ledger.entries, through role ${nested}`);
  await logins.admin(`revoke truncate on ledger.entries from "${nested}"`);
  expect(await content()).toEqual(before);
});

test('granting the role to someone does not change its content', async () => {
  const before = await content();
  const ana = logins.of('ana');
  await logins.login(ana);
  expect(await connector.grant([{ role, account: ana }], async () => undefined)).toMatchObject([{ outcome: 'created' }]);
  expect(await content()).toEqual(before);
});

test('privileges in another database of the server are counted', async () => {
  const other = await createDatabase('elsewhere');
  const there = await testLogins(other.url);
  await there.admin(`create table a (); create table b (); grant select on a, b to "${role}"`);
  expect((await content()).privileges).toContain(`privileges on 2 objects in database ${other.name}`);
  await there.remove();
  await other.drop();
});

test('a snapshot of no roles is empty', async () => {
  expect(await connector.snapshot([], [])).toMatchObject({ roles: [], grants: [], accounts: [], unknownAccounts: [] });
  expect(inject('postgresUrl')).toMatch(/^postgres:/);
});
