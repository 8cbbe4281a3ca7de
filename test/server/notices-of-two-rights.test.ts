/** Who comes next of the notices of two rights, on a real server that takes turns by right. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noticesTaskQueue, workflowTypes } from '../../domain/messages.ts';
import { noticeRun } from '../../domain/notices/notice-run.ts';
import { bundle } from '../../worker/bundle.ts';
import { startEndpoint, type Endpoint } from '../support/endpoint.ts';
import { notice } from '../support/notices.ts';
import { site } from '../support/site.ts';

let api: Endpoint;
let connection: NativeConnection;
beforeAll(async () => {
  api = await startEndpoint();
  connection = await NativeConnection.connect({ address: api.config.temporal.address });
});
afterAll(async () => {
  await connection?.close();
  await api?.close();
});

test('notices that come after two hundred of another right are given their instants before most of these', { timeout: 120_000 }, async () => {
  // A second try on the same server needs other ids.
  const attempt = Date.now();
  const rights = site({ plans: [{ plan: 'crowd-*' }, { plan: 'calm-*' }] });
  const start = (plan: string, index: number) =>
    api.client.workflow.start(workflowTypes.notice, noticeRun(rights, notice({ id: `${plan}/wave-1#notice-${attempt}-${index}`, plan, to: ['olga'] })));
  for (let index = 0; index < 200; index += 20) await Promise.all(Array.from({ length: 20 }, (_, at) => start('crowd-1', index + at)));
  for (let index = 0; index < 9; index += 1) await start('calm-1', index);
  const placed: string[] = [];
  const worker = await Worker.create({
    connection,
    namespace: api.config.temporal.namespace,
    taskQueue: noticesTaskQueue,
    workflowBundle: await bundle(),
    maxConcurrentWorkflowTaskExecutions: 2,
    maxConcurrentWorkflowTaskPolls: 2,
    activities: {
      placeDeliveries: async (id: string) => {
        placed.push(id);
        return [];
      },
    },
  });
  await worker.runUntil(async () => {
    await expect.poll(() => placed.length, { timeout: 90_000 }).toBe(209);
  });
  const before = placed.flatMap((id, index) => (id.startsWith('calm-1/') ? [index] : []));
  expect(before).toHaveLength(9);
  // The queue has four partitions, each of which takes turns by itself and is asked when it happens to be. Without turns all nine are the last.
  expect(before[4]).toBeLessThan(150);
});
