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

test('a notice that comes after two hundred of another right is given its instants among the first', { timeout: 120_000 }, async () => {
  // A second try on the same server needs other ids.
  const attempt = Date.now();
  const rights = site({ plans: [{ plan: 'crowd-*' }, { plan: 'calm-*' }] });
  const start = (plan: string, index: number) =>
    api.client.workflow.start(workflowTypes.notice, noticeRun(rights, notice({ id: `${plan}/wave-1#notice-${attempt}-${index}`, plan, to: ['olga'] })));
  for (let index = 0; index < 200; index += 20) await Promise.all(Array.from({ length: 20 }, (_, at) => start('crowd-1', index + at)));
  await start('calm-1', 0);
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
    await expect.poll(() => placed.length, { timeout: 90_000 }).toBe(201);
  });
  const before = placed.indexOf(`calm-1/wave-1#notice-${attempt}-0`);
  expect(before).toBeGreaterThanOrEqual(0);
  // The queue has four partitions, each of which takes turns by itself, and some tasks are on their way to this process before. Without turns it is the last of all.
  expect(before).toBeLessThan(150);
});
