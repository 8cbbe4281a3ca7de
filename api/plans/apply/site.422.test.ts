/** What the site does not let a plan do is refused with each place in the plan, wherever a plan is sent, and nothing is stored. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../../store/open.ts';
import { planText, startEndpoint, type Endpoint } from '../../../test/support/endpoint.ts';

let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint({ answerWithinMs: 300 }, { plans: [{ plan: 'test', systems: [{ system: 'erp', roles: ['old_*'] }] }] });
});
afterAll(() => endpoint?.close());

const refused = {
  code: 'site-refuses',
  status: 422,
  mistakes: [
    {
      file: 'plan.yaml',
      line: expect.any(Number),
      column: expect.any(Number),
      path: 'packages[0].entitlements[0].role',
      message: "the site does not let plan 'test' use the role 'clerk' of the system 'erp'",
    },
  ],
};

test.each(['/v1/plans', '/v1/plans/simulate', '/v1/plans/metric-trial?metric=exceptions'])('%s', async (path) => {
  const answered = await endpoint.send('ines', 'POST', path, planText());
  expect([answered.status, answered.body]).toEqual([422, expect.objectContaining(refused)]);
});

test('nothing of it was stored or started, and the same plan is taken once the site lets it', async () => {
  const store = await openStore(endpoint.config.databaseUrl, { migrate: true });
  expect(await store.plans()).toEqual([]);
  await store.close();
  expect(JSON.stringify((await endpoint.send('ines', 'GET', '/v1/waves')).body)).not.toContain('wave-1');
  await endpoint.changeSite({});
  expect((await endpoint.send('ines', 'POST', '/v1/plans', planText())).status).toBe(200);
});

test('someone who is not an operator is refused for that, and learns nothing of what the site lets the plan do', async () => {
  const answered = await endpoint.send('ann', 'POST', '/v1/plans/simulate', planText({ systems: ['crm'] }));
  expect([answered.status, answered.body['code']]).toEqual([403, 'not-an-operator']);
  expect(JSON.stringify(answered.body)).not.toContain('the site');
});
