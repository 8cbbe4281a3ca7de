/**
 * What the operator of a plan can try by a metric's statement, over HTTP and with a real token, against a worker that serves other plans: read what only
 * Rolewave's login may read, bring the worker down, and reach other sessions.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metric, planInput, roles, watch, type PlanInput } from '../support/plan.ts';
import { startSite, type Site } from '../server/site.ts';
import { historyText } from './history-text.ts';

let site: Site;
const secret = 'the-salary-of-the-director-is-4711';

beforeAll(async () => {
  site = await startSite();
  await site.erp.run(`
    create table salaries (who text, what text); insert into salaries values ('director', '${secret}');
    grant select on salaries to public;
    create function told(what text) returns int language plpgsql as $$ begin raise exception '%', what using detail = what, hint = what; end $$;
    create function megabytes(many int) returns int language plpgsql as $$ begin raise exception '%', repeat('x', many * 1048576); end $$;
    create function notices() returns int language plpgsql as $$ begin
      perform set_config('client_min_messages', 'notice', true);
      for n in 1..1000000 loop raise notice '%', repeat('x', 1000); end loop; return 1; end $$;
    create function killing() returns int language plpgsql as $$ begin
      perform pg_terminate_backend(pid) from pg_stat_activity where usename = session_user and pid <> pg_backend_pid(); return 1; end $$`);
});
afterAll(() => site?.close());

const planWith = (query: string, id = 'hostile'): PlanInput =>
  planInput({
    plan: id,
    metrics: [metric('m', { provider: { kind: 'sql', system: 'erp', query } })],
    packages: [{ legacy: [], entitlements: roles('erp', 'pg_monitor_not_there'), watch: watch('14d', { metric: 'm', tune: { above: 100 } }) }],
  });
const tried = (query: string, id?: string) => site.api.send('ines', 'POST', '/v1/plans/metric-trial?metric=m', JSON.stringify(planWith(query, id)));
const measured = async (query: string) => (await tried(query)).body['evaluation']?.measured as { kind: string; why?: string; value?: number };
const anotherPlanIsMeasured = async () => {
  const { status, body } = await tried('select 42 as value', 'another');
  expect([status, body['evaluation']?.measured]).toEqual([200, expect.objectContaining({ kind: 'value', value: 42 })]);
};

test.each([
  ['select (select what from salaries)::int as value', 'a value cannot be read as the type'],
  ['select extract(epoch from (select what from salaries)::timestamptz) as value', 'a value is not a date or time'],
  ['select told((select what from salaries)) as value', 'a function that it uses raised an exception (SQLSTATE P0001)'],
  ['select value from (select 1 as value) a where (select what from salaries)::json is not null', 'a value cannot be read as the type'],
])('no error text carries what a statement has read: %s', async (query, words) => {
  const { status, body } = await tried(query);
  expect(status).toBe(200);
  expect(body['evaluation'].measured).toEqual(expect.objectContaining({ kind: 'error', why: expect.stringContaining(words) }));
  expect(JSON.stringify(body)).not.toContain(secret);
  for await (const run of site.api.client.workflow.list({ query: "WorkflowType = 'metricTrial'" })) {
    const history = await site.api.client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    expect(historyText(history)).not.toContain(secret);
  }
});

test('the full text is in the log of the worker', async () => {
  await expect.poll(() => readFile(join(site.api.config.home, 'worker.log'), 'utf8')).toContain(secret);
});

test.each([
  [
    'half a gigabyte in another column',
    "select * from (select 1 as value, repeat('x', n) as other from generate_series(500000000, 500000000) as n) as a",
    'and nothing else',
  ],
  ['half a gigabyte in its own column', "select repeat('x', n) as value from generate_series(500000000, 500000000) as n", 'is not a number'],
  ['a number of a hundred thousand digits', "select repeat('9', 100000)::numeric as value", '64 digits or more'],
  ['a million rows', 'select n as value from generate_series(1, 1000000) as n', 'more than one row'],
  ['an error of 64 megabytes', 'select megabytes(64) as value', 'send more than 1 MB'],
  ['notices without end', 'select notices() as value', 'send more than 1 MB'],
])('%s leaves the worker at work for other plans', async (_what, query, words) => {
  expect(await measured(query)).toEqual(expect.objectContaining({ kind: 'error', why: expect.stringContaining(words) }));
  await anotherPlanIsMeasured();
});

test('ending all sessions of its login ends no work: other plans go on', async () => {
  expect(await measured('select killing() as value')).toEqual(expect.objectContaining({ kind: 'value', value: 1 }));
  await anotherPlanIsMeasured();
});

test.each([
  ['select length(set_config($$role$$, $$postgres$$, false)) as value', 'set_config'],
  ['select pg_terminate_backend(1)::int as value', 'pg_terminate_backend'],
  ['select 1 as value from pg_advisory_lock(1)', 'pg_advisory_lock'],
  ['select 1 as value) as a; drop table salaries; select * from (select 1', 'closing )'],
  ["select 1 as value) as measured union all select repeat('x', 500000000)::numeric from (select 1", 'closing )'],
])('a plan with such a statement is refused before anything runs: %s', async (query, words) => {
  const { status, body } = await tried(query);
  expect(status).toBe(422);
  expect(JSON.stringify(body)).toContain(words);
});
