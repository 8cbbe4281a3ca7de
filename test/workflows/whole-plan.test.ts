/** The address of a plan as a whole: the messages, records, notices and final record of a workflow that belongs to no wave. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { addressText, type Address } from '../../domain/address.ts';
import { engineTaskQueue, messageStatusQuery, recordsTaskQueue, stateQuery, type Acknowledgment } from '../../domain/messages.ts';
import { noticeRun } from '../../domain/notices/notice-run.ts';
import type { Notice } from '../../domain/notices/request.ts';
import { recordBatch } from '../../domain/records.ts';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { bundle } from '../../worker/bundle.ts';
import { plan as planOf } from '../support/plan.ts';
import { saveRevision } from '../support/revisions.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { newKey } from '../support/keys.ts';
import { site } from '../support/site.ts';
import { startTimeSkipping } from '../support/time-skipping.ts';
import type { MilestonesInput } from './milestones.ts';
import { asPlanned } from '../support/telemetry.ts';

const key = newKey();
const hour = 3_600_000;
const started: Notice[] = [];
let environment: TestWorkflowEnvironment;
let client: Client;
let database: TestDatabase;
let store: Store;
let stop: () => Promise<void>;

beforeAll(async () => {
  [environment, database] = await Promise.all([startTimeSkipping(), createDatabase('whole-plan')]);
  client = environment.client;
  store = await openStore(database.url, { migrate: true });
  const activities = createActivities({
    store,
    openSystem: () => Promise.reject(new Error('no system is needed')),
    telemetry: asPlanned(),
    runningState: async () => undefined,
    trustedKeys: [key.trusted],
    site: () => site(),
    allowDemoClock: false,
    startNotices: async (notices) => void started.push(...notices),
  });
  const workflowBundle = await bundle({ workflowsPath: fileURLToPath(new URL('milestones.ts', import.meta.url)) });
  const worker = await Worker.create({ connection: environment.nativeConnection, activities, taskQueue: engineTaskQueue, workflowBundle });
  const records = await Worker.create({ connection: environment.nativeConnection, activities, taskQueue: recordsTaskQueue });
  const running = Promise.all([worker.run(), records.run()]);
  stop = async () => {
    worker.shutdown();
    records.shutdown();
    await running;
  };
});

afterAll(async () => {
  await stop();
  await store.close();
  await environment.teardown();
  await database.drop();
});

/** How far the server's time is ahead of the machine's: an earlier test may have skipped some. */
let aheadMs = 0;

async function begun(plan: string) {
  aheadMs = (await environment.currentTimeMs()) - Date.now();
  await saveRevision(store, planOf({ plan }), key);
  const input: MilestonesInput = {
    plan,
    awaited: 'audit',
    operators: ['ines', 'hugo'],
    notices: { onCall: ['hugo'], usual: { delegateAfter: hour, onCallAfter: hour }, urgent: { delegateAfter: hour, onCallAfter: hour } },
  };
  return client.workflow.start('milestones', { workflowId: addressText({ plan }), taskQueue: engineTaskQueue, args: [input] });
}

const sealed = (address: Address, name: string, by = 'ines', id: string = randomUUID()) =>
  key.seal({
    id,
    type: 'milestone',
    ...address,
    by,
    atMs: Date.now() + aheadMs,
    expiresMs: Date.now() + aheadMs + 60_000,
    body: { name, reference: 'ticket 12' },
  });

async function update(plan: string, jws: string): Promise<Acknowledgment | { rejected: string | null | undefined }> {
  try {
    return await client.workflow.getHandle(plan).executeUpdate<Acknowledgment, [string]>('milestone', { args: [jws] });
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    return { rejected: (error.cause as { type?: string }).type };
  }
}

test('a workflow of the plan accepts each sealed message once, by signal or update, even in its next run', async () => {
  const handle = await begun('taken');
  const [bySignal, byUpdate] = [sealed({ plan: 'taken' }, 'design', 'ines', 'design-is-done'), sealed({ plan: 'taken' }, 'audit', 'hugo', 'audit-is-done')];
  await handle.signal('milestone', bySignal);
  expect(await update('taken', bySignal)).toEqual({ accepted: true, id: 'design-is-done', duplicate: true });
  await handle.signal('milestone', bySignal);
  // The test server never answers a query that comes while a run continues as new.
  await expect.poll(async () => (await client.workflow.getHandle('taken').describe()).runId, { timeout: 20_000 }).not.toBe(handle.firstExecutionRunId);
  expect(await handle.query(stateQuery)).toMatchObject({ reached: ['design'] });
  expect(await handle.query(messageStatusQuery, 'design-is-done')).toEqual({ status: 'accepted' });
  expect(await update('taken', byUpdate)).toEqual({ accepted: true, id: 'audit-is-done' });
  expect(await handle.result()).toEqual({ reached: ['design', 'audit'] });

  expect(await store.messages({ plan: 'taken' })).toMatchObject([
    { id: 'design-is-done', type: 'milestone', plan: 'taken', by: 'ines', jws: bySignal },
    { id: 'audit-is-done', type: 'milestone', plan: 'taken', by: 'hugo', jws: byUpdate },
  ]);
  const events = await store.events({ plan: 'taken' });
  expect(events.map(({ id, wave, package: about, actor, text }) => [id.replace(/-[0-9a-f]{8}$/, ''), wave, about, actor, text])).toEqual([
    ['taken#1', undefined, undefined, 'rolewave', 'design: ticket 12 (ines)'],
    ['taken#2', undefined, undefined, 'rolewave', 'audit: ticket 12 (hugo)'],
  ]);
});

test('a message that is addressed to a wave, a package or another plan is refused, both as an update and as a signal', async () => {
  const handle = await begun('refused');
  // The first message of all makes it ask for the keys, so that the next ones are judged before they reach the history.
  expect(await update('refused', sealed({ plan: 'other' }, 'audit'))).toEqual({ rejected: 'wrong-address' });
  const elsewhere: Address[] = [{ plan: 'refused', wave: 'wave-1' }, { plan: 'refused', wave: 'wave-1', package: 'clerks' }, { plan: 'other' }];
  for (const address of elsewhere) {
    expect(await update('refused', sealed(address, 'audit'))).toEqual({ rejected: 'wrong-address' });
    await handle.signal('milestone', sealed(address, 'audit'));
  }
  // A package without its wave is not an address.
  expect(await update('refused', sealed({ plan: 'refused', package: 'clerks' }, 'audit'))).toEqual({ rejected: 'malformed' });
  expect(await update('refused', sealed({ plan: 'refused' }, 'audit', 'mallory', 'mallory-says-so'))).toEqual({ rejected: 'not-authorized' });
  expect(await handle.query(messageStatusQuery, 'mallory-says-so')).toMatchObject({ status: 'refused', code: 'not-authorized' });
  expect(await handle.query(stateQuery)).toMatchObject({ reached: [] });
  expect(await store.messages({ plan: 'refused' })).toEqual([]);
  await handle.terminate();
});

test('a workflow of the plan asks people with notices that name no wave, and an answer closes them', async () => {
  const handle = await begun('asking');
  await update('asking', sealed({ plan: 'asking' }, 'design'));
  await expect.poll(() => started.filter(({ plan }) => plan === 'asking'), { timeout: 20_000 }).toHaveLength(1);
  const [asked, ...others] = await store.notices({ plan: 'asking' });
  expect(others).toEqual([]);
  expect(asked).toMatchObject({ id: expect.stringMatching(/^asking#notice-1-[0-9a-f]{8}$/), plan: 'asking', to: ['ines', 'hugo'], level: 'first' });
  expect(asked).not.toHaveProperty('wave');
  expect(asked).not.toHaveProperty('package');
  expect(asked).not.toHaveProperty('answeredAtMs');
  const run = noticeRun(
    { plans: [] },
    started.find(({ plan }) => plan === 'asking')!,
  );
  expect(run).toMatchObject({ workflowId: `notice/${asked!.id}`, typedSearchAttributes: [{ key: { name: 'RolewavePlan' }, value: 'asking' }] });
  await update('asking', sealed({ plan: 'asking' }, 'audit'));
  await handle.result();
  expect(await store.notices({ plan: 'asking' })).toMatchObject([{ id: asked!.id, answeredAtMs: expect.any(Number) }]);
});

test('records of the plan as a whole are stored with those of its waves, and each is found', async () => {
  const event = (id: string, address: Omit<Address, 'plan'>) => ({ id, plan: 'together', ...address, atMs: 1, actor: 'ines', kind: 'note', text: id });
  await store.record(recordBatch({ events: [event('plan', {}), event('wave', { wave: 'wave-1' }), event('package', { wave: 'wave-1', package: 'clerks' })] }));
  const ids = async (of: Omit<Address, 'plan'>) => (await store.events({ plan: 'together', ...of })).map(({ id }) => id);
  expect([await ids({}), await ids({ wave: 'wave-1' }), await ids({ wave: 'wave-1', package: 'clerks' })]).toEqual([
    ['plan', 'wave', 'package'],
    ['wave', 'package'],
    ['package'],
  ]);
});
