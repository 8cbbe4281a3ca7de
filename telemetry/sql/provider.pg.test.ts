import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../test/support/database.ts';
import type { TestDatabase } from '../../test/support/database.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { testLogins } from '../../test/support/logins.ts';
import type { TestLogins } from '../../test/support/logins.ts';
import type { System } from '../../domain/site/schema.ts';
import { site, siteSystem } from '../../test/support/site.ts';
import { NoData, type MetricQuery, type Provider } from '../provider.ts';
import { readerHere, sqlProvider } from './provider.ts';

let database: TestDatabase;
let logins: TestLogins;
let provider: Provider<{ query: string }>;
const systemWith = (change: Parameters<typeof siteSystem>[1] = {}): System =>
  site({ systems: [siteSystem('erp', { kind: 'postgres', ...change })] }).systems[0]!;
const erp = systemWith();
let looker: string;
const day = 86_400_000;
const go = Date.parse('2026-04-08T00:00:00Z');
type Kind = MetricQuery['kind'];
const query = (sql: string, system: System = erp, kind: Kind = 'gauge') => ({
  plan: 'finance',
  metric: 'm',
  kind,
  provider: { query: sql },
  system,
  fromMs: go,
  toMs: go + day,
  people: ['ana', 'ben'],
  rolePackage: 'month-end',
});
const read = (sql: string, kind: Kind = 'gauge') => provider.read(query(sql, erp, kind));

beforeAll(async () => {
  database = await createDatabase('telemetry');
  logins = await testLogins(database.url);
  looker = logins.of('rolewave_evaluations');
  await logins.login(looker);
  await logins.admin(`
    create table postings (account text, at timestamptz, ok boolean);
    insert into postings values ('ana', '2026-04-08T00:00:00Z', true), ('ben', '2026-04-08T23:59:59Z', false), ('cho', '2026-04-08T12:00:00Z', true), ('ana', '2026-04-09T00:00:00Z', true);
    create domain share as numeric; create table secret (); grant select, insert on postings to "${looker}"`);
  await logins.admin(`create function settled(name text, value text) returns int language sql volatile as 'select length(set_config(name, value, false))'`);
  provider = sqlProvider({ ERP_DATABASE_URL: logins.url(looker), ADMIN_URL: database.url });
});

afterAll(async () => {
  await provider.close();
  await logins.remove();
  await database.drop();
});

describe('a reading', () => {
  test('covers the range and the people of the query', async () => {
    const ratio = 'select count(*) filter (where ok) as count, count(*) as of from postings where at >= :from and at < :to and account = any(:people)';
    expect(await read(ratio, 'ratio')).toEqual({ count: 1, of: 2 });
  });

  test.each<[string, string, object, Kind?]>([
    ['a bigint', 'select 9007199254740991::bigint as value', { value: 9007199254740991 }],
    ['a numeric', 'select 0.125 as value', { value: 0.125 }],
    ['a float', 'select 2.5::float4 as value', { value: 2.5 }],
    ['a domain', 'select 3::share as value', { value: 3 }],
    ['every parameter', 'select extract(epoch from :to - :from) + cardinality(:people) + length(:package) as value', { value: 86_400 + 2 + 9 }],
    ['a rate', 'select count(*) as count from postings', { count: 4 }, 'rate'],
    ['a count in any type of whole numbers', 'select sum(2::bigint) as count, 9::smallint as of from postings', { count: 8, of: 9 }, 'ratio'],
    ['the columns of a ratio in any order', 'select 4 as of, 1 as count', { count: 1, of: 4 }, 'ratio'],
    ['values', 'select * from (values (1, 2)) as answer(count, of)', { count: 1, of: 2 }, 'ratio'],
    ['a query with a comment and a semicolon at its end', 'select 1 as value; -- that is all', { value: 1 }],
  ])('%s', async (_what, sql, expected, kind) => {
    expect(await read(sql, kind)).toEqual(expected);
  });

  test.each<[string, string, Kind?]>([
    ['no row', 'select 1 as value where false'],
    ['null', 'select avg(1) as value from postings where false'],
    ['a sum over nothing', 'select sum(1) as count from postings where false', 'rate'],
    ['a whole that is not known', 'select 1 as count, null::bigint as of', 'ratio'],
  ])('%s is no data (R2)', async (_what, sql, kind) => {
    await expect(read(sql, kind)).rejects.toThrow(NoData);
  });
});

describe('a query that cannot be a metric is refused with a message', () => {
  test.each<[string, string, Kind?]>([
    ['select 1 as value from postings', 'more than one row'],
    ['select 1 as number', "a gauge returns `value` and nothing else, and this one returns 'number'"],
    ['select 1 as value, 20 as n', "this one returns 'value', 'n'"],
    ["select 'high' as value", '`value` is not a number'],
    ['select now() - :from as value', 'extract(epoch'],
    ["select 'NaN'::float8 as value", 'NaN, which is not a finite number'],
    ["select 'Infinity'::numeric as value", 'Infinity, which is not a finite number'],
    ['select 1 as value, 2 as value', "returns 'value', 'value'"],
    ['select 1 / count(*) as value from postings where false', 'nullif'],
    ['select 0.25 as value, 40 as n', 'a ratio returns `count` and `of` and nothing else', 'ratio'],
    ['select 3 as value', 'a rate returns `count` and nothing else', 'rate'],
    ['select 3 as count, 4 as of', "this one returns 'count', 'of'", 'rate'],
    [
      'select 100.0 * count(*) filter (where ok) / nullif(count(*), 0) as count, count(*) as of from postings',
      '`count` is 75.0000000000000000, which is not a whole number: return what was counted, and Rolewave divides',
      'ratio',
    ],
    ['select count(*)::float8 as count, count(*) as of from postings', '`count` is a floating-point number', 'ratio'],
    ['select -1 as count', '`count` is -1: nothing is counted below 0', 'rate'],
    ["select 'NaN'::numeric as count", 'NaN, which is not a finite number', 'rate'],
    ["select '5' as count", '`count` is not a number', 'rate'],
    ['select 1 as value from no_such_table', 'check its name and schema'],
    ['select no_such_column as value from postings', 'check its name'],
    ['select count(*) as value from secret', 'USAGE on its schema'],
    ['select (1 as value', 'an opening ( without a closing )'],
    ['select 1 as value from', 'a metric is one SELECT'],
    ['select 1 as value, 2 as other, * from postings', "this one returns 'value', 'other', 3 other columns"],
    ['select 10 ^ 100::numeric as value', '`value` has 64 digits or more'],
  ])('%s', async (sql, words, kind) => {
    const error = await read(sql, kind).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(NoData);
    expect(error).not.toBeInstanceOf(SystemUnavailable);
    expect(String(error)).toContain(words);
  });

  test.each([
    ["with gone as (insert into postings values ('eve', now(), true) returning 1) select count(*) as value from gone", /a metric only reads: no INSERT/],
    ["select nextval('numbers') as value", /nextval, which changes a sequence: a metric only reads/],
    ["select set_config('transaction_read_only', 'off', false)::int as value", /set_config, which changes settings/],
    ['select 1 as value) as a; insert into postings values (null, null, null); select * from (select 1', /a closing \) without an opening \(/],
  ])('nothing is ever written: %s', async (sql, words) => {
    await logins.admin('create sequence if not exists numbers');
    await logins.admin('grant usage on sequence numbers to public');
    const rows = () => logins.admin<{ count: string }>('select count(*) from postings');
    const before = await rows();
    await expect(read(sql)).rejects.toThrow(words);
    expect(await rows()).toEqual(before);
  });
});

/** Takes minutes. */
const slow = 'select count(*) as value from generate_series(1, 1000000) a, generate_series(1, 1000000) b';

describe('an unavailable system', () => {
  test('a query that takes too long is SystemUnavailable, and the provider continues to work', async () => {
    const hasty = sqlProvider({ ERP_DATABASE_URL: logins.url(looker) }, readerHere({ statementTimeoutMs: 200 }));
    await expect(hasty.read(query(slow))).rejects.toThrow(SystemUnavailable);
    expect(await hasty.read(query('select 1 as value'))).toEqual({ value: 1 });
    await hasty.close();
  });

  test('a cancelled evaluation ends at once', async () => {
    const controller = new AbortController();
    const reading = provider.read(query(slow), controller.signal);
    setTimeout(() => controller.abort(new Error('not wanted')), 100);
    await expect(reading).rejects.toThrow('not wanted');
    expect(await read('select 1 as value')).toEqual({ value: 1 });
  });

  test('a refused connection is SystemUnavailable', async () => {
    const nobody = sqlProvider({ ERP_DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x' });
    await expect(nobody.read(query('select 1 as value'))).rejects.toThrow(SystemUnavailable);
    await nobody.close();
  });
});

test('a system is asked by the login for measuring where the site has one, and anew once that has changed', async () => {
  const who = (system: System) => provider.read(query('select length(current_user) as value', system));
  expect(await who(erp)).toEqual({ value: looker.length });
  expect(await who(systemWith({ measure: { env: 'ADMIN_URL' } }))).not.toEqual({ value: looker.length });
});

test('a system whose variable is missing is named', async () => {
  await expect(provider.read(query('select 1 as value', systemWith({ connection: { env: 'NOT_SET' } })))).rejects.toThrow(
    "system 'erp': the environment variable NOT_SET",
  );
});

test('no metric can write to a readOnly system', async () => {
  const system = systemWith({ connection: { env: 'ADMIN_URL' }, readOnly: true });
  const asked = (sql: string) => provider.read(query(sql, system));
  for (const name of ['transaction_read_only', 'default_transaction_read_only'])
    await asked(`select settled('${name}', 'off') as value`).catch(() => undefined);
  await logins.admin("create function big_object() returns int language sql volatile as 'select lo_create(0)::int'");
  await expect(asked('select big_object() as value')).rejects.toThrow('a metric only reads');
});

describe('local times are read as in psql', () => {
  let newYork: TestDatabase;
  let local: Provider<{ query: string }>;
  const failures = 'select count(*) as count from app_audit where failed and done_at > :from and done_at <= :to';
  const inHour = (kind: Kind, sql: string, timeZone?: string) => {
    const toMs = Date.now() + 60_000;
    return local.read({ ...query(sql, timeZone === undefined ? erp : systemWith({ timeZone }), kind), fromMs: toMs - 3_600_000, toMs });
  };

  beforeAll(async () => {
    newYork = await createDatabase('new_york');
    const admin = new Client({ connectionString: newYork.url });
    await admin.connect();
    await admin.query(`alter database ${newYork.name} set timezone = 'America/New_York'`);
    await admin.end();
    const writer = new Client({ connectionString: newYork.url });
    await writer.connect();
    await writer.query(`
      create table app_audit (login text, done_at timestamp default localtimestamp, failed boolean default false);
      insert into app_audit (login, failed) select 'bruno', true from generate_series(1, 5);
      create function settled(name text, value text) returns int language sql volatile as 'select length(set_config(name, value, false))';
      grant select on app_audit to "${looker}"`);
    await writer.end();
    const url = new URL(logins.url(looker));
    url.pathname = `/${newYork.name}`;
    local = sqlProvider({ ERP_DATABASE_URL: url.href });
  });
  afterAll(async () => {
    await local?.close();
    await newYork?.drop();
  });

  test('in the time zone of the database, in which its application writes them', async () => {
    expect(await inHour('rate', failures)).toEqual({ count: 5 });
    expect(await inHour('gauge', "select (current_setting('timezone') = 'America/New_York')::int as value")).toEqual({ value: 1 });
  });

  test('in the one that the plan names for the system, where the application writes in another', async () => {
    expect(await inHour('rate', failures, 'UTC')).toEqual({ count: 0 });
    expect(await inHour('rate', failures, 'America/New_York')).toEqual({ count: 5 });
  });

  test('and no statement changes that, or anything else, for the one after it', async () => {
    for (const [name, value] of [
      ['timezone', 'Asia/Tokyo'],
      ['search_path', 'nowhere'],
      ['datestyle', 'German'],
    ])
      for (let time = 0; time < 3; time += 1) await inHour('gauge', `select settled('${name}', '${value}') as value`);
    expect(await inHour('rate', failures)).toEqual({ count: 5 });
  });
});
