/** What the site does not let a plan do is refused with each place in the plan, wherever a plan is sent, and nothing is stored. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineTaskQueue, workflowTypes } from '../../../domain/messages.ts';
import { openStore } from '../../../store/open.ts';
import { planText, startEndpoint, type Endpoint } from '../../../test/support/endpoint.ts';
import { people, usualPeople } from '../../../test/support/plan.ts';

let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint({ answerWithinMs: 1_000 }, { plans: [{ plan: 'test', systems: [{ system: 'erp', roles: ['old_*'] }] }] });
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

const wavesOf = (plan: string, count: number, change: { description?: string } = {}) => {
  const ids = Array.from({ length: count }, (_, index) => `${index + 1}`);
  return planText({ plan, packages: ids.map((id) => ({ id: `p-${id}` })), waves: ids.map((id) => ({ id: `w-${id}` })), ...change });
};

test('a right has so many waves that have not ended, however many plans they are in: a revision that adds one is refused, and others are not', async () => {
  const rights = ['many-*', 'few', 'test'].map((plan) => ({ plan, systems: [{ system: 'erp' }] }));
  await endpoint.changeSite({ plans: rights, limits: { wavesPerRight: 12 } });
  expect((await endpoint.send('ines', 'POST', '/v1/plans', wavesOf('many-1', 12))).status).toBe(200);
  const refusedOne = await endpoint.send('ines', 'POST', '/v1/plans', wavesOf('many-2', 1));
  expect([refusedOne.status, refusedOne.body]).toMatchObject([
    422,
    {
      code: 'site-refuses',
      detail: expect.stringMatching(/^The plans of 'many-\*' have 12 waves that have not ended, this revision adds 1, .* close or abort/),
    },
  ]);
  expect((await endpoint.send('ines', 'GET', '/v1/plans/many-2')).status).toBe(404);
  const changed = await endpoint.send('ines', 'POST', '/v1/plans', wavesOf('many-1', 12, { description: 'the same waves' }));
  expect([changed.status, changed.body]).toMatchObject([200, { revision: 2 }]);
  expect((await endpoint.send('ines', 'POST', '/v1/plans', wavesOf('few', 1))).status).toBe(200);
});

test('a right names so many people in all its plans: a revision that adds one is refused, and the others go on', async () => {
  const rights = ['named-*', 'many-*', 'few', 'test'].map((plan) => ({ plan, systems: [{ system: 'erp' }] }));
  const plan = (id: string, more: number) => planText({ plan: id, people: people(...usualPeople, ...Array.from({ length: more }, (_, at) => `p-${at}`)) });
  await endpoint.changeSite({ plans: rights, limits: { peoplePerRight: 2 * usualPeople.length + 3 } });
  const apply = async (text: string) => endpoint.send('ines', 'POST', '/v1/plans', text);
  expect([(await apply(plan('named-1', 1))).status, (await apply(plan('named-2', 2))).status]).toEqual([200, 200]);
  const { status, body } = await apply(plan('named-2', 3));
  expect([status, body]).toMatchObject([
    422,
    { code: 'site-refuses', detail: expect.stringMatching(/^With this revision the plans of 'named-\*' name \d+ people, /) },
  ]);
  expect((await apply(plan('named-2', 1))).status).toBe(200);
  await endpoint.changeSite({ plans: rights });
});

test('waves wait for the turn of their right: the one of another right is handed to a worker long before a right with many has had all of theirs', async () => {
  const { connection, options, workflow } = endpoint.client;
  const keyOf = async (wave: string) => (await workflow.getHandle(wave).describe()).raw.workflowExecutionInfo?.priority?.fairnessKey;
  expect(await Promise.all(['many-1/w-1', 'few/w-1'].map(keyOf))).toEqual(['many-*', 'few']);
  const queued = (id: string, fairnessKey: string) =>
    workflow.start(workflowTypes.wave, { workflowId: id, taskQueue: engineTaskQueue, priority: { fairnessKey } });
  await Promise.all(Array.from({ length: 80 }, (_, index) => queued(`many-2/w-${index}`, 'many-*')));
  await queued('few/w-2', 'few');
  const poll = () =>
    connection.withDeadline(Date.now() + 60_000, () =>
      connection.workflowService.pollWorkflowTaskQueue({ namespace: options.namespace, taskQueue: { name: engineTaskQueue }, identity: 'this test' }),
    );
  const order: string[] = [];
  while (!order.includes('few/w-2')) order.push((await poll()).workflowExecution?.workflowId ?? 'none');
  // Each of the four partitions of a queue takes turns by itself, and a poll comes to any of them. First come, first served, it would be the last of 94.
  expect(order.length).toBeLessThan(60);
});

test('someone who is not an operator is refused for that, and learns nothing of what the site lets the plan do', async () => {
  const answered = await endpoint.send('ann', 'POST', '/v1/plans/simulate', planText({ systems: ['crm'] }));
  expect([answered.status, answered.body['code']]).toEqual([403, 'not-an-operator']);
  expect(JSON.stringify(answered.body)).not.toContain('the site');
});
