import { expect, test } from 'vitest';
import { mistakesIn as mistakesOf, smallPlanWith } from '../../../test/support/small-plan.ts';

const withMetric = (query: string, on = 'erp') =>
  smallPlanWith(["system: erp, query: 'select 1 as count, 2 as of where :from < :to'", `system: ${on}, query: ${JSON.stringify(query)}`]);

test.each([
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
    'a metric that writes',
    withMetric('update log set at = now() where :from < :to'),
    "metric 'adoption': the query begins with 'update': a metric must be one SELECT that only reads",
  ],
])('%s is reported with its place, before anything is applied', (_name, text, answer) => {
  expect(mistakesOf(text)).toEqual([expect.stringContaining(answer)]);
});
