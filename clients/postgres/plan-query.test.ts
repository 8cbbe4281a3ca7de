import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricForm, placeIn, usageForm } from '../../domain/plan/query.ts';
import { workMs } from '../../test/support/work.ts';
import { numberedQuery } from './plan-query.ts';

const ofMetric = (sql: string) => numberedQuery(sql, metricForm, { from: 0, to: 86_400_000, people: ['ana', "o'neil"], package: 'month-end' });
const rewritten = (sql: string) => ofMetric(sql).sql;
const [from, to] = ['1970-01-01T00:00:00.000Z', '1970-01-02T00:00:00.000Z'];

describe('what is rewritten', () => {
  test('each parameter gets one number and its type, in the order of first use', () => {
    expect(ofMetric('select :to - :from as value, :to, :people, :package')).toMatchObject({
      sql: 'select $1::pg_catalog.timestamptz - $2::pg_catalog.timestamptz as value, $1::pg_catalog.timestamptz, $3::pg_catalog.text[], $4::pg_catalog.text',
      values: [to, from, ['ana', "o'neil"], 'month-end'],
    });
  });

  test.each([
    ['select count(*) as value from x where at>=:from', 'select count(*) as value from x where at>=$1::pg_catalog.timestamptz'],
    ['select :from::date', 'select $1::pg_catalog.timestamptz::date'],
    ['select array[:from, :to]', 'select array[$1::pg_catalog.timestamptz, $2::pg_catalog.timestamptz]'],
    ['with a as (select 1) select :package', 'with a as (select 1) select $1::pg_catalog.text'],
    ['select :from;\n-- done\n', 'select $1::pg_catalog.timestamptz\n-- done\n'],
  ])('%s', (sql, expected) => {
    expect(rewritten(sql)).toBe(expected);
  });

  test('a usage statement has its own parameters', () => {
    const ofUsage = (sql: string) => numberedQuery(sql, usageForm, { roles: ['clerk'], people: ['ana'], from: 0, to: 86_400_000 });
    expect(ofUsage('select :roles, :people, :to, :from')).toMatchObject({
      sql: 'select $1::pg_catalog.text[], $2::pg_catalog.text[], $3::pg_catalog.timestamptz, $4::pg_catalog.timestamptz',
      values: [['clerk'], ['ana'], to, from],
    });
    expect(() => ofUsage('select :package')).toThrow(':package, which does not exist: use :from, :to, :people, :roles');
  });

  test('a query without parameters has no values', () => {
    expect(ofMetric('select 1 as value')).toMatchObject({ sql: 'select 1 as value', values: [] });
  });
});

describe('what is left alone', () => {
  test.each([
    ["select ':from'"],
    ["select 'it''s :from'"],
    [String.raw`select e'it\'s :from'`],
    ['select ":from", "a"":from"'],
    ['select $$:from$$, $body$ :from $$ :to $body$'],
    ['select 1 -- :from ; drop'],
    ['select 1 /* :from /* :to */ ; */'],
    ["select '1'::interval, x::from_type"],
    ['select a[1:n], a[lower:upper]'],
    ['select make_interval(days := 3)'],
    ['select a$1 from t'],
    ["select 'a;b'"],
    ['select Größe from "Tabelle"'],
  ])('%s', (sql) => {
    expect(ofMetric(sql)).toMatchObject({ sql, values: [] });
  });

  const harmless = fc.constantFrom("'", '"', ':from', '$', '$$', '--', '/*', '*/', '\n', 'a', ' ', 'e', '::', ';', '\\', '[', ']', ':x');
  const text = fc.array(harmless, { maxLength: 12 }).map((parts) => parts.join(''));

  test('anything in a literal, a quoted identifier or a comment', () => {
    const quoted = fc.oneof(
      text.map((inside) => `'${inside.replaceAll("'", "''")}'`),
      text.map((inside) => `e'${inside.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
      text.map((inside) => `"${inside.replaceAll('"', '""')}"`),
      text.map((inside) => `$tag$${inside}$tag$`),
      text.map((inside) => `--${inside.replaceAll('\n', '')}\n`),
      text.map((inside) => `/*${inside.replaceAll('/*', '').replaceAll('*/', '')} */`),
    );
    fc.assert(
      fc.property(fc.array(quoted, { minLength: 1, maxLength: 5 }), (parts) => {
        const sql = `select ${parts.join(' , ')} , `;
        expect(ofMetric(`${sql}:from`)).toMatchObject({ sql: `${sql}$1::pg_catalog.timestamptz`, values: [from] });
      }),
    );
  });

  test('any text is either rewritten or refused with a message, and is little work', () => {
    fc.assert(
      fc.property(text, (sql) => {
        const ended = workMs();
        try {
          expect(typeof rewritten(`select ${sql}`)).toBe('string');
        } catch (error) {
          expect(String(error)).toMatch(/the query/);
        }
        expect(ended()).toBeLessThan(200);
      }),
    );
  });
});

describe('what reaches further than the tables that it reads', () => {
  test.each([
    'pg_terminate_backend(1)',
    'pg_cancel_backend(1)',
    'pg_advisory_lock(1, 2)',
    'pg_try_advisory_xact_lock_shared(1)',
    'pg_advisory_unlock_all()',
    "set_config('role', 'postgres', false)",
    "pg_notify('a', 'b')",
    "lo_export(1, '/tmp/x')",
    'lo_creat(-1)',
    "dblink('', 'select 1')",
    'pg_sleep(1)',
    "nextval('s')",
    "query_to_xml('select 1', true, true, '')",
    "pg_read_file('/etc/passwd')",
    'pg_reload_conf()',
    'pg_lock_status()',
    'pg_stat_get_activity(null)',
    'pg_stat_get_backend_activity(1)',
    'pg_stat_statements(true)',
  ])('select %s is refused, however it is written', (call) => {
    const [, name = '', rest = ''] = /^(\w+)(.*)$/.exec(call) ?? [];
    for (const written of [call, call.toUpperCase(), `pg_catalog.${call}`, `"${name}"${rest}`, `${name} /* a */ -- b\n ${rest}`])
      expect(() => rewritten(`select 1 as value where (select ${written}) is null`), written).toThrow(`the query uses ${name}, which`);
  });

  test('and so are the locks of others', () => {
    expect(() => rewritten('select count(*) as value from pg_catalog.pg_locks')).toThrow('pg_locks, which shows the locks');
    expect(() => rewritten('select count(*) as value from "pg_locks"')).toThrow('pg_locks');
  });

  test.each(['pg_stat_activity', 'pg_stat_statements', 'pg_prepared_xacts', 'pg_stat_replication', 'pg_hba_file_rules', 'pg_shadow', 'pg_user_mappings'])(
    'and so is %s, which shows what others do or how they log in',
    (relation) => {
      for (const written of [relation, relation.toUpperCase(), `pg_catalog.${relation}`, `"${relation}"`, `public."${relation}" a`])
        expect(() => rewritten(`select count(*) as value from ${written}`), written).toThrow(`the query uses ${relation}, which`);
    },
  );

  test.each([
    'pg_roles',
    'pg_authid',
    'pg_auth_members',
    'pg_user',
    'pg_group',
    'pg_shadow',
    'pg_db_role_setting',
    'pg_default_acl',
    'pg_policies',
    'pg_stat_user_tables',
    'pg_stat_database',
    'pg_stat_progress_vacuum',
    'pg_statio_all_tables',
  ])('and so is %s, which shows the roles and the work of others', (relation) => {
    for (const written of [relation, relation.toUpperCase(), `pg_catalog.${relation}`, `"${relation}"`])
      expect(() => rewritten(`select count(*) as value from ${written}`), written).toThrow(`the query uses ${relation}, which`);
  });

  test.each(['applicable_roles', 'enabled_roles', 'administrable_role_authorizations', 'role_table_grants', 'role_routine_grants', 'table_privileges'])(
    'and so is %s of information_schema, whereas a table of that name is the application’s own',
    (view) => {
      for (const written of [`information_schema.${view}`, `"information_schema" . "${view}"`, `INFORMATION_SCHEMA /* a */ .${view}`])
        expect(() => rewritten(`select count(*) as value from ${written}`), written).toThrow('the query uses information_schema, which');
      expect(rewritten(`select count(*) as value from app.${view}`)).toContain(view);
    },
  );

  test.each([
    "(16384::regrole)::text = 'olga'",
    "cast(16384 as pg_catalog.regrole)::text = 'olga'",
    "pg_get_userbyid(16384) = 'olga'",
    "to_regrole('olga') is null",
  ])('and so is a name of a role by its number: %s', (condition) => {
    expect(() => rewritten(`select count(*) as value from app.logins where ${condition}`)).toThrow('which shows who holds which role');
  });

  test('a column, a string or a comment of such a name is not', () => {
    for (const sql of [
      "select lo_get as value from t where s = 'pg_sleep(1)' -- pg_sleep(1)",
      'select nextval, "set_config" from t',
      "select count(*) filter (where fn = 'dblink') as value from t",
    ])
      expect(rewritten(sql)).toBe(sql);
  });
});

describe('a place in what PostgreSQL was sent', () => {
  const placed = (query: string, marker: string) => {
    const made = ofMetric(query);
    return placeIn(query, made, made.sql.indexOf(marker));
  };
  test.each([
    ['select 1 as q', 'q', { line: 1, column: 13 }],
    ['select :from,\n  :to as q', 'q', { line: 2, column: 10 }],
    ['select :from,\n  :to as x', '$2', { line: 2, column: 3 }],
    ["select '😀', :people,\n\n '😀', q", 'q', { line: 3, column: 7 }],
  ])('is found in %j', (query, marker, place) => {
    expect(placed(query, marker)).toEqual(place);
  });

  test('never lies outside of the query, and never behind where it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(' :from ', ' :people ', '\n', ' x ', "'a\nb'", '-- c\n'), { maxLength: 20 }), fc.nat(400), (parts, at) => {
        const query = `select ${parts.join('')}`;
        const place = placeIn(query, ofMetric(query), at);
        const lines = query.split('\n');
        expect(place).toBeDefined();
        expect(place!.line).toBeLessThanOrEqual(lines.length);
        expect(place!.column).toBeLessThanOrEqual((lines[place!.line - 1] ?? '').length + 1);
      }),
    );
  });
});

describe('what is refused', () => {
  test.each([
    ['select 1; drop table x', 'several statements'],
    ['select 1;;select 2', 'several statements'],
    ['select :people2', ':people2, which does not exist'],
    ['select :From', ':From, which does not exist'],
    ['select :start', ':start, which does not exist: use :from, :to, :people, :package. How far back it counts is the lookback of the metric'],
    ['select :__proto__', ':__proto__, which does not exist'],
    ['select $1', 'uses $1'],
    ["select 'open", 'single quote without a closing one'],
    ['select "open', 'double quote without a closing one'],
    ['select /* open /* */', 'comment /* without a closing */'],
    ['select (1 as value', 'an opening ( without a closing )'],
    ['select a[1 as value', 'an opening [ without a closing ]'],
    ['select 1 as value) as m union select (2', 'a closing ) without an opening ('],
    ['select a[(1]) as value', 'a closing ] without an opening ['],
    ["select e'a'\n'b' as value", "write E'…' as one"],
    ["select e'a' -- more\n /* and more */ '\\', ') as m --'", "write E'…' as one"],
    ["select e'open", 'single quote without a closing one'],
    ["select 1e'\\', ') as m --' as value", 'a closing ) without an opening ('],
    ['select U&"pg\\005fsleep"(1)', 'Unicode escapes'],
    ['select 1 \0 as value', 'a NUL character'],
    ['', 'is empty'],
    [' -- nothing\n', 'is empty'],
    ['delete from x', "begins with 'delete'"],
    ['DO $$ begin end $$', "begins with 'do'"],
    ['set transaction read write', "begins with 'set'"],
    ['explain analyze select 1', "begins with 'explain'"],
  ])('%s', (sql, words) => {
    expect(() => rewritten(sql)).toThrow(words);
  });
});
