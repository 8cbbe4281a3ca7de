/** Which systems a worker process polls as plans and releases come and go, with a real Temporal server. */
import { NativeConnection } from '@temporalio/worker';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { systemTaskQueue } from '../../domain/messages.ts';
import { fixedSite } from '../../settings/site.ts';
import type { Store, SystemsInUse } from '../../store/contract.ts';
import { Polling } from '../../worker/polling.ts';
import '../support/quiet-engine.ts';
import { site, siteSystem } from '../support/site.ts';

let connection: NativeConnection;
let inUse: SystemsInUse;
let mark: number;
let polling: Polling;
beforeAll(async () => {
  connection = await NativeConnection.connect({ address: inject('temporalAddress') });
});
afterAll(() => connection?.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  mark = 0;
});
afterEach(async () => {
  vi.useRealTimers();
  await polling.end();
});

const answering = { usageMark: async () => String(mark), systemsInUse: async () => inUse } as unknown as Store;
function startPolling(polledSystems: number, store = answering): void {
  polling = new Polling({
    shared: { connection, namespace: 'default', activities: createActivities({} as never), shutdownGraceTime: 1_000, shutdownForceTime: 2_000 },
    stopping: new AbortController(),
    store,
    site: fixedSite(site({ systems: ['erp', 'crm', 'hr', 'idle'].map((id) => siteSystem(id)), limits: { polledSystems } })),
    systems: undefined,
    logger: pino({ level: 'silent' }),
  });
}
async function polledWith(used: SystemsInUse): Promise<string[]> {
  [inUse, mark] = [used, mark + 1];
  await polling.pollSystems();
  return [...polling.workers.keys()].toSorted();
}
const queues = (...ids: string[]) => ids.map(systemTaskQueue).toSorted();
const pass = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000);

test('a system that the site has and nothing uses is not polled, and one that is no longer used is for ten minutes', async () => {
  startPolling(100);
  const both = { planned: ['erp', 'crm'], standing: [] };
  const one = { planned: ['erp'], standing: [] };
  expect(await polledWith(both)).toEqual(queues('erp', 'crm'));
  expect(await polledWith(one)).toEqual(queues('erp', 'crm'));
  pass(9);
  expect(await polledWith(one)).toEqual(queues('erp', 'crm'));
  pass(1);
  const ending = polling.workers.get(systemTaskQueue('crm'))!;
  expect(await polledWith(one)).toEqual(queues('erp'));
  await expect.poll(() => ending.getState(), { timeout: 30_000 }).toBe('STOPPED');
  // A release that stands needs it again, whatever the plan says.
  expect(await polledWith({ planned: ['erp'], standing: ['crm'] })).toEqual(queues('erp', 'crm'));
  expect(polling.workers.get(systemTaskQueue('crm'))!.getState()).toBe('RUNNING');
});

test('no more are polled than the site lets, those of standing releases first, and the others are named', async () => {
  startPolling(2);
  expect(await polledWith({ planned: ['erp', 'hr'], standing: ['crm'] })).toEqual(queues('crm', 'erp'));
  expect(polling.notPolled).toEqual(['hr']);
});

test('a workflow polls no system by naming it: the site or a plan has to have it', async () => {
  startPolling(100);
  expect(await polledWith({ planned: ['erp'], standing: [] })).toEqual(queues('erp'));
  for (const id of ['nowhere', 'elsewhere', 'idle']) polling.needs(systemTaskQueue(id));
  await expect.poll(() => [...polling.workers.keys()].toSorted(), { timeout: 30_000 }).toEqual(queues('erp', 'idle'));
  expect(await polledWith(inUse)).toEqual(queues('erp', 'idle'));
  // One that is simulated once is not polled for ever.
  pass(11);
  await polledWith(inUse);
  pass(10);
  expect(await polledWith(inUse)).toEqual(queues('erp'));
});

test('a system of the site is polled as soon as a workflow needs it, also while the store does not say what is in use', async () => {
  const fails = () => Promise.reject(new Error('canceling statement due to statement timeout'));
  startPolling(100, { usageMark: fails, systemsInUse: fails } as unknown as Store);
  await expect(polling.pollSystems()).rejects.toThrow('timeout');
  for (const id of ['nowhere', 'idle']) polling.needs(systemTaskQueue(id));
  await expect.poll(() => [...polling.workers.keys()], { timeout: 30_000 }).toEqual(queues('idle'));
});
