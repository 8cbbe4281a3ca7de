import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 });
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

test('an operator cannot remove themselves from the plan; another operator must do it', async () => {
  const refused = await api.send('ines', 'POST', '/v1/plans', planText({ operators: ['hugo'] }));
  expect([refused.status, refused.body.code]).toEqual([403, 'not-an-operator']);
});

test('someone who is not an operator cannot run a simulation either: it reads the live systems', async () => {
  const refused = await api.send('olga', 'POST', '/v1/plans/simulate', planText());
  expect([refused.status, refused.body.code]).toEqual([403, 'not-an-operator']);
});
