import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricForm, usageForm } from '../../domain/plan/query.ts';
import { numberedQuery } from './plan-query.ts';

const ofMetric = (sql: string) => numberedQuery(sql, metricForm, { from: 0, to: 86_400_000, people: ['ana', "o'neil"], package: 'month-end' });
const rewritten = (sql: string) => ofMetric(sql).sql;
const [from, to] = ['1970-01-01T00:00:00.000Z', '1970-01-02T00:00:00.000Z'];

describe('what is rewritten', () => {
  test('each parameter gets one number and its type, in the order of first use', () => {
    expect(ofMetric('select :to - :from as value, :to, :people, :package')).toEqual({
      sql: 'select $1::timestamptz - $2::timestamptz as value, $1::timestamptz, $3::text[], $4::text',
      values: [to, from, ['ana', "o'neil"], 'month-end'],
    });
  });

  test.each([
    ['select count(*) as value from x where at>=:from', 'select count(*) as value from x where at>=$1::timestamptz'],
    ['select :from::date', 'select $1::timestamptz::date'],
    ['select array[:from, :to]', 'select array[$1::timestamptz, $2::timestamptz]'],
    ['with a as (select 1) select :package', 'with a as (select 1) select $1::text'],
    ['select :from;\n-- done\n', 'select $1::timestamptz\n-- done\n'],
  ])('%s', (sql, expected) => {
    expect(rewritten(sql)).toBe(expected);
  });

  test('a usage statement has its own parameters', () => {
    const ofUsage = (sql: string) => numberedQuery(sql, usageForm, { roles: ['clerk'], people: ['ana'], from: 0, to: 86_400_000 });
    expect(ofUsage('select :roles, :people, :to, :from')).toEqual({
      sql: 'select $1::text[], $2::text[], $3::timestamptz, $4::timestamptz',
      values: [['clerk'], ['ana'], to, from],
    });
    expect(() => ofUsage('select :package')).toThrow(':package, which does not exist: use :from, :to, :people, :roles');
  });

  test('a query without parameters has no values', () => {
    expect(ofMetric('select 1 as value')).toEqual({ sql: 'select 1 as value', values: [] });
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
    expect(ofMetric(sql)).toEqual({ sql, values: [] });
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
        expect(ofMetric(`${sql}:from`)).toEqual({ sql: `${sql}$1::timestamptz`, values: [from] });
      }),
    );
  });

  test('any text is either rewritten or refused with a message, and never takes long', () => {
    fc.assert(
      fc.property(text, (sql) => {
        const started = performance.now();
        try {
          expect(typeof rewritten(`select ${sql}`)).toBe('string');
        } catch (error) {
          expect(String(error)).toMatch(/the query/);
        }
        expect(performance.now() - started).toBeLessThan(200);
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
