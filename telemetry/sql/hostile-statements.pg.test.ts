/**
 * What a metric's statement can try against the process that runs it, against other plans, and against Rolewave's own sessions. The functions of the attacks
 * stand in the database, as those of a colleague with rights there would, because `validate` refuses their names in a statement.
 */
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import type { System } from '../../domain/site/schema.ts';
import { refusalIn, StatementRefused } from '../../domain/statement-refused.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { site, siteSystem } from '../../test/support/site.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';
import type { Provider } from '../provider.ts';
import { readerHere, sqlProvider } from './provider.ts';

let database: TestDatabase;
let logins: TestLogins;
let provider: Provider<{ query: string }>;
let looker: string;
const erp: System = site({ systems: [siteSystem('erp', { kind: 'postgres' })] }).systems[0]!;
const go = Date.parse('2026-04-08T00:00:00Z');
const read = (query: string, plan = 'hostile', signal?: AbortSignal) =>
  provider.read(
    { plan, metric: 'm', kind: 'gauge', provider: { query }, system: erp, fromMs: go, toMs: go + 86_400_000, people: ['ana'], rolePackage: 'p' },
    signal,
  );
const failure = async (query: string) => {
  const error = await read(query).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('the statement did not fail');
  return error;
};
/** A function that anybody may call in a statement. */
const attack = (name: string, body: string, returns = 'int') =>
  logins.admin(`create function ${name} returns ${returns} language plpgsql volatile as $attack$ begin ${body} end $attack$`);

beforeAll(async () => {
  database = await createDatabase('hostile');
  logins = await testLogins(database.url);
  looker = logins.of('rolewave_svc');
  await logins.login(looker);
  await logins.admin(
    `create table vault (owner text, secret text); insert into vault values ('eve', 'hunter2-the-secret'); grant select on vault to ${escapeIdentifier(looker)}`,
  );
  provider = sqlProvider({ ERP_DATABASE_URL: logins.url(looker) }, readerHere({ statementTimeoutMs: 15_000 }));
});
afterAll(async () => {
  await provider?.close();
  await logins?.remove();
  await database?.drop();
});

describe('a statement that answers more than a metric needs', () => {
  test('half a gigabyte in another column is not fetched', async () => {
    const error = await failure("select 1 as value, repeat('x', n) as other from generate_series(500000000, 500000000) as n");
    expect(error.message).toBe("the query of a gauge returns `value` and nothing else, and this one returns 'value', 'other'");
  });

  test('half a gigabyte in its own column is not fetched', async () => {
    expect((await failure("select repeat('x', n) as value from generate_series(500000000, 500000000) as n")).message).toContain('`value` is not a number');
  });

  test('a number of a hundred thousand digits is not fetched', async () => {
    expect((await failure("select repeat('9', 100000)::numeric as value")).message).toContain('64 digits or more');
  });

  test('of a million rows, two are fetched', async () => {
    expect((await failure('select n as value from generate_series(1, 1000000) as n')).message).toContain('more than one row');
  });

  test('an error of a hundred megabytes is cut off', async () => {
    await attack('long_error()', "raise exception '%', repeat('x', 100 * 1024 * 1024);");
    expect((await failure('select long_error() as value')).message).toBe('the statement makes the server send more than 1 MB: return less');
  });

  test('notices without end are not listened to, and where the statement turns them on, they are cut off', async () => {
    await attack('notices(many int)', "for n in 1..many loop raise notice '%', repeat('x', 1000); end loop; return 1;");
    expect(await read('select notices(10000) as value')).toEqual({ value: 1 });
    await attack('loud()', 'set local client_min_messages = notice; return notices(1000000);');
    expect((await failure('select loud() as value')).message).toContain('more than 1 MB');
  });

  test('details and hints without end are cut off, and short ones are not shown', async () => {
    await attack('long_detail(n int)', "raise exception 'a' using detail = repeat('detail', n), hint = repeat('hint', n);");
    expect((await failure('select long_detail(10000000) as value')).message).toContain('more than 1 MB');
    expect((await failure('select long_detail(1) as value')).message).toBe(
      'the statement failed: a function that it uses raised an exception (SQLSTATE P0001)',
    );
  });

  test('what answers nothing, for ever, is ended by the server, and by us where a function catches that', async () => {
    const hasty = sqlProvider({ ERP_DATABASE_URL: logins.url(looker) }, readerHere({ statementTimeoutMs: 300 }));
    await attack('stubborn()', 'loop begin perform pg_sleep(60); exception when query_canceled then null; end; end loop;');
    const asked = (query: string) =>
      hasty.read({ plan: 'p', metric: 'm', kind: 'gauge', provider: { query }, system: erp, fromMs: go, toMs: go + 1, people: [], rolePackage: 'p' });
    await expect(asked('select stubborn() as value')).rejects.toThrow(SystemUnavailable);
    // The server notices that nobody waits any more.
    await expect.poll(() => sessionsOf('rolewave evaluations'), { timeout: 10_000 }).toEqual(0);
    await hasty.close();
  });
});

const sessionsOf = async (application: string): Promise<number> =>
  (await logins.admin('select from pg_stat_activity where usename = $1 and application_name = $2', [looker, application])).length;

describe('an error says what and where, and nothing that the statement has read', () => {
  test.each([
    ['select (select secret from vault)::int as value', 'a value cannot be read as the type that it is cast to (SQLSTATE 22P02)'],
    ['select extract(epoch from (select secret from vault)::timestamptz) as value', 'a value is not a date or time (SQLSTATE 22007)'],
    ["select ((select secret from vault)::json ->> 'a')::int as value", 'SQLSTATE 22P02'],
    ['select told((select secret from vault)) as value', 'a function that it uses raised an exception (SQLSTATE P0001)'],
    ['select coded() as value', 'the statement failed: it failed'],
    ['select cancelled((select secret from vault)) as value', 'it took longer than it may'],
    ['select "hunter2-the-secret-column" as value from vault', 'it names a column that does not exist (SQLSTATE 42703); check its name'],
  ])('%s', async (query, words) => {
    await logins.admin(`
      create or replace function told(what text) returns int language plpgsql as $$ begin raise exception '%', what using detail = what, hint = what; end $$;
      create or replace function coded() returns int language plpgsql as $$ begin raise exception 'x' using errcode = 'HUNT2'; end $$;
      create or replace function cancelled(what text) returns int language plpgsql as $$ begin raise exception '%', what using errcode = '57014'; end $$`);
    const error = await failure(query);
    expect(error.message).toContain(words);
    const everything = [
      error.message,
      error.stack,
      JSON.stringify(error),
      JSON.stringify(error.cause ?? null),
      String((error.cause as Error | undefined)?.stack),
    ].join();
    expect(everything).not.toMatch(/hunter2|HUNT2/);
  });

  test('the place is that of the plan, whatever was put around it', async () => {
    expect((await failure('select :from - :to as nothing,\n  (select nonsense\n     from vault) as value')).message).toMatch(
      /^line 2, column 11 of the statement: it names a column/,
    );
  });

  test('what the server said is there for the log of the process', async () => {
    const text = refusalIn(await failure('select told((select secret from vault)) as value'))?.serverText();
    expect(text).toMatch(/^P0001: hunter2-the-secret/);
    expect(new StatementRefused('x', 'y'.repeat(9_000)).serverText()).toHaveLength(2_000);
  });
});

describe('nothing that a statement leaves behind reaches another', () => {
  // A statement may not name the server's own, so functions look at its session.
  beforeAll(async () => {
    for (const [name, from] of [
      ['temporary_tables', "pg_class where relpersistence = 't'"],
      ['prepared_statements', 'pg_prepared_statements'],
      ['cursors', "pg_cursors where name <> ''"],
      ['channels', 'pg_listening_channels()'],
    ])
      await attack(`${name}()`, `return (select count(*) from ${from});`);
  });
  const other = async () => ({
    timeout: await read("select extract(epoch from current_setting('statement_timeout')::interval) as value", 'another'),
    readOnly: await read("select (current_setting('default_transaction_read_only') = 'off')::int as value", 'another'),
    path: await read(`select (current_setting('search_path') = '"$user", public')::int as value`, 'another'),
    login: await read('select length(session_user || current_user) as value', 'another'),
    tables: await read('select temporary_tables() as value', 'another'),
    prepared: await read('select prepared_statements() as value', 'another'),
    cursors: await read('select cursors() as value', 'another'),
    channels: await read('select channels() as value', 'another'),
  });

  test.each([
    ['statement_timeout', "perform set_config('statement_timeout', '0', false); return 1;"],
    ['default_transaction_read_only', "perform set_config('default_transaction_read_only', 'off', false); return 1;"],
    ['search_path', "perform set_config('search_path', 'evil, pg_catalog', false); return 1;"],
    ['role', `perform set_config('role', 'none', false); return 1;`],
    ['session_authorization', `perform set_config('session_authorization', session_user, false); return 1;`],
    ['a temporary table', 'create temp table pg_roles as select 1 as rolname; return 1;'],
    ['a prepared statement', "execute 'prepare other as select 1'; return 1;"],
    ['a listener', "execute 'listen other'; return 1;"],
    ['a cursor with hold', "execute 'declare other cursor with hold for select 1'; return 1;"],
    ['an advisory lock', 'perform pg_advisory_lock(1, 2); perform pg_advisory_lock_shared(3); return 1;'],
    ['writing', "set transaction read write; insert into vault values ('eve', 'new'); return 1;"],
    ['writing without asking', "insert into vault values ('eve', 'new'); return 1;"],
    ['a sequence', "perform nextval('numbers'); return 1;"],
    ['a large object', 'return lo_creat(-1);'],
    ['a file as a large object', "return lo_import('/etc/hostname');"],
    ['a large object as a file', "return lo_export(1, '/tmp/rolewave-hostile');"],
    ['a program', "copy (select 1) to program 'touch /tmp/rolewave-hostile'; return 1;"],
    ['a file of the server', "return length(pg_read_file('/etc/hostname'));"],
  ])('%s', async (what, body) => {
    await logins.admin('create sequence if not exists numbers; grant all on sequence numbers to public; grant all on vault to public');
    const before = await other();
    const name = `attack_${what.replaceAll(/\W/g, '_')}`;
    await attack(`${name}()`, body);
    for (let time = 0; time < 3; time += 1) await read(`select ${name}() as value`).catch(() => undefined);
    expect(await other()).toEqual(before);
    const left = await logins.admin(
      `select (select count(*)::int from vault) as rows, (select is_called from numbers) as called, (select count(*)::int from pg_largeobject_metadata) as objects`,
    );
    expect(left).toEqual([{ rows: 1, called: false, objects: 0 }]);
    await expect
      .poll(() =>
        logins.admin("select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())"),
      )
      .toEqual([]);
  });

  test('a notification', async () => {
    const listener = new Client({ connectionString: logins.url(looker) });
    await listener.connect();
    const heard: unknown[] = [];
    listener.on('notification', ({ payload }) => heard.push(payload));
    await listener.query('listen rolewave');
    await attack('notifying()', "perform pg_notify('rolewave', 'obey'); return 1;");
    expect(await read('select notifying() as value')).toEqual({ value: 1 });
    await expect.poll(() => sessionsOf('rolewave evaluations')).toEqual(0);
    await listener.query('select 1');
    expect(heard).toEqual([]);
    await listener.end();
  });

  test('functions of the same names as those that the statement is wrapped in', async () => {
    await logins.admin(`create schema evil; grant usage on schema evil to public;
      create function evil."left"(text, int) returns text language sql as $$ select '666' $$; create function evil.max(timestamptz) returns timestamptz language sql as 'select $1';
      create domain evil.text as varchar; create domain evil.timestamptz as varchar; alter role ${escapeIdentifier(looker)} in database ${database.name} set search_path = evil, pg_catalog, public`);
    expect(await read('select 1 as value where :from < :to and cardinality(:people) = 1')).toEqual({ value: 1 });
    await logins.admin(`alter role ${escapeIdentifier(looker)} in database ${database.name} reset search_path; drop schema evil cascade`);
  });
});

describe('a function that somebody else made under the name of one of PostgreSQL’s own', () => {
  const lower = "select (lower('A'::varchar) = 'caught')::int as value from app.logins";
  const unqualified = lower.replace('app.', '');
  const check = async () => (await provider.check?.(erp))?.openSchemas;
  const looks = (path: string) => logins.admin(`alter role ${escapeIdentifier(looker)} in database ${database.name} ${path}`);
  const eve = () => escapeIdentifier(logins.of('eve'));
  beforeAll(async () => {
    await logins.login(logins.of('eve'));
    await logins.admin(
      `create schema app; create table app.logins as select 1 as n; grant usage on schema app to public; grant select on app.logins to public; grant create on schema public to ${eve()}`,
    );
    await logins.as(logins.of('eve'), "create function public.lower(varchar) returns text language sql as $$ select 'caught' $$");
  });
  afterAll(async () => {
    await looks('reset search_path');
    await logins.admin(`drop function public.lower(varchar); drop schema app cascade; revoke create on schema public from ${eve()}`);
  });

  // PostgreSQL prefers the function whose types match exactly, of all schemas of the search path; the order counts only between functions of the same types.
  test('is called where its types match better, wherever its schema stands in the search path, and doctor says so', async () => {
    for (const path of ['reset search_path', 'set search_path = pg_catalog, public', 'set search_path = app, pg_catalog, public']) {
      await looks(path);
      expect(await read(lower), path).toEqual({ value: 1 });
      expect(await check(), path).toEqual(["takes functions from schema 'public' of its search_path, in which others may create them"]);
    }
    // Of the types of PostgreSQL's own, it is never called.
    expect(await read(lower.replace("'A'::varchar", "'A'::text"))).toEqual({ value: 0 });
  });

  test('is not called where the login has a search_path without that schema, and tables are still found without theirs', async () => {
    await looks('set search_path = app');
    expect(await read(unqualified)).toEqual({ value: 0 });
    expect(await check()).toEqual([]);
  });
});

describe('a statement that ends the sessions of its own login', () => {
  test('holds up a grant at most: it is tried again, and nothing is lost', async () => {
    await attack('killing()', 'perform pg_terminate_backend(pid) from pg_stat_activity where usename = session_user and pid <> pg_backend_pid(); return 1;');
    const [role, ana] = [logins.of('clerk'), logins.of('ana')];
    await logins.login(ana);
    await logins.role(role, looker);
    const connector = postgresConnector({ connectionString: logins.url(looker) });
    let committing = false;
    const grant = () =>
      connector.grant([{ role, account: ana }], async () => {
        committing = true;
        await read('select killing() as value');
      });
    await expect(grant()).rejects.toThrow(SystemUnavailable);
    expect(committing).toBe(true);
    expect((await connector.snapshot([role], [ana])).grants).toEqual([]);
    expect(await connector.grant([{ role, account: ana }], async () => undefined)).toMatchObject([{ outcome: 'created' }]);
    await connector.close();
  });

  test('and the statements of another plan are tried again', async () => {
    await attack('stalled()', 'perform pg_sleep(10); return 1;');
    const asked = read('select stalled() as value', 'another').catch((error: unknown) => error);
    await expect
      .poll(() => logins.admin("select from pg_stat_activity where usename = $1 and state = 'active' and query like '%stalled%'", [looker]))
      .not.toEqual([]);
    await read('select killing() as value');
    expect(await asked).toBeInstanceOf(SystemUnavailable);
    expect(await read('select 1 as value', 'another')).toEqual({ value: 1 });
  });
});

test('a plan whose statements sleep has its own turns, and no other waits for it', async () => {
  const controller = new AbortController();
  let ended = 0;
  const sleeping = Array.from({ length: 12 }, () =>
    read('select stalled() as value', 'sleepy', controller.signal)
      .catch(() => undefined)
      .finally(() => (ended += 1)),
  );
  await expect.poll(() => sessionsOf('rolewave evaluations')).toBe(2);
  expect(await read('select 1 as value', 'another')).toEqual({ value: 1 });
  expect(ended).toBe(0);
  controller.abort();
  await Promise.all(sleeping);
});

describe("the locks of Rolewave's own grants", () => {
  test('have keys that nobody can guess, which all processes of one installation share', async () => {
    const [role, ana, ben] = [logins.of('locked'), logins.of('ana_l'), logins.of('ben_l')];
    await logins.login(ana, ben);
    await logins.role(role, looker);
    const open = (lockSecret: string) => postgresConnector({ connectionString: logins.url(looker) }, { lockSecret });
    const [one, two, foreign] = [open('a secret'), open('a secret'), open('another')];
    const keys = () =>
      logins.admin<{ key: string }>(
        "select ((classid::bigint << 32) | objid::bigint)::text as key from pg_locks where locktype = 'advisory' and objsubid = 1 and granted and database = (select oid from pg_database where datname = current_database())",
      );
    const order: string[] = [];
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    const first = one.grant([{ role, account: ana }], async () => {
      order.push('first holds');
      await held;
      order.push('first ends');
    });
    await expect.poll(() => order).toEqual(['first holds']);
    const [{ key: ofOne } = { key: '' }] = await keys();
    const second = two.grant([{ role, account: ben }], async () => void order.push('second holds'));
    // Anyone who knows only the role cannot tell the key.
    await logins.admin(`create or replace function guessing() returns int language plpgsql as $$ begin
      perform pg_advisory_lock(1380929622, r.oid::int4), pg_advisory_lock(r.oid::bigint) from pg_roles r where rolname = '${role}'; return 1; end $$`);
    expect(await read('select guessing() as value')).toEqual({ value: 1 });
    expect(order).toEqual(['first holds']);
    letGo();
    await Promise.all([first, second]);
    expect(order).toEqual(['first holds', 'first ends', 'second holds']);
    let ofForeign = '';
    await foreign.grant([{ role, account: ana }], async () => {
      ofForeign = (await keys())[0]?.key ?? '';
    });
    expect(ofOne).not.toBe('');
    expect(ofForeign).not.toBe(ofOne);
    await Promise.all([one.close(), two.close(), foreign.close()]);
  });
});

describe('what the login of statements can do that it should not', () => {
  test('is found: the login that grants, its powers, and what it may change', async () => {
    const reader = logins.of('reader');
    await logins.login(reader);
    const own = sqlProvider({ ERP_DATABASE_URL: logins.url(looker), READER_URL: logins.url(reader), CHIEF_URL: database.url });
    const withMeasure = (env: string) => site({ systems: [siteSystem('erp', { kind: 'postgres', measure: { env } })] }).systems[0]!;
    await logins.admin('revoke all on vault from public');
    expect(await own.check?.(withMeasure('READER_URL'))).toEqual({
      login: reader,
      grants: false,
      excess: [],
      unbounded: ['may open any number of connections', 'may fill the disk with temporary files (temp_file_limit is -1)'],
      openSchemas: [],
    });
    await logins.admin(`alter role ${escapeIdentifier(reader)} connection limit 20; alter role ${escapeIdentifier(reader)} set temp_file_limit = '1GB'`);
    const bounded = sqlProvider({ READER_URL: logins.url(reader) });
    expect((await bounded.check?.(withMeasure('READER_URL')))?.unbounded).toEqual([]);
    await bounded.close();
    await logins.admin(`grant insert on vault to ${escapeIdentifier(reader)}; grant pg_signal_backend to ${escapeIdentifier(reader)}`);
    expect((await own.check?.(withMeasure('READER_URL')))?.excess).toEqual(['is a member of pg_signal_backend', 'may change one table']);
    expect((await own.check?.(withMeasure('CHIEF_URL')))?.excess).toEqual(['is a superuser']);
    expect(await own.check?.(erp)).toMatchObject({ login: looker, grants: true });
    await own.close();
  });

  test('a login of its own for statements is used for them', async () => {
    const reader = logins.of('only_reader');
    await logins.login(reader);
    const own = sqlProvider({ ERP_DATABASE_URL: logins.url(looker), READER_URL: logins.url(reader) });
    const system = site({ systems: [siteSystem('erp', { kind: 'postgres', measure: { env: 'READER_URL' } })] }).systems[0]!;
    const query = `select (current_user = '${reader}')::int as value`;
    expect(await own.read({ plan: 'p', metric: 'm', kind: 'gauge', provider: { query }, system, fromMs: 0, toMs: 1, people: [], rolePackage: 'p' })).toEqual({
      value: 1,
    });
    await own.close();
  });
});
