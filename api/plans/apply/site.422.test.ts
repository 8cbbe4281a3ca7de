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

test('a right has so many packages that have not ended, in however few waves: a revision that adds one is refused, and others are not', async () => {
  const rights = ['many-*', 'full-*', 'few', 'test'].map((plan) => ({ plan, systems: [{ system: 'erp' }] }));
  const ofOneWave = (plan: string, count: number, description = 'packages of one wave') => {
    const ids = Array.from({ length: count }, (_, index) => `p-${index + 1}`);
    return planText({ plan, packages: ids.map((id) => ({ id, description })), waves: [{ id: 'w', packages: ids.map((id) => ({ package: id })) }] });
  };
  await endpoint.changeSite({ plans: rights, limits: { packagesPerRight: 3 } });
  const apply = async (text: string) => endpoint.send('ines', 'POST', '/v1/plans', text);
  expect((await apply(ofOneWave('full-1', 2))).status).toBe(200);
  const { status, body } = await apply(ofOneWave('full-2', 2));
  expect([status, body]).toMatchObject([
    422,
    {
      code: 'site-refuses',
      detail: expect.stringMatching(/^The plans of 'full-\*' have 2 packages that have not ended, this revision adds 2, and the site lets them have 3: /),
    },
  ]);
  expect((await endpoint.send('ines', 'GET', '/v1/plans/full-2')).status).toBe(404);
  expect((await apply(ofOneWave('full-1', 3))).status).toBe(200);
  expect((await apply(ofOneWave('full-1', 3, 'the same packages'))).status).toBe(200);
  expect((await apply(ofOneWave('few', 2))).status).toBe(200);
  await endpoint.changeSite({ plans: rights });
});

test('a plan has so many new revisions in an hour: the next one is refused, the same plan again and another plan are not', async () => {
  const rights = ['often-*', 'many-*', 'full-*', 'few', 'test'].map((plan) => ({ plan, systems: [{ system: 'erp' }] }));
  await endpoint.changeSite({ plans: rights, limits: { revisionsPerPlanAndHour: 2 } });
  const apply = async (plan: string, description: string) => endpoint.send('ines', 'POST', '/v1/plans', wavesOf(plan, 1, { description }));
  expect([(await apply('often-1', 'first')).status, (await apply('often-1', 'second')).status]).toEqual([200, 200]);
  const { status, body } = await apply('often-1', 'third');
  expect([status, body]).toMatchObject([
    422,
    { code: 'site-refuses', detail: expect.stringMatching(/^The plan 'often-1' has 2 new revisions in the last hour, and the site lets it have 2: /) },
  ]);
  const again = await apply('often-1', 'second');
  expect([again.status, again.body]).toMatchObject([200, { revision: 2, changed: false }]);
  expect((await apply('often-2', 'first')).status).toBe(200);
  await endpoint.changeSite({ plans: rights });
});

test('lists show so much of all plans of a right: a revision that adds to it is refused, and the others go on', async () => {
  const rights = ['named-*', 'many-*', 'few', 'test'].map((plan) => ({ plan, systems: [{ system: 'erp' }] }));
  const plan = (id: string, more: number) => planText({ plan: id, people: people(...usualPeople, ...Array.from({ length: more }, (_, at) => `p-${at}`)) });
  await endpoint.changeSite({ plans: rights, limits: { listedMegabytesPerRight: 0.04 } });
  const apply = async (text: string) => endpoint.send('ines', 'POST', '/v1/plans', text);
  expect([(await apply(plan('named-1', 1))).status, (await apply(plan('named-2', 2))).status]).toEqual([200, 200]);
  const { status, body } = await apply(plan('named-2', 200));
  expect([status, body]).toMatchObject([
    422,
    { code: 'site-refuses', detail: expect.stringMatching(/^With this revision, what lists show of the plans of 'named-\*' comes to [\d.]+ MB, /) },
  ]);
  expect((await apply(plan('named-2', 1))).status).toBe(200);
  await endpoint.changeSite({ plans: rights });
});

test('waves wait for the turn of their right: those of another right are handed to a worker long before a right with many has had all of theirs', async () => {
  const { connection, options, workflow } = endpoint.client;
  const keyOf = async (wave: string) => (await workflow.getHandle(wave).describe()).raw.workflowExecutionInfo?.priority?.fairnessKey;
  expect(await Promise.all(['many-1/w-1', 'few/w-1'].map(keyOf))).toEqual(['many-*', 'few']);
  const queued = (id: string, fairnessKey: string) =>
    workflow.start(workflowTypes.wave, { workflowId: id, taskQueue: engineTaskQueue, priority: { fairnessKey } });
  await Promise.all(Array.from({ length: 80 }, (_, index) => queued(`many-2/w-${index}`, 'many-*')));
  const few = Array.from({ length: 9 }, (_, index) => `few/w-${index + 2}`);
  await Promise.all(few.map((id) => queued(id, 'few')));
  const poll = () =>
    connection.withDeadline(Date.now() + 60_000, () =>
      connection.workflowService.pollWorkflowTaskQueue({ namespace: options.namespace, taskQueue: { name: engineTaskQueue }, identity: 'this test' }),
    );
  const order: string[] = [];
  while (!few.every((id) => order.includes(id))) order.push((await poll()).workflowExecution?.workflowId ?? 'none');
  // Each of the four partitions of a queue takes turns by itself, and a poll comes to any of them. First come, first served, they would be the last ones of 102.
  const places = few.map((id) => order.indexOf(id)).toSorted((one, other) => one - other);
  expect(places[4]).toBeLessThan(60);
});

test('someone who is not an operator is refused for that, and learns nothing of what the site lets the plan do', async () => {
  const answered = await endpoint.send('ann', 'POST', '/v1/plans/simulate', planText({ systems: ['crm'] }));
  expect([answered.status, answered.body['code']]).toEqual([403, 'not-an-operator']);
  expect(JSON.stringify(answered.body)).not.toContain('the site');
});
