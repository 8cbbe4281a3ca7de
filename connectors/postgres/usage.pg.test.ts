import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';
import type { Connector } from '../connector.ts';
import { postgresConnector } from './connector.ts';

let database: TestDatabase;
let logins: TestLogins;
let connector: Connector;
const day = 86_400_000;
const go = Date.parse('2026-04-08T00:00:00Z');

beforeAll(async () => {
  database = await createDatabase('usage');
  logins = await testLogins(database.url);
  const looker = logins.of('rolewave_svc');
  await logins.login(looker);
  await logins.admin(`
    create table postings (account text, at timestamptz, ok boolean);
    insert into postings values ('ana', '2026-04-08T00:00:00Z', true), ('ben', '2026-04-08T23:59:59Z', false), ('cho', '2026-04-08T12:00:00Z', true), ('ana', '2026-04-09T00:00:00Z', true);
    create table secret (); grant select, insert on postings to "${looker}"`);
  connector = postgresConnector({ connectionString: logins.url(looker) });
});
afterAll(async () => {
  await connector?.close();
  await logins?.remove();
  await database?.drop();
});

describe('a usage statement', () => {
  const uses = async (statement: string) =>
    (await connector.usage?.({ plan: 'finance', statement, roles: ['clerk', 'reader'], accounts: ['ana', 'ben'], fromMs: go, toMs: go + day })) ?? [];

  test('returns the last use of each requested pair, and nothing else', async () => {
    const rows = `select * from (values ('ana', 'clerk', '2026-04-08T01:00:00Z'::timestamptz), ('ana', 'clerk', '2026-04-08T03:00:00Z'), ('ana', 'admin', '2026-04-08T03:00:00Z'),
      ('eve', 'clerk', '2026-04-08T03:00:00Z'), ('ben', 'reader', '2026-04-07T23:59:59Z'), ('ben', null, '2026-04-08T02:00:00Z')) as log(account, role, at)`;
    expect((await uses(rows)).toSorted((a, b) => (a.account < b.account ? -1 : 1))).toEqual([
      { account: 'ana', role: 'clerk', atMs: go + 3 * 3_600_000 },
      { account: 'ben', atMs: go + 2 * 3_600_000 },
    ]);
  });

  test('may name every parameter, and write times as text', async () => {
    const sql =
      "select account, 'clerk' as role, at::text as at from postings where at >= :from and at < :to and account = any(:people) and 'clerk' = any(:roles)";
    expect(await uses(sql)).toEqual([
      { account: 'ana', role: 'clerk', atMs: go },
      { account: 'ben', role: 'clerk', atMs: go + day - 1_000 },
    ]);
  });

  test('reads local times in the time zone of the database, or in the one that it is given', async () => {
    const statement = "select 'ana' as account, 'clerk' as role, timestamp '2026-04-08 03:00' as at";
    const usedAt = async (timeZone?: string) =>
      (await connector.usage?.({ plan: 'finance', statement, timeZone, roles: ['clerk'], accounts: ['ana'], fromMs: go, toMs: go + day }))?.map(
        ({ atMs }) => atMs,
      );
    await logins.admin(`alter database ${database.name} set timezone = 'America/New_York'`);
    const inNewYork = postgresConnector({ connectionString: logins.url(logins.of('rolewave_svc')) });
    const asked = await inNewYork.usage?.({ plan: 'finance', statement, roles: ['clerk'], accounts: ['ana'], fromMs: go, toMs: go + day });
    await inNewYork.close();
    await logins.admin(`alter database ${database.name} reset timezone`);
    expect(asked?.map(({ atMs }) => atMs)).toEqual([go + 7 * 3_600_000]);
    expect(await usedAt('America/New_York')).toEqual([go + 7 * 3_600_000]);
    expect(await usedAt('UTC')).toEqual([go + 3 * 3_600_000]);
    expect(await usedAt('Asia/Tokyo')).toEqual([]);
  });

  test.each([
    ['select account, at from postings', 'it answers the columns `account`, `role` and `at`'],
    ["select account, account, 'clerk' as role, at from postings", 'each once'],
    ["select account, 'clerk' as role, true as at from postings", '`at` is a time'],
    ['select count(*) as account, 1 as role, now() as at from secret', 'SELECT on it'],
    ["with gone as (delete from postings returning account) select account, 'x' as role, now() as at from gone", 'a usage statement only reads: no INSERT'],
  ])('%s is refused with a message', async (sql, words) => {
    await expect(uses(sql)).rejects.toThrow(words);
  });

  test('a writing function changes nothing', async () => {
    await logins.admin('create sequence if not exists numbers');
    await logins.admin('grant usage on sequence numbers to public');
    await logins.admin("create or replace function counted() returns text language sql volatile as $$ select nextval('numbers')::text $$");
    await expect(uses("select counted() as account, 'clerk' as role, now() as at")).rejects.toThrow('a usage statement only reads');
    expect(await logins.admin('select is_called from numbers')).toEqual([{ is_called: false }]);
  });
});
