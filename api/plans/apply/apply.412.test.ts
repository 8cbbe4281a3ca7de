import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 });
});
afterAll(() => api.close());

const datedPlan = (month: number) => planText({ goLive: `2027-0${month}-01T18:00:00Z` });

test('a change based on an older revision is refused with the current revision', async () => {
  await api.send('ines', 'POST', '/v1/plans', datedPlan(1), { 'if-match': '0' });
  await api.send('ines', 'POST', '/v1/plans', datedPlan(2), { 'if-match': '"1"' });
  const refused = await api.send('hugo', 'POST', '/v1/plans', datedPlan(3), { 'if-match': '"1"' });
  expect([refused.status, refused.body]).toMatchObject([412, { code: 'plan-conflict', revision: 2 }]);
  expect((await api.send('hugo', 'GET', '/v1/plans/test')).headers.get('etag')).toBe('"2"');
});

test('when two people apply different plans at once, one wins and the other is refused', async () => {
  const both = await Promise.all([4, 5].map((month) => api.send('ines', 'POST', '/v1/plans', datedPlan(month), { 'if-match': '2' })));
  expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 412]));
});

test('an If-Match that is not a revision is 400', async () => {
  const refused = await api.send('ines', 'POST', '/v1/plans', datedPlan(6), { 'if-match': '"abc"' });
  expect([refused.status, refused.body.code]).toEqual([400, 'bad-if-match']);
});
