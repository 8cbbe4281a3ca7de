/** Which of a real server's own functions and relations a statement of a plan may name. Each function that may read more than its arguments was looked at. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metricForm, numbered } from '../../domain/plan/query.ts';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { installedServers, startOlderServer } from '../../test/support/older-postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase('refused');
});
afterAll(() => database?.drop());

const isRefused = (query: string): boolean => {
  try {
    numbered(query, metricForm);
    return false;
  } catch {
    return true;
  }
};

/** Looked at one by one: they depend on the clock, the time zone, the session itself or chance, or turn their own arguments into text. */
const harmless = new Set(
  `age anytextcat array_sample array_shuffle array_to_json array_to_string clock_timestamp concat concat_ws convert convert_from convert_to current_database
  current_schema current_schemas current_setting current_user date date_add date_part date_subtract date_trunc enum_first enum_last enum_range extract format
  gen_random_uuid generate_series get_current_ts_config getdatabaseencoding getpgusername in_range interval_pl_timestamptz json_agg json_agg_strict
  json_build_array json_build_object json_object_agg json_object_agg_strict json_object_agg_unique json_object_agg_unique_strict json_populate_record
  json_populate_recordset json_to_record json_to_recordset json_to_tsvector jsonb_agg jsonb_agg_strict jsonb_build_array jsonb_build_object jsonb_object_agg
  jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_agg_unique_strict jsonb_populate_record jsonb_populate_record_valid jsonb_populate_recordset
  jsonb_to_record jsonb_to_recordset jsonb_to_tsvector length make_timestamptz money now numeric overlaps pg_column_compression pg_column_size pg_typeof
  phraseto_tsquery plainto_tsquery quote_literal quote_nullable random random_normal row_to_json session_user statement_timestamp system_user textanycat time
  timeofday timestamp timestamptz timestamptz_mi_interval timestamptz_pl_interval timetz timezone to_char to_date to_json to_jsonb to_number to_timestamp
  to_tsquery to_tsvector transaction_timestamp ts_debug ts_headline ts_lexize ts_match_tq ts_match_tt ts_parse ts_token_type uuidv4 uuidv7 version
  websearch_to_tsquery xml xml_is_well_formed`.split(/\s+/),
);
const harmlessFamilies =
  /^(date|timestamp|timestamptz)_(cmp|eq|ge|gt|le|lt|ne)_\w+$|^jsonb_path_\w+_tz$|^(bpchar|cash_|date_|interval_|name|regconfig|regdictionary|text|time_|timestamp_|timestamptz_|timetz_|varchar|xml_|cstring_|brin_\w+_summary_)(in|out|recv|send)$/;

/** All but those that no statement can call, because they take or return what only the server has. `reads`: more than its arguments, or names of the server's. */
const functionsOf = `
  with types as (select oid, array(select t::regtype::text from unnest(array_append(proargtypes::oid[], prorettype)) t) as names from pg_proc)
  select distinct proname as name from pg_proc p join types using (oid)
  where pronamespace = 'pg_catalog'::regnamespace
    and not names && array['internal', 'trigger', 'event_trigger', 'language_handler', 'tsm_handler', 'index_am_handler', 'table_am_handler', 'fdw_handler']
    and (provolatile <> 'i' or exists (select from unnest(names) n where n ~ '^(aclitem|reg)'))`;

async function named(url: string, query: string): Promise<string[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<{ name: string }>(query)).rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function notLookedAt(url: string): Promise<string[]> {
  const names = await named(url, functionsOf);
  expect(names.length).toBeGreaterThan(500);
  const forms = (name: string) => [`select pg_catalog.${name}(1) as value`, `select ("x") . "${name}" as value from t`, `select x.${name} as value from t x`];
  return names.filter((name) => !forms(name).every(isRefused) && !harmless.has(name) && !harmlessFamilies.test(name));
}

test('every function of the server that reads more than its arguments is refused or was looked at', async () => {
  expect(await notLookedAt(database.url)).toEqual([]);
});

test.skipIf(installedServers.length === 0)('the same for other versions of the server', async () => {
  for (const { version, binaries } of installedServers) {
    const server = await startOlderServer(binaries);
    try {
      expect([version, await notLookedAt(server.url)]).toEqual([version, []]);
    } finally {
      await server.stop();
    }
  }
});

test('every relation of the catalogs is refused, however it is written', async () => {
  const relations = await named(
    database.url,
    `select relname as name from pg_class where relnamespace in ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace) and relkind in ('r', 'v', 't')`,
  );
  expect(relations.length).toBeGreaterThan(100);
  expect(relations.filter((name) => !isRefused(`select count(*) as value from ${name}`) || !isRefused(`table "pg_catalog"."${name}"`))).toEqual([]);
});

test.each([
  "select count(*) as value from generate_series(1, 9) o where pg_describe_object(1261, o::oid, 0) = 'membership of role a in role b'",
  'select ascii((pg_identify_object(1260, 10, 0)).identity) as value',
  "select (pg_get_object_address('role', '{ann}', '{}')).objid::bigint as value",
  "select length(acldefault('r', 10)::text) as value",
  "select length('=r/x'::aclitem::text) as value",
  `select length(cast('{}' as "aclitem"[])::text) as value`,
  "select has_table_privilege('ann', 'orders', 'select')::int as value",
  "select pg_catalog . \"has_schema_privilege\" /* a comment */ ('ann', 'sales', 'usage')::int as value",
  'select length(10::oid::regrole::text) as value',
  'select length(16384::regclass::text) as value',
  "select length(obj_description(16384, 'pg_class')) as value",
  'select length(format_type(16384, null)) as value',
  'select length(textin(regroleout(10))) as value',
  "select cardinality(array_in('{ann}', 4096, -1)) as value",
  "select pg_input_is_valid('ann', 'reg' || 'role')::int as value",
  "select count(*) as value from json_to_record('{}') as x(a regrole)",
  "select ('select 1'::text).ts_stat is null as ok, 1 as value",
  'select length(((\'a\'::text) /* a comment */ . "dblink_connect")) as value',
  "select (x.t).crosstab as value from (select 'select 1'::text) as x(t)",
  'select length(o.pg_get_viewdef) as value from (select 1::oid) o',
])('a statement that reads roles or what belongs to others is refused before it runs: %s', (query) => {
  expect(isRefused(query)).toBe(true);
});

test.each([
  'select count(*) as value from orders where at >= :from and at < :to',
  'select count(*) filter (where failed) as count, count(*) as of from app.runs r join region on region.id = r.region where account = any(:people)',
  "select coalesce(percentile_cont(0.95) within group (order by extract(epoch from took)), 0) as value from runs where date_trunc('day', at) = :from::date",
  "with d as (select jsonb_build_object('a', 1) as o, to_char(at, 'YYYY') y, regexp_replace(t, 'a', 'b') t, register, regr_slope(a, b) from x group by 1) select count(*) as value from d",
  'select count(*) filter (where c.email_validator is null) as value from app.checks c',
  'select count(*) as value from app.has_paid(:from) as paid join acl_entries using (id) where app.format_amount(sum) <> :package',
  "select pg_typeof(1)::text = 'integer' as ok, count(*) as value from t where to_tsvector('simple'::regconfig, body) @@ plainto_tsquery('late')",
])('an ordinary statement is not refused: %s', (query) => {
  expect(isRefused(query)).toBe(false);
});
