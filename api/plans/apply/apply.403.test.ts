import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint(
    { answerWithinMs: 300 },
    { administrators: { people: ['otto'] }, plans: [{ plan: 'test', apply: { people: ['ines', 'hugo', 'olga'] }, systems: [{ system: 'erp' }] }] },
  );
});
afterAll(() => api.close());

test('someone who is not an operator of the plan cannot apply it, and nothing is stored', async () => {
  const refused = await api.send('olga', 'POST', '/v1/plans', planText());
  expect([refused.status, refused.body.code]).toEqual([403, 'not-an-operator']);
  expect((await api.send('olga', 'GET', '/v1/plans')).body).toEqual([]);
});

test('nobody can appoint themselves in a new revision, however its text is written', async () => {
  await api.send('ines', 'POST', '/v1/plans', planText());
  const mine = planText({ operators: ['ines', 'hugo', 'olga'] });
  for (const text of [
    mine,
    mine.replace('plan: test', '"plan": "test"'),
    mine.replace('plan: test', '? plan\n: test'),
    mine.replace('plan: test', 'plan: >-\n  test'),
    `${mine.replace('plan: test\n', '')}\nplan: test\n`,
  ]) {
    const refused = await api.send('olga', 'POST', '/v1/plans', text);
    expect([refused.status, refused.body.code]).toEqual([403, 'not-an-operator']);
  }
  expect((await api.send('olga', 'GET', '/v1/plans/test')).body).toMatchObject({ number: 1, appliedBy: 'ines' });
});

test('someone whom the site does not let apply the plan cannot, as an operator either, and learns nothing of it', async () => {
  const mine = (plan: string) => planText({ plan, operators: ['sam', 'ines'] });
  for (const route of ['/v1/plans', '/v1/plans/simulate', '/v1/plans/metric-trial?metric=exceptions']) {
    const [there, notThere] = [await api.send('sam', 'POST', route, mine('test')), await api.send('sam', 'POST', route, mine('other'))];
    expect([there.status, there.body.code, there.body.detail]).toEqual([403, 'not-an-applier', 'The site lets you apply no plan.']);
    expect(notThere.body.detail.replace('other', 'test')).toBe(there.body.detail);
  }
});

test('what a stranger learns from the mistakes of a plan is the same, whether it was applied or not', async () => {
  // The date was valid when the plan was applied; only those who may know of it are told so.
  const past = (plan: string) => planText({ plan, goLive: '2020-03-01T18:00:00Z' });
  const [there, notThere] = [await api.send('stranger', 'POST', '/v1/plans', past('test')), await api.send('stranger', 'POST', '/v1/plans', past('other'))];
  expect([there.status, there.body.detail]).toEqual([notThere.status, notThere.body.detail.replace('other', 'test')]);
});

test('an operator cannot remove themselves from the plan; another operator must do it', async () => {
  const refused = await api.send('ines', 'POST', '/v1/plans', planText({ operators: ['hugo'] }));
  expect([refused.status, refused.body.code]).toEqual([403, 'not-an-operator']);
});

test('someone who is not an operator cannot run a simulation either: it reads the live systems', async () => {
  const refused = await api.send('olga', 'POST', '/v1/plans/simulate', planText());
  expect([refused.status, refused.body.code]).toEqual([403, 'not-an-operator']);
});
