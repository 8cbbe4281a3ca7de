/** Which rows are too large to be read is known from how they are kept. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { notLarger } from './in-form.ts';

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createDatabase('in-form');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // Hexadecimal digits of hashes are kept as they are; a repeated letter takes about a hundredth.
  await client.query(`
    create table kept (id integer, kind text, data json);
    create function noise(blocks integer) returns text language sql volatile as $$ select string_agg(sha512(random()::text::bytea)::text, '') from generate_series(1, blocks) $$;
    alter table kept alter column data set storage external;
    insert into kept select n, 'noise', to_json(noise(800)) from generate_series(1, 50) n;
    insert into kept select n, 'too much noise', to_json(noise(2400)) from generate_series(1, 50) n;
    alter table kept alter column data set storage main;
    alter table kept alter column data set compression pglz;
    insert into kept values (1, 'pglz', to_json(repeat('x', 199000))), (2, 'pglz, too much', to_json(repeat('x', 201000))), (3, 'pglz, far too much', to_json(repeat('x', 100000000)));
    insert into kept values (4, 'none', null), (5, 'short', '{"a":1}');
  `);
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const most = 100_000;
const readable = notLarger(most, { texts: ['kind'], json: ['data'] });

test('rows up to the limit are let through and no larger one is, whether their JSON is compressed or not', async () => {
  const { rows } = await client.query<{ kind: string }>(`select kind from kept where ${readable} group by kind order by kind`);
  expect(rows.map(({ kind }) => kind)).toEqual(['noise', 'none', 'pglz', 'short']);
  const exact = await client.query<{ kind: string }>(
    `select kind from kept where octet_length(kind) + coalesce(octet_length(data::text), 0) <= ${2 * most} group by kind order by kind`,
  );
  expect(rows).toEqual(exact.rows);
  // How much each kind of compression makes of the least: nothing can be longer than that.
  const lz4 = await client.query("select from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals)");
  for (const compression of ['pglz', ...(lz4.rowCount ? ['lz4'] : [])]) {
    await client.query(
      `alter table kept alter column data set compression ${compression}; insert into kept values (6, 'ratio', to_json(repeat('x', 100000000)))`,
    );
    const [row] = (
      await client.query<{ times: number; by: string }>(
        "select octet_length(data::text)::float8 / pg_column_size(data) as times, pg_column_compression(data) as by from kept where kind = 'ratio'",
      )
    ).rows;
    expect(row?.by).toBe(compression);
    expect(row?.times).toBeLessThan(compression === 'pglz' ? 88 : 256);
    await client.query("delete from kept where kind = 'ratio'");
  }
});

test('long JSON is not read to know that', async () => {
  const blocksRead = async (condition: string) => {
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
      `explain (analyze, buffers, format json) select id from kept where kind like '%noise' and ${condition}`,
    );
    const { 'Shared Hit Blocks': hit = 0, 'Shared Read Blocks': read = 0 } = rows[0]!['QUERY PLAN'][0].Plan;
    return hit + read;
  };
  await client.query('vacuum kept');
  const [table] = (await client.query<{ blocks: number }>("select (pg_relation_size('kept') / 8192)::int as blocks")).rows;
  expect(await blocksRead(readable)).toBeLessThanOrEqual(table!.blocks + 5);
  // A hundred of 100 to 300 kB.
  expect(await blocksRead(`octet_length(data::text) <= ${2 * most}`)).toBeGreaterThan(1_000);
});
