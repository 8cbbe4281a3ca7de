import { describe, expect, test } from 'vitest';
import { mistakesIn as mistakesOf, smallPlanWith } from '../../../test/support/small-plan.ts';

/** The small plan with one other metric in place of its own. */
function withMetric(metric: string, watched = '{ metric: adoption, tune: { above: 0.5 } }'): string {
  return smallPlanWith(
    ["    kind: ratio\n    provider:\n      { kind: sql, system: erp, query: 'select 1 as count, 2 as of where :from < :to' }", metric],
    ['{ metric: adoption, tune: { below: 0.5 }, from: 7d }', watched],
  );
}
const asked = (kind: string, query: string, more = '') => `    kind: ${kind}\n${more}    provider: { kind: sql, system: erp, query: ${JSON.stringify(query)} }`;
const inRange = 'from log where at > :from and at <= :to';

describe('a metric that has a time base and returns what its kind is made of is fine', () => {
  test.each([
    ['a rate', asked('rate', `select count(*) as count ${inRange}`)],
    [
      'a rate per person and day, over a week, of data that is late',
      asked('rate', `select count(*) as count ${inRange}`, '    per: person-day\n    lookback: 7d\n    delay: 36h\n'),
    ],
    ['a ratio', asked('ratio', `select count(*) filter (where bad) as count, count(*) as of ${inRange}`)],
    ['a ratio of distinct people', asked('ratio', `select count(distinct who) as count, cardinality(:people) as of ${inRange}`)],
    ['a sum of parts', asked('rate', `select sum(amount / 100) filter (where price / amount > 2) as count ${inRange}`)],
    [
      'a WITH, a subquery and other ways of naming columns',
      asked(
        'ratio',
        `with l as (select *, 1 as value from log) select (select count(*) from l where at > :from) as "count", l.of from l where at is distinct from :to`,
      ),
    ],
    ['what cannot be read from the text', asked('ratio', `select * from measured(:from, :to)`)],
    ['columns of VALUES', asked('rate', 'values (:from < :to)')],
    ['a gauge of now', asked('gauge', 'select count(*) as value from cases')],
    ['a gauge that looks back', asked('gauge', `select avg(seconds) as value ${inRange}`, '    lookback: 7d\n')],
    ['a share as a gauge, with a cast', asked('gauge', 'select count(*) filter (where open)::float8 / nullif(count(*), 0) as value from cases')],
    ['a fixed ratio', '    kind: ratio\n    provider: { kind: fixed, value: 1 }'],
  ])('%s', (_what, metric) => {
    expect(mistakesOf(withMetric(metric))).toEqual([]);
  });
});

describe('a metric of the old form is named with its rewrite', () => {
  const old = (unit: string, query: string) =>
    mistakesOf(withMetric(`    unit: ${unit}\n    provider: { kind: sql, system: erp, query: ${JSON.stringify(query)} }`));

  test('a count', () => {
    expect(old('count', `select count(*) as value ${inRange}`)).toEqual([
      "plan.yaml:15:5  metrics[0].kind  metric 'adoption': 'kind' is missing: write rate, ratio or gauge",
      "plan.yaml:17:5  metrics[0].unit  metric 'adoption': 'unit' is replaced by 'kind': write kind: rate for a count, kind: ratio, or kind: gauge for a state at an instant",
      "plan.yaml:18:48  metrics[0].provider.query  metric 'adoption' returns `value`, and Rolewave divides now: as a rate write select count(*) as count …. Keep `value` for a gauge, a state at an instant",
    ]);
  });

  test.each([
    [
      'select count(*) filter (where failed)::float8 / nullif(count(*), 0) as value, count(*) as n from log',
      'returns `value` and `n`, and Rolewave divides now: as a ratio write select count(*) filter (where failed) as count, count(*) as of …',
    ],
    [
      'select 100.0 * count(*) filter (where ok) / nullif(count(*), 0) as value, count(*) as n from m17',
      'as a ratio write select count(*) filter (where ok) as count, count(*) as of …',
    ],
    [
      'select count(*) filter (where not ok) / nullif(count(*), 0) as value from m17',
      'as a ratio write select count(*) filter (where not ok) as count, count(*) as of …',
    ],
    ['select round(avg(case when ok then 1 else 0 end), 2) as value from m17', 'as a ratio write the two numbers that it divides as `count` and `of`'],
  ])('%s', (query, words) => {
    expect(old('ratio', query).join('\n')).toContain(words);
  });
});

describe('a metric that would measure something else than it says is refused', () => {
  const at = "metrics[0].provider.query  metric 'adoption'";
  test.each([
    [
      'a value where counts are wanted',
      asked('ratio', `select count(*) filter (where bad)::numeric / nullif(count(*), 0) as value ${inRange}`),
      `${at} is a ratio, which returns \`count\` and \`of\`, and its query returns \`value\`: write select count(*) filter (where bad) as count, count(*) as of …`,
    ],
    [
      'a sample besides a rate',
      asked('rate', `select count(*) as count, 1 as n ${inRange}`),
      `${at} is a rate, which returns \`count\`, and its query returns \`count\` and \`n\``,
    ],
    [
      'a percentage',
      asked('ratio', `select 100 * count(*) filter (where ok) as count, count(*) as of ${inRange}`),
      `${at}: \`count\` is '100 * count(*) filter (where ok)', and Rolewave divides`,
    ],
    [
      'a quotient',
      asked('rate', `select (count(*) / 14) as count ${inRange}`),
      `${at}: \`count\` is '(count(*) / 14)', and Rolewave divides: return whole numbers, the rows that are counted`,
    ],
    ['an average', asked('rate', `select avg(seconds) as count ${inRange}`), 'and Rolewave divides'],
    [
      'a rate over all time',
      asked('rate', 'select count(*) as count from log'),
      `${at} is a rate, which is measured over a range, and its query does not use :from and :to: count only rows with at > :from and at <= :to`,
    ],
    ['a ratio without an end', asked('ratio', 'select count(*) as count, 9 as of from log where at > :from'), 'its query does not use :to'],
    [
      'since go-live',
      asked('rate', 'select count(*) as count from log where at > :start and :from < :to'),
      ':start, which does not exist: use :from, :to, :people, :package. How far back it counts is the lookback of the metric',
    ],
    [
      'a gauge with a range that nobody named',
      asked('gauge', `select avg(seconds) as value ${inRange}`),
      `${at} is a gauge, a state at an instant, and its query uses :from: write how far back it looks`,
    ],
    [
      'a lookback that no statement uses',
      asked('gauge', 'select 1 as value', '    lookback: 7d\n'),
      "metrics[0].lookback  metric 'adoption' has a lookback, and its query does not use :from",
    ],
    [
      'whole numbers divided in a gauge',
      asked('gauge', 'select count(*) filter (where open) / count(*) as value from cases'),
      'divides whole numbers, which PostgreSQL rounds down: write kind: ratio',
    ],
    [
      'per of a ratio',
      asked('ratio', `select 1 as count, 2 as of ${inRange}`, '    per: day\n'),
      "metrics[0].per  metric 'adoption' is a ratio, which is divided by no days: remove per, or write kind: rate",
    ],
    [
      'an unknown per',
      asked('rate', `select 1 as count ${inRange}`, '    per: week\n'),
      "metrics[0].per  metric 'adoption': 'per' must be day or person-day, but is 'week'",
    ],
    ['a fixed percentage', '    kind: ratio\n    provider: { kind: fixed, value: 25 }', 'is a ratio, which lies between 0 and 1, and always answers 25'],
    ['a fixed rate below 0', '    kind: rate\n    provider: { kind: fixed, value: -1 }', 'is a rate, which is never below 0, and always answers -1'],
  ])('%s', (_what, metric, words) => {
    expect(mistakesOf(withMetric(metric))).toEqual([expect.stringContaining(words)]);
  });
});

test('a lookback or a delay of years is refused', () => {
  const years = mistakesOf(withMetric(asked('rate', `select 1 as count ${inRange}`, '    lookback: 900d\n    delay: 400d\n')));
  expect(years).toContainEqual(expect.stringContaining("metrics[0].lookback  metric 'adoption': a lookback of 900d is too long; it is at most 366d"));
  expect(years).toContainEqual(expect.stringContaining("metrics[0].delay  metric 'adoption': a delay of 400d is too long; it is at most 366d"));
});

describe('a bound that its metric can never be held against is refused', () => {
  const rate = (more = '', query = `select count(*) as count ${inRange}`) => asked('rate', query, more);
  test.each([
    [
      'a lookback longer than the watch',
      rate('    lookback: 15d\n'),
      '{ metric: adoption, tune: { above: 5 } }',
      "'adoption' is never judged in this watch: its lookback and delay are covered 15d after go-live, when the watch of 14d is over",
    ],
    ['a delay that the watch does not wait for', rate('    delay: 14d\n'), '{ metric: adoption, tune: { above: 5 } }', 'covered 15d after go-live'],
    [
      'more failures allowed than judged evaluations',
      rate('    lookback: 10d\n'),
      '{ metric: adoption, tune: { above: 5 }, failuresAllowed: 5 }',
      '5 failures are allowed, and the watch has no more evaluations than that',
    ],
    [
      'distinct people against two weeks of them',
      rate('', `select count(distinct who) as count ${inRange}`),
      '{ metric: adoption, tune: { aboveBaselineTimes: 2 } }',
      'compares a count of what is distinct, which does not add up over time, with the 14 days before go-live',
    ],
    [
      'a minimum that hides too little',
      rate(),
      '{ metric: adoption, tune: { below: 5 }, minimum: 3 }',
      "'adoption' is a rate with a bound below, and minimum would hide the few that it counts",
    ],
    [
      'samples of a gauge',
      asked('gauge', 'select 1 as value'),
      '{ metric: adoption, tune: { above: 5 }, minimum: 3 }',
      "'adoption' is a gauge, which has no samples: remove minimum",
    ],
    ['a rate below 0', rate(), '{ metric: adoption, tune: { below: 0 } }', 'a rate is never below 0, and nothing is below 0'],
  ])('%s', (_what, metric, watched, words) => {
    expect(mistakesOf(withMetric(metric, watched))).toEqual([expect.stringContaining(words)]);
  });

  test.each([
    [
      'distinct people over the same two weeks',
      rate('    lookback: 14d\n', `select count(distinct who) as count ${inRange}`),
      '{ metric: adoption, tune: { aboveBaselineTimes: 2 } }',
    ],
    ['a lookback that the last evaluation covers', rate('    lookback: 12d\n    delay: 2d\n'), '{ metric: adoption, tune: { above: 2 } }'],
    ['a gauge below 0', asked('gauge', 'select 1 as value'), '{ metric: adoption, tune: { below: -5 } }'],
    ['a rise with a minimum', rate(), '{ metric: adoption, tune: { above: 5 }, minimum: 3 }'],
  ])('and %s is fine', (_what, metric, watched) => {
    expect(mistakesOf(withMetric(metric, watched))).toEqual([]);
  });
});
