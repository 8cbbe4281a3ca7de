import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ workerWithinMs: 1_500 });
});
afterAll(() => api.close());

test('without a worker nobody can ask the systems, and the answer says so', async () => {
  const refused = await api.send('ines', 'POST', '/v1/plans/simulate', planText());
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'no-worker', '5']);
});
