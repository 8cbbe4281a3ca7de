import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../test/support/endpoint.ts';
import type { Endpoint } from '../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 });
  await api.send('ines', 'POST', '/v1/plans', planText({ second: true }));
});
afterAll(() => api?.close());

test.each([
  ['/v1/waves?plans=test', 'plans', 'is unknown: use plan, wave, state, owner, team, risk, text, since, full, limit, cursor'],
  ["/v1/waves?plan=test'%20OR%20'1'='1", 'plan', 'is not an id'],
  ['/v1/waves?state=Stable', 'state', "'Stable' is not one of readiness, preview,"],
  ['/v1/waves?full=1', 'full', "'1' is not true or false"],
  ['/v1/waves?full=true&full=true', 'full', 'is given more than once'],
  ['/v1/packages?state=stable', 'state', "'stable' is not one of Scheduled, Release ready,"],
  ['/v1/packages?risk=low,huge', 'risk', "'huge' is not one of low, medium, high"],
  ['/v1/packages?limit=0', 'limit', "'0' is not a whole number from 1 to 500"],
  ['/v1/packages?limit=501', 'limit', 'from 1 to 500'],
  ['/v1/packages?limit=ten', 'limit', 'from 1 to 500'],
  ['/v1/packages?since=yesterday', 'since', "'yesterday' is not a date"],
  ['/v1/packages?text=', 'text', 'must have 1 to 200 characters'],
  ['/v1/notices?open=maybe', 'open', "'maybe' is not true or false"],
  ['/v1/notices?plan=NO', 'plan', "'NO' is not an id"],
  ['/v1/notices?opened=true', 'opened', 'is unknown'],
  ['/v1/events?owner=', 'owner', 'is not an id'],
  ['/v1/events?cursor=abc', 'cursor', 'is not a cursor of this list with these filters'],
  [`/v1/events?plan=${Array.from({ length: 101 }, (_, index) => `p${index}`).join(',')}`, 'plan', 'has 101 values: give at most 100'],
])('%s is refused with the name of the parameter and the possible values', async (path, parameter, message) => {
  const { status, body } = await api.send('ann', 'GET', path);
  expect([status, body.code]).toEqual([422, 'malformed']);
  expect(body.mistakes).toContainEqual({ path: parameter, message: expect.stringContaining(message) });
  expect(body.detail).toContain(`${parameter}: `);
});

test('a cursor that was altered, or belongs to another list or to other filters, is refused', async () => {
  const { body } = await api.send('ann', 'GET', '/v1/waves?limit=1');
  const bytes = Buffer.from(body.next, 'base64url');
  bytes[13]! ^= 1;
  for (const path of [
    `/v1/waves?limit=1&cursor=${bytes.toString('base64url')}`,
    `/v1/waves?limit=1&cursor=${body.next.slice(0, -4)}`,
    `/v1/waves?limit=1&cursor=${Buffer.from('["test","wave-0"]').toString('base64url')}`,
    `/v1/waves?limit=1&plan=test&cursor=${body.next}`,
    `/v1/packages?cursor=${body.next}`,
    '/v1/notices?cursor=',
  ]) {
    const refused = await api.send('ann', 'GET', path);
    expect([path, refused.status, refused.body.mistakes?.[0].path]).toEqual([path, 422, 'cursor']);
  }
  expect((await api.send('ann', 'GET', `/v1/waves?limit=1&cursor=${body.next}`)).status).toBe(200);
});
