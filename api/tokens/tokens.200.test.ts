import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../test/support/endpoint.ts';
import type { Endpoint } from '../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 });
});
afterAll(() => api.close());

test('before a plan is applied, its people are those of the plan in the request', async () => {
  const unknown = await api.send('', 'POST', '/v1/tokens', { person: 'ines' });
  expect([unknown.status, unknown.body.code]).toEqual([404, 'unknown-person']);
  const issued = await api.send('', 'POST', '/v1/tokens', { person: 'ines', plan: planText() });
  expect([issued.status, issued.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const { sub, exp = 0 } = decodeJwt(issued.body.token as string);
  expect([sub, Math.round((exp * 1_000 - Date.now()) / 60_000)]).toEqual(['ines', 15]);
});

test('afterwards, those of the applied plan', async () => {
  await api.send('ines', 'POST', '/v1/plans', planText());
  expect((await api.send('', 'POST', '/v1/tokens', { person: 'olga' })).status).toBe(200);
  const detailFor = async (person: string) => {
    const { status, body } = await api.send('', 'POST', '/v1/tokens', { person });
    return [status, body['detail']];
  };
  expect(await detailFor('nobody.here')).toEqual([404, "'nobody.here' is not the id of a person of any applied plan. The operators are ines, hugo."]);
  expect(await detailFor('olgaa')).toEqual([404, "'olgaa' is not the id of a person of any applied plan; did you mean 'olga'?"]);
});

test('without a name it is for the first who operates every plan, and before one is applied it says that there is nobody', async () => {
  const other = await startEndpoint({ answerWithinMs: 300 });
  try {
    const nobody = await other.send('', 'POST', '/v1/tokens', {});
    expect([nobody.status, nobody.body['detail']]).toEqual([404, 'No plan is applied yet, so there is no operator.']);
    const asked = await other.send('', 'POST', '/v1/tokens', { plan: planText() });
    expect([asked.status, asked.body['person'], decodeJwt(asked.body.token as string).sub]).toEqual([200, 'ines', 'ines']);
    await other.send('ines', 'POST', '/v1/plans', planText());
    expect((await other.send('', 'POST', '/v1/tokens', {})).body['person']).toBe('ines');
  } finally {
    await other.close();
  }
});
