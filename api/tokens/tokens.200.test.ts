import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../test/support/endpoint.ts';
import type { Endpoint } from '../../test/support/endpoint.ts';
import { operatorsApply } from '../../test/support/site.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 }, operatorsApply);
});
afterAll(() => api.close());

test('before a plan is applied, there are the people of the site file, and those of the plan in the request', async () => {
  const unknown = await api.send('', 'POST', '/v1/tokens', { person: 'olga' });
  expect([unknown.status, unknown.body.code]).toEqual([404, 'unknown-person']);
  for (const asked of [{ person: 'root' }, { person: 'ines' }, { person: 'root', plan: planText() }])
    expect([asked, (await api.send('', 'POST', '/v1/tokens', asked)).status]).toEqual([asked, 200]);
  const issued = await api.send('', 'POST', '/v1/tokens', { person: 'olga', plan: planText() });
  expect([issued.status, issued.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const { sub, exp = 0 } = decodeJwt(issued.body.token as string);
  expect([sub, Math.round((exp * 1_000 - Date.now()) / 60_000)]).toEqual(['olga', 15]);
});

test('afterwards, those of the applied plan too', async () => {
  await api.send('ines', 'POST', '/v1/plans', planText());
  expect((await api.send('', 'POST', '/v1/tokens', { person: 'olga' })).status).toBe(200);
  const detailFor = async (person: string) => {
    const { status, body } = await api.send('', 'POST', '/v1/tokens', { person });
    return [status, body['detail']];
  };
  expect(await detailFor('nobody.here')).toEqual([
    404,
    "'nobody.here' is not the id of a person of any applied plan or of the site file. The operators are ines, hugo.",
  ]);
  expect(await detailFor('olgaa')).toEqual([404, "'olgaa' is not the id of a person of any applied plan or of the site file; did you mean 'olga'?"]);
});

test('without a name it is for the first who operates every plan, and where there is no such person, who asks is told to say who they are', async () => {
  const other = await startEndpoint({ answerWithinMs: 300 });
  try {
    const nobody = await other.send('', 'POST', '/v1/tokens', {});
    expect([nobody.status, nobody.body['code'], nobody.body['detail']]).toEqual([
      422,
      'no-person-named',
      'No plan is applied yet, so there is no operator who could be meant.',
    ]);
    const asked = await other.send('', 'POST', '/v1/tokens', { plan: planText() });
    expect([asked.status, asked.body['person'], decodeJwt(asked.body.token as string).sub]).toEqual([200, 'ines', 'ines']);
    await other.send('ines', 'POST', '/v1/plans', planText());
    expect((await other.send('', 'POST', '/v1/tokens', {})).body['person']).toBe('ines');
    const theirs = planText({ plan: 'another', operators: ['otto'] });
    expect((await other.send('otto', 'POST', '/v1/plans', theirs)).status).toBe(200);
    const several = await other.send('', 'POST', '/v1/tokens', {});
    expect([several.status, several.body['title'], several.body['detail']]).toEqual([
      422,
      'The request does not say who you are',
      'Several plans are applied, and nobody operates all of them who could be meant.',
    ]);
  } finally {
    await other.close();
  }
});
