import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../test/support/database.ts';
import type { TestDatabase } from '../../test/support/database.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { testLogins } from '../../test/support/logins.ts';
import type { TestLogins } from '../../test/support/logins.ts';
import type { System } from '../../domain/plan/system-kinds.ts';
import { NoData, type Provider } from '../provider.ts';
import { sqlProvider } from './provider.ts';

let database: TestDatabase;
let logins: TestLogins;
let provider: Provider<{ query: string }>;
const erp: System = { id: 'erp', kind: 'postgres', connection: 'ERP_DATABASE_URL', readOnly: false };
let looker: string;
const day = 86_400_000;
const go = Date.parse('2026-04-08T00:00:00Z');
const query = (sql: string, system: System = erp) => ({
  metric: 'm',
  provider: { query: sql },
  system,
  fromMs: go,
  toMs: go + day,
  startMs: go,
  people: ['ana', 'ben'],
  rolePackage: 'month-end',
});
const read = (sql: string) => provider.read(query(sql));

beforeAll(async () => {
  database = await createDatabase('telemetry');
  logins = await testLogins(database.url);
  looker = logins.of('rolewave_evaluations');
  await logins.login(looker);
  await logins.admin(`
    create table postings (account text, at timestamptz, ok boolean);
    insert into postings values ('ana', '2026-04-08T00:00:00Z', true), ('ben', '2026-04-08T23:59:59Z', false), ('cho', '2026-04-08T12:00:00Z', true), ('ana', '2026-04-09T00:00:00Z', true);
    create table secret (); grant select, insert on postings to "${looker}"`);
  provider = sqlProvider({ ERP_DATABASE_URL: logins.url(looker), ADMIN_URL: database.url });
});

afterAll(async () => {
  await provider.close();
  await logins.remove();
  await database.drop();
});

describe('a reading', () => {
  test("covers the evaluation's range and people", async () => {
    expect(
      await read('select count(*) as value, count(distinct account) as n from postings where at >= :from and at < :to and account = any(:people)'),
    ).toEqual({ value: 2, n: 2 });
  });

  test.each([
    ['a bigint', 'select 9007199254740991::bigint as value', { value: 9007199254740991 }],
    ['a numeric', 'select 0.125 as value', { value: 0.125 }],
    ['a float and a small sample', 'select 2.5::float4 as value, 3::smallint as n', { value: 2.5, n: 3 }],
    ['a sum over no rows as sample size', 'select 1 as value, sum(1) as n from postings where false', { value: 1, n: 0 }],
    [
      'every parameter',
      'select extract(epoch from :to - :from) + cardinality(:people) + length(:package) + extract(epoch from :start - :from) as value',
      { value: 86_400 + 2 + 9 },
    ],
    ['values', 'select * from (values (1, 2)) as answer(value, n)', { value: 1, n: 2 }],
    ['a query with a comment and a semicolon at its end', 'select 1 as value; -- that is all', { value: 1 }],
    ['days in UTC', 'select extract(hour from :from) as value', { value: 0 }],
  ])('%s', async (_what, sql, expected) => {
    expect(await read(sql)).toEqual(expected);
  });

  test.each([
    ['no row', 'select 1 as value where false'],
    ['null', 'select avg(1) as value, 0 as n from postings where false'],
    ['a division by null', 'select 1.0 / nullif(count(*), 0) as value from postings where false'],
  ])('%s is no data (R2)', async (_what, sql) => {
    await expect(read(sql)).rejects.toThrow(NoData);
  });
});

describe('a query that cannot be a metric is refused with a message', () => {
  test.each([
    ['select 1 as value from postings', 'more than one row'],
    ['select 1 as number', "answers 'number': name one column `value`"],
    ["select 'high' as value", '`value` is not a number'],
    ['select now() - :from as value', 'extract(epoch'],
    ["select 1 as value, '5' as n", '`n` is not a number'],
    ["select 'NaN'::float8 as value", 'NaN, which is not a finite number'],
    ['select 1 as value, 2 as value', 'twice'],
    ['select 1 as value, -1 as n', '`n` is negative'],
    ['select 1 / count(*) as value from postings where false', 'nullif'],
    ['select 1 as value from no_such_table', 'check its name and schema'],
    ['select no_such_column as value from postings', 'check its name'],
    ['select count(*) as value from secret', 'grant Rolewave'],
    ['select (1 as value', 'one SELECT'],
  ])('%s', async (sql, words) => {
    const error = await read(sql).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(NoData);
    expect(error).not.toBeInstanceOf(SystemUnavailable);
    expect(String(error)).toContain(words);
  });

  test.each([
    ["with gone as (insert into postings values ('eve', now(), true) returning 1) select count(*) as value from gone", /top level/],
    ["select nextval('numbers') as value", /a metric only reads/],
    ["select set_config('transaction_read_only', 'off', false)::int as value", /read-write mode must be set before any query/],
    ['select 1 as value) as a; insert into postings values (null, null, null); select * from (select 1', /several statements/],
  ])('nothing is ever written: %s', async (sql, words) => {
    await logins.admin('create sequence if not exists numbers');
    await logins.admin('grant usage on sequence numbers to public');
    const rows = () => logins.admin<{ count: string }>('select count(*) from postings');
    const before = await rows();
    await expect(read(sql)).rejects.toThrow(words);
    expect(await rows()).toEqual(before);
  });
});

describe('an unavailable system', () => {
  test('a query that takes too long is SystemUnavailable, and the provider continues to work', async () => {
    const hasty = sqlProvider({ ERP_DATABASE_URL: logins.url(looker) }, { statementTimeoutMs: 200 });
    await expect(hasty.read(query('select 1 as value from pg_sleep(5)'))).rejects.toThrow(SystemUnavailable);
    expect(await hasty.read(query('select 1 as value'))).toEqual({ value: 1 });
    await hasty.close();
  });

  test('a cancelled evaluation ends at once', async () => {
    const controller = new AbortController();
    const reading = provider.read(query('select 1 as value from pg_sleep(20)'), controller.signal);
    setTimeout(() => controller.abort(new Error('not wanted')), 100);
    const started = Date.now();
    await expect(reading).rejects.toThrow('not wanted');
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(await read('select 1 as value')).toEqual({ value: 1 });
  });

  test('a refused connection is SystemUnavailable', async () => {
    const nobody = sqlProvider({ ERP_DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x' });
    await expect(nobody.read(query('select 1 as value'))).rejects.toThrow(SystemUnavailable);
    await nobody.close();
  });
});

test('two systems have separate connections, even if two plans give them the same id', async () => {
  const who = (system: System) => provider.read(query('select length(current_user) as value', system));
  expect(await who(erp)).toEqual({ value: looker.length });
  expect(await who({ ...erp, connection: 'ADMIN_URL' })).not.toEqual({ value: looker.length });
});

test('a system whose variable is missing is named', async () => {
  await expect(provider.read(query('select 1 as value', { ...erp, connection: 'NOT_SET' }))).rejects.toThrow("system 'erp': the environment variable NOT_SET");
});

test('no metric can write to a readOnly system', async () => {
  const system = { ...erp, connection: 'ADMIN_URL', readOnly: true };
  const asked = (sql: string) => provider.read(query(sql, system));
  for (const name of ['transaction_read_only', 'default_transaction_read_only'])
    await asked(`select length(set_config('${name}', 'off', false)) as value`).catch(() => undefined);
  await expect(asked('select lo_create(0)::int as value')).rejects.toThrow('a metric only reads');
});
