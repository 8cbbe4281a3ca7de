import { afterAll, beforeAll, expect, test } from 'vitest';
import { metric, watch } from '../../../test/support/plan.ts';
import { planText, startEndpoint, type Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint(
    {},
    { administrators: { people: ['otto'] }, plans: [{ plan: '*', apply: { people: ['ines', 'olga'] }, systems: [{ system: 'erp' }] }] },
  );
  await api.startWorker();
});
afterAll(() => api.close());

const watched = { watch: watch('14d', { metric: 'exceptions', tune: { above: 10 } }) };
const text = (value: number) =>
  planText({ metrics: [metric('idle'), metric('exceptions', { kind: 'rate', provider: { kind: 'fixed', value } })], clerk: watched });
const tried = (by: string, plan: string, query = 'metric=exceptions') => api.send(by, 'POST', `/v1/plans/metric-trial?${query}`, plan);

test('an operator tries a metric of a plan that is not applied, for the people of the package that watches it; nothing is stored', async () => {
  const { status, body } = await tried('ines', text(3));
  expect([status, body]).toMatchObject([
    200,
    { metric: 'exceptions', package: 'clerk', kind: 'rate', people: 3, evaluation: { measured: { kind: 'value', value: 3, unit: 'perDay' } } },
  ]);
  expect((await api.send('ines', 'GET', '/v1/plans')).body).toEqual([]);
});

test('nobody else tries one, not even its owner the plan as it is applied: a statement runs with the rights of the site', async () => {
  expect((await tried('olga', text(3))).body).toMatchObject({ status: 403, code: 'not-an-operator' });
  expect((await api.send('ines', 'POST', '/v1/plans', text(3))).status).toBe(200);
  expect((await tried('olga', text(3))).body).toMatchObject({ status: 403, code: 'not-an-operator' });
  expect((await tried('olga', text(4))).body).toMatchObject({ status: 403, code: 'not-an-operator' });
  expect((await tried('ann', text(3))).body).toMatchObject({ status: 403, code: 'not-an-applier' });
});

test.each([
  ['metric=exeptions', 404, 'unknown-metric', "did you mean 'exceptions'?"],
  ['metric=exceptions&package=clark', 404, 'unknown-package', "did you mean 'clerk'?"],
  ['package=clerk', 422, 'malformed', ''],
])('%s: %i %s', async (query, status, code, words) => {
  const refused = await tried('ines', text(3), query);
  expect([refused.status, refused.body['code']]).toEqual([status, code]);
  expect(refused.body['detail']).toContain(words);
});
