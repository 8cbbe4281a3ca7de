import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../store/contract.ts';
import { openStore } from '../../../store/open.ts';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';
import { notice } from '../../../test/support/notices.ts';
import { recordBatch } from '../../../domain/records.ts';

const id = 'test/wave-1#notice-1-ab12cd34';
const notNotified = 'test/wave-1#notice-2-ab12cd34';
let api: Endpoint;
let store: Store;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 });
  await api.send('ines', 'POST', '/v1/plans', planText());
  store = await openStore(api.config.databaseUrl, { migrate: true });
  await store.record(recordBatch({ notices: [notice({ id: id, package: 'clerk' }), notice({ id: notNotified, package: 'clerk' })] }));
  await store.saveDelivery(id, { channel: 'smtp', recipient: 'olga' }, { state: 'failed', why: 'the mail server is down' });
});
afterAll(async () => {
  await store.close();
  await api.close();
});

const resend = (query = '') => api.send('ines', 'POST', `/v1/notices/${encodeURIComponent(id)}/resend${query}`);
const running = () => api.client.workflow.getHandle(`notice/${id}/again`).describe();
const inputOf = async (runId: string) => {
  const { events } = await api.client.workflow.getHandle(`notice/${id}/again`, runId).fetchHistory();
  return JSON.parse(Buffer.from(events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads![0]!.data!).toString('utf8')) as unknown;
};

test('an operator resends what failed: a separate workflow waits for a worker, and names nobody', async () => {
  const answered = await resend();
  expect([answered.status, answered.body]).toEqual([202, { status: 'sending', id }]);
  const { type, runId, staticSummary, searchAttributes } = { ...(await running()), staticSummary: await (await running()).staticSummary() };
  expect([type, staticSummary]).toEqual(['notice', 'sign-off needed: clerk']);
  expect(searchAttributes).toMatchObject({ RolewavePlan: ['test'], RolewaveWave: ['wave-1'], RolewavePackage: ['clerk'] });
  expect(await inputOf(runId)).toEqual({ notice: id, again: 'failed' });
});

test('a second request replaces the workflow that still retries by one that tries at once; with all=true it sends everything', async () => {
  const { runId: first } = await running();
  expect((await resend('?all=true')).status).toBe(202);
  const { runId, status } = await running();
  expect([status.name, runId === first]).toEqual(['RUNNING', false]);
  expect(await inputOf(runId)).toEqual({ notice: id, again: 'all' });
  expect((await api.client.workflow.getHandle(`notice/${id}/again`, first).describe()).status.name).toBe('TERMINATED');
});

test('a notice that reached nobody because there was no channel goes to everyone', async () => {
  expect((await api.send('ines', 'POST', `/v1/notices/${encodeURIComponent(notNotified)}/resend`)).status).toBe(202);
  const { events } = await api.client.workflow.getHandle(`notice/${notNotified}/again`).fetchHistory();
  const [input] = events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads!;
  expect(JSON.parse(Buffer.from(input!.data!).toString('utf8'))).toEqual({ notice: notNotified, again: 'all' });
});

test('a notice is sent again five times within an hour, no matter who asks, and others are not affected', async () => {
  const again = (notice: string) => api.send('ines', 'POST', `/v1/notices/${encodeURIComponent(notice)}/resend?all=true`);
  const statuses: number[] = [];
  for (let count = 0; count < 6; count += 1) statuses.push((await again(id)).status);
  // Two of them were sent above.
  expect(statuses).toEqual([202, 202, 202, 429, 429, 429]);
  const refused = await again(id);
  expect([refused.body.code, refused.body.detail]).toEqual([
    'resent-too-often',
    expect.stringMatching(/^This notice was sent again 5 times within an hour\. It can be sent again in \d+ minutes\.$/),
  ]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
  expect((await again(notNotified)).status).toBe(202);
});
