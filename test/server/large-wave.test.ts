/** The largest wave that a plan may have, with texts as long as people write them, on a real Temporal server, which ends what is larger than its limits. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineTaskQueue, waveWorkflowId } from '../../domain/messages.ts';
import { loadPlan } from '../../domain/plan/load.ts';
import { waveSection, type WaveInput } from '../../domain/plan/section.ts';
import { startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import { planFile, roles, watch } from '../support/plan.ts';

/** A workflow that previews this many packages on a busy machine. */
const patienceMs = 400_000;
const long = 'steps that people do and know '.repeat(80).trim();
const id = (index: number) => `package-${String(index).padStart(4, '0')}`;

function largePlan(count: number, change: { name?: string; text?: string } = {}): string {
  const { name = 'P zero', text = long } = change;
  return planFile({
    plan: 'large',
    packages: Array.from({ length: count }, (_, index) => ({
      id: id(index),
      name: index === 0 ? name : `P ${index}`,
      rolloutSteps: [text],
      rollbackPath: [text],
      ownerHandoff: text,
      entitlements: roles('erp', `r${index}`),
      legacy: [],
      watch: watch('14d'),
    })),
    waves: [{ status: 'tentative' }],
  });
}

/** As the endpoint starts it, but it continues as new after few events. Returns the id of its first run. */
async function startWithLimit(text: string): Promise<string> {
  const plan = loadPlan(text, 'plan.yaml', { nowMs: Date.now() });
  if (!plan.ok) throw new Error(plan.mistakes[0]?.message);
  const input: WaveInput = { section: waveSection(plan.plan, 1, 'wave-1'), continueAfterEvents: 400 };
  // Its first task comes when the plan is applied: nothing is recorded of a plan that is not there.
  const started = await api.client.workflow.start('wave', {
    workflowId: waveWorkflowId('large', 'wave-1'),
    taskQueue: engineTaskQueue,
    args: [input],
    startDelay: '5s',
  });
  return started.firstExecutionRunId;
}

const most = 230;
let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
});
afterAll(() => api?.close());

test('one that is larger is refused before anything is stored, with its size and what makes it large', async () => {
  const refused = await api.send('ines', 'POST', '/v1/plans', largePlan(280, { text: 'steps' }));
  expect([refused.status, refused.body.code]).toEqual([422, 'plan-invalid']);
  expect(refused.body.mistakes).toEqual([
    expect.objectContaining({
      path: 'waves[0].packages',
      message: expect.stringMatching(/^wave 'wave-1' is too large: its workflow has to carry 1,\d{3} KiB, and the limit is 1,024 KiB\. Its 280 packages/),
    }),
  ]);
  expect((await api.send('ines', 'GET', '/v1/plans')).body).toEqual([]);
});

test('it is previewed, read, simulated and revised, and continues as new with its section once and without texts', { timeout: patienceMs }, async () => {
  const first = await startWithLimit(largePlan(most));
  const applied = await api.send('ines', 'POST', '/v1/plans', largePlan(most));
  expect([applied.status, applied.body]).toMatchObject([200, { revision: 1, waves: [{ wave: 'wave-1' }] }]);
  // From the store: a query of a wave of this size, asked again and again, keeps it from its work on a slow machine.
  await until(
    () => api.send('ines', 'GET', '/v1/events?plan=large&kind=previewed&limit=500'),
    ({ body }) => new Set((body.events as { package?: string }[] | undefined)?.map((event) => event.package)).size === most,
    patienceMs,
  );
  const seen = await until(
    () => api.send('ines', 'GET', '/v1/waves/large/wave-1'),
    ({ status, body }) => status === 200 && body.packages.every((entry: { previewDigest?: string }) => entry.previewDigest !== undefined),
    patienceMs,
  );
  expect(seen.body.packages).toHaveLength(most);
  expect(seen.body.packages[0]).toMatchObject({ package: id(0), name: 'P zero' });
  // Every package asks for its evidence and its sign-off: this is as large as the answer to a query gets.
  expect(seen.body.requests.length).toBeGreaterThanOrEqual(2 * most);

  const again = await api.send('ines', 'POST', '/v1/plans', largePlan(most, { name: 'P nought' }));
  expect([again.status, again.body]).toMatchObject([200, { revision: 2, changed: true }]);
  for (const item of ['handoff', 'notices', 'backup'])
    expect((await api.send('olga', 'POST', `/v1/packages/large/wave-1/${id(7)}/evidence`, { item, reference: long.slice(0, 1_900) })).status).toBe(200);
  const handle = api.client.workflow.getHandle('large/wave-1');
  const now = await until(
    async () => (await handle.describe()).runId,
    (runId) => runId !== first,
    patienceMs,
  );
  expect((await handle.describe()).status.name).toBe('RUNNING');
  const { events } = await api.client.workflow.getHandle('large/wave-1', now).fetchHistory();
  const input = Buffer.from(events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data ?? []).toString('utf8');
  expect(input.split('"planDigest"').length - 1).toBe(most);
  expect(input).not.toContain('steps that people do and know steps that people do and know');
  expect(input.length).toBeLessThan(1024 * 1024);

  const after = await api.send('ines', 'GET', '/v1/waves/large/wave-1');
  expect(after.body).toMatchObject({ revision: 2, packages: expect.arrayContaining([expect.objectContaining({ package: id(0), name: 'P nought' })]) });
  const simulated = await api.send('ines', 'POST', '/v1/plans/simulate', largePlan(most));
  expect([simulated.status, simulated.body.packages?.length]).toEqual([200, most]);
  for await (const execution of api.client.workflow.list({ query: "WorkflowType = 'simulation'" }))
    expect(
      (await api.client.workflow.getHandle(execution.workflowId).fetchHistory()).events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]
        ?.data?.length,
    ).toBeLessThan(100_000);
});
