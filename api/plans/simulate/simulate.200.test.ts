import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
});
afterAll(() => api.close());

test('a plan is compared with the live systems, and nothing is stored or changed', async () => {
  const simulated = await api.send('ines', 'POST', '/v1/plans/simulate', planText());
  expect([simulated.status, simulated.body]).toMatchObject([
    200,
    {
      plan: 'test',
      packages: [{ package: 'clerk', parts: [{ system: 'erp', people: 3, toGrant: 3, alreadyThere: 0, toRetire: 1 }] }],
      totals: { erp: { toGrant: 3, toRetire: 1 } },
    },
  ]);
  expect((await api.send('ines', 'GET', '/v1/plans')).body).toEqual([]);
});
