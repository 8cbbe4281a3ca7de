/** The statement of a cohort, which is hostile: what it can answer, and what it can try. */
import { escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';
import type { Connector } from '../connector.ts';
import { postgresConnector } from './connector.ts';

let database: TestDatabase;
let logins: TestLogins;
let connector: Connector;
let reader: string;

beforeAll(async () => {
  database = await createDatabase('cohort_statement');
  logins = await testLogins(database.url);
  const granting = logins.of('grants');
  reader = logins.of('reads');
  await logins.login(granting, reader);
  await logins.admin(
    `create table staff (account text, team text, since date); insert into staff values ('ann', '7', '2026-01-01'), ('ben', '7', null), ('cem', '8', null), (null, '7', null), ('stranger', '7', null);
     grant select on staff to ${escapeIdentifier(reader)}; grant all on staff to ${escapeIdentifier(granting)}`,
  );
  connector = postgresConnector({ connectionString: logins.url(granting) }, { measure: logins.url(reader) });
});
afterAll(async () => {
  await connector?.close();
  await logins?.remove();
  await database?.drop();
});

const ask = (statement: string | undefined, accounts = ['ann', 'ben', 'cem']) => {
  if (!connector.cohort) throw new Error('PostgreSQL has no cohorts');
  return connector.cohort({ plan: 'p', statement, accounts, rolePackage: 'clerks' });
};
const failure = async (statement: string) => {
  const error: unknown = await ask(statement).then(
    (answer) => new Error(`it answered ${JSON.stringify(answer).slice(0, 100)}`),
    (thrown: unknown) => thrown,
  );
  return error as Error;
};

test('answers those of the accounts that the statement has, once each; nothing and strangers are nobody', async () => {
  expect((await ask("select account from staff where team = '7' union all select 'ann'")).toSorted()).toEqual(['ann', 'ben']);
  expect(await ask('select account from staff where account = any(:people) and :package = $$clerks$$', ['cem'])).toEqual(['cem']);
  expect(await ask('select account from staff where false')).toEqual([]);
  expect(await ask("select account from staff where team = '7' -- the team;\n;")).toHaveLength(2);
  expect(await ask('with s as (select * from staff) select account::varchar(10) from s')).toHaveLength(3);
});

test('is asked by the login that only reads', async () => {
  await logins.admin('create function asks() returns text language sql as $$ select session_user::text $$');
  expect(await ask('select asks() as account', [reader])).toEqual([reader]);
});

test('a million rows stay in the server, and thousands of people are compared there', async () => {
  const accounts = Array.from({ length: 20_000 }, (_, at) => `person-of-a-large-organisation-with-a-long-name-${at}`);
  const found = await ask("select 'person-of-a-large-organisation-with-a-long-name-' || n as account from generate_series(10000, 400000) as n", accounts);
  expect(found).toHaveLength(10_000);
});

describe('a statement that', () => {
  test.each([
    ['answers no account', 'select team from staff', /it answers the column `account`/],
    ['writes', 'with gone as (delete from staff returning account) select account from gone', /only reads/],
    ['is two', 'select account from staff; delete from staff', /several statements/],
    ['leaves the brackets', 'select account from staff) as a; delete from staff; select 1 from (select 1', /closing \)/],
    ['asks for what the login may not read', 'select rolpassword as account from pg_authid', /(may not|not allowed|only reads|lacks the right)/],
    ['raises what it has read', 'select (select account from staff limit 1)::int::text as account', /cannot be read as the type/],
    ['locks', 'select account from staff for update', /only reads|lacks the right/],
    ['answers hundreds of megabytes', "select repeat('x', 100000000) as account from generate_series(1, 2)", /^(?!.*it answered \["x)/],
  ])('%s is refused, or answers nobody', async (_, statement, why) => {
    const error = await failure(statement);
    expect(error.message).toMatch(why);
    expect(error.message).not.toMatch(/stranger|ann\b/);
    expect(await logins.admin('select count(*)::int as left from staff')).toEqual([{ left: 5 }]);
  });

  test('takes long is ended with the caller', async () => {
    await logins.admin('create function stubborn() returns text language plpgsql as $$ begin perform pg_sleep(60); return null; end $$');
    const asked = connector.cohort?.(
      { plan: 'p', statement: 'select stubborn() as account', accounts: ['ann'], rolePackage: 'clerks' },
      AbortSignal.timeout(500),
    );
    await expect(asked).rejects.toThrow(/abort|timeout|ended|no answer/i);
    await expect
      .poll(() => logins.admin("select from pg_stat_activity where query like '%stubborn%' and usename = $1 and state = 'active'", [reader]), {
        timeout: 20_000,
      })
      .toEqual([]);
  });

  test('is missing, because there is a filter, is refused', async () => {
    expect((await ask(undefined).catch((error: unknown) => error)) as Error).toMatchObject({
      message: 'a system of kind postgres takes a statement, and no filter',
    });
  });
});
