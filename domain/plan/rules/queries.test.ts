import { expect, test } from 'vitest';
import { mistakesIn as mistakesOf, smallPlanWith } from '../../../test/support/small-plan.ts';

const erp = '{ id: erp, kind: postgres, connection: ERP_DATABASE_URL }';
const withUsage = (usage: string, system = erp) => smallPlanWith([system, system.replace(' }', `, usage: ${JSON.stringify(usage)} }`)]);
const withMetric = (query: string, on = 'erp') =>
  smallPlanWith(["system: erp, query: 'select 1 as count, 2 as of where :from < :to'", `system: ${on}, query: ${JSON.stringify(query)}`]);

test.each([
  [
    'a usage statement with all its parameters',
    withUsage(
      'select who as account, what as role, max(at) as at from log where who = any(:people) and what = any(:roles) and at >= :from and at < :to group by 1, 2',
    ),
  ],
  [
    'a metric with all its parameters',
    withMetric(
      'select count(*) filter (where bad) as count, count(*) as of from log where at >= :from and at < :to and who = any(:people) and pack = :package',
    ),
  ],
])('%s is valid', (_name, text) => {
  expect(mistakesOf(text)).toEqual([]);
});

test.each([
  [
    'an unknown parameter',
    withUsage('select account, role, at from log where at >= :form'),
    "plan.yaml:4:69  systems[0].usage  the usage statement of 'erp': the query uses :form, which does not exist: use :from, :to, :people, :roles",
  ],
  ["a metric's parameter", withUsage('select account, role, at from log where at >= :start'), 'uses :start, which does not exist'],
  ['a statement that writes', withUsage('delete from log'), "the query begins with 'delete': a usage statement must be one SELECT that only reads"],
  ['two statements', withUsage('select 1; select 2'), 'the query has several statements: a usage statement must be one SELECT'],
  ['a comment alone', withUsage('-- later'), 'the query is empty: a usage statement must be one SELECT with the columns `account`, `role` and `at`'],
  [
    'a metric with an unknown parameter',
    withMetric('select :peple as count, 1 as of where :from < :to'),
    "metrics[0].provider.query  metric 'adoption': the query uses :peple, which does not exist: use :from, :to, :people, :package",
  ],
  [
    'a metric that queries a system without SQL',
    withMetric('select 1 as count, 1 as of where :from < :to', 'lab'),
    "metrics[0].provider.system  metric 'adoption' queries 'lab' in SQL, but a system of kind none does not take SQL",
  ],
  [
    'a usage statement where a system takes none',
    withUsage('select 1', '{ id: lab, kind: none, connection: LAB_URL }'),
    "systems[1].usage  system 'lab': unknown key 'usage'",
  ],
  [
    'a metric that writes',
    withMetric('update log set at = now() where :from < :to'),
    "metric 'adoption': the query begins with 'update': a metric must be one SELECT that only reads",
  ],
])('%s is reported with its place, before anything is applied', (_name, text, answer) => {
  expect(mistakesOf(text)).toEqual([expect.stringContaining(answer)]);
});
