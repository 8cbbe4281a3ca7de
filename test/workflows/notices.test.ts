/** Notices over days of skipped time, with real activities. A real mail server and a real webhook receiver are down, hang and come back. */
import type { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import { smtp } from '../../channels/smtp.ts';
import { startHookReceiver, startMailServer, webhookSecret, type HookReceiver, type MailServer } from '../support/receivers.ts';
import { webhook } from '../../channels/webhook.ts';
import { noticeRun, type Resend } from '../../domain/notices/notice-run.ts';
import type { Notice } from '../../domain/notices/request.ts';
import { engineTaskQueue, noticesTaskQueue, workflowTypes } from '../../domain/messages.ts';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { bundle } from '../../worker/bundle.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { notice } from '../support/notices.ts';
import { site } from '../support/site.ts';
import { startTimeSkipping } from '../support/time-skipping.ts';
import { people, plan } from '../support/plan.ts';
import { recordBatch } from '../../domain/records.ts';
import { asPlanned } from '../support/telemetry.ts';
import { newKey } from '../support/keys.ts';
import { saveRevision } from '../support/revisions.ts';

const hour = 3_600_000;
let environment: TestWorkflowEnvironment;
let client: Client;
let database: TestDatabase;
let store: Store;
let hooks: HookReceiver;
let mails: MailServer;
let stop: () => Promise<void>;
let limits = site().limits;
/** How far the clock of the worker is ahead. */
let aheadMs = 0;
/** Each has a mailbox. */
const crowd = Array.from({ length: 100 }, (_, index) => `p${index}`);

beforeAll(async () => {
  [environment, database, hooks, mails] = await Promise.all([startTimeSkipping(), createDatabase('notices'), startHookReceiver(), startMailServer()]);
  client = environment.client;
  store = await openStore(database.url, { migrate: true });
  const document = plan({
    people: people('olga', 'otto', 'ines', 'hugo', 'ann', 'ben', 'cem').map((person) =>
      person.id === 'olga' ? { ...person, name: 'Olga Nowak', email: 'olga@example.com' } : person,
    ),
  });
  await saveRevision(store, document, newKey());
  for (const id of ['crowd', 'bounded', 'slow']) {
    const addressed = people(...document.people.map((person) => person.id), ...crowd).map((person) => ({ ...person, email: `${person.id}@example.com` }));
    await saveRevision(store, plan({ plan: id, people: addressed }), newKey());
  }
  const key = Buffer.from(webhookSecret.slice('whsec_'.length), 'base64');
  const activities = createActivities({
    store,
    openSystem: () => Promise.reject(new Error('no notice needs a system')),
    telemetry: asPlanned(),
    runningState: async () => undefined,
    trustedKeys: [],
    site: () => ({ ...site({ mail: { domains: ['example.com'] } }), limits }),
    now: () => Date.now() + aheadMs,
    allowDemoClock: false,
    channels: [webhook({ url: hooks.url, key }, 500), smtp({ url: mails.url, from: 'Rolewave <rolewave@example.com>' })],
    noticeLinks: { pages: 'https://rolewave.example.com' },
  });
  const queues = [engineTaskQueue, noticesTaskQueue];
  const shared = { connection: environment.nativeConnection, activities, workflowBundle: await bundle() };
  const workers = await Promise.all(queues.map((taskQueue) => Worker.create({ ...shared, taskQueue })));
  const running = Promise.all(workers.map((worker) => worker.run()));
  stop = async () => {
    for (const worker of workers) worker.shutdown();
    await running;
  };
});

afterAll(async () => {
  await stop();
  await Promise.all([hooks.close(), mails.close(), store.close()]);
  await environment.teardown();
  await database.drop();
});

beforeEach(() => {
  limits = site().limits;
  aheadMs = 0;
  hooks.answer = 204;
  mails.refuses = () => undefined;
});

let number = 0;
async function asked(change: Partial<Notice> = {}): Promise<Notice> {
  number += 1;
  const made = notice({ id: `test/wave-1#notice-${number}`, package: 'package-1', openedAtMs: Date.now(), ...change });
  await store.record(recordBatch({ notices: [made] }));
  return made;
}
const answered = (notice: Notice) => store.record(recordBatch({ answered: [{ notices: [notice.id], atMs: Date.now() }] }));
const start = (notice: Notice, again?: Resend) => client.workflow.start(workflowTypes.notice, noticeRun({ plans: [] }, notice, again));
const run = async (notice: Notice, again?: Resend) => (await start(notice, again)).result();
const deliveriesOf = async ({ id }: Notice) =>
  (await store.notices({ id }))[0]!.deliveries.map(({ channel, recipient, state, attempts, why }) => [channel, recipient, state, attempts, why ?? '']);
const heardOf = ({ id }: Notice) => hooks.heard.filter(({ body }) => body.data['id'] === id);
const mailsOf = ({ id }: Notice) => mails.mails.filter(({ raw }) => raw.replaceAll('=\r\n', '').includes(`notice ${id} `));

test('a notice is sent once through every channel, with the names and addresses of the plan, and is recorded as sent', async () => {
  const notice = await asked();
  expect(await run(notice)).toEqual({ sent: 2, failed: 0, notNeeded: 0 });
  expect(await deliveriesOf(notice)).toEqual([
    ['smtp', 'olga', 'sent', 1, ''],
    ['webhook', '', 'sent', 1, ''],
  ]);
  expect(heardOf(notice)).toMatchObject([{ signed: true, body: { data: { to: [{ id: 'olga', name: 'Olga Nowak' }] } } }]);
  expect(mailsOf(notice)).toMatchObject([{ to: ['olga@example.com'] }]);
});

test('the history contains no name and no address, and its summary says what is needed for which package', async () => {
  const notice = await asked();
  mails.refuses = (address) => ({ responseCode: 550, message: `${address}: no such user` });
  const handle = await start(notice);
  await handle.result();
  const decoded = (key: string, value: unknown) => (key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value);
  const history = JSON.stringify(await handle.fetchHistory(), decoded);
  expect(history).toContain('sign-off needed: package-1');
  expect(history).toContain('no such user');
  expect(history).not.toMatch(/Nowak|olga@/);
});

test('a channel that is down for hours is tried until it is up, and does not delay the other', async () => {
  hooks.answer = 503;
  const notice = await asked();
  const handle = await start(notice);
  await environment.sleep(3 * hour);
  expect((await deliveriesOf(notice)).map(([channel]) => channel)).toEqual(['smtp']);
  const tries = heardOf(notice).length;
  expect(tries).toBeGreaterThan(8);
  hooks.answer = 204;
  await environment.sleep(2 * hour);
  expect(await handle.result()).toEqual({ sent: 2, failed: 0, notNeeded: 0 });
  expect(heardOf(notice)).toHaveLength(tries + 1);
  expect(new Set(heardOf(notice).map(({ id }) => id)).size).toBe(1);
});

test('a notice to a webhook that answers 500 for a day becomes a dead letter, until it is resent successfully', async () => {
  hooks.answer = 500;
  const notice = await asked();
  const handle = await start(notice);
  await environment.sleep(26 * hour);
  expect(await handle.result()).toEqual({ sent: 1, failed: 1, notNeeded: 0 });
  const { startTime, closeTime } = await handle.describe();
  const hours = (closeTime!.getTime() - startTime.getTime()) / hour;
  expect(hours).toBeGreaterThan(20);
  expect(hours).toBeLessThan(26);
  expect((await deliveriesOf(notice))[1]).toEqual(['webhook', '', 'failed', 1, 'the webhook answered 500; tried 34 times in a day']);
  expect((await store.noticePage({ plan: [notice.plan], undelivered: true, limit: 100 })).rows.map(({ id }) => id)).toContain(notice.id);

  hooks.answer = 204;
  expect(await run(notice, 'failed')).toEqual({ sent: 1, failed: 0, notNeeded: 0 });
  expect((await deliveriesOf(notice))[1]).toEqual(['webhook', '', 'sent', 2, '']);
  expect((await store.noticePage({ plan: [notice.plan], undelivered: true, limit: 100 })).rows.map(({ id }) => id)).not.toContain(notice.id);
  // Only the failed delivery was sent again.
  expect(mailsOf(notice)).toHaveLength(1);
});

test('a request to a webhook that hangs is given up each time, and tried again', async () => {
  hooks.answer = 'hang';
  const notice = await asked();
  const handle = await start(notice);
  await environment.sleep(20_000);
  expect(heardOf(notice).length).toBeGreaterThan(1);
  hooks.answer = 200;
  await environment.sleep(hour);
  expect(await handle.result()).toEqual({ sent: 2, failed: 0, notNeeded: 0 });
});

describe('a delivery that cannot work is tried once, and says what to fix', () => {
  test('when a person has no address, while the others receive their notice', async () => {
    const notice = await asked({ to: ['otto', 'olga', 'zoe'] });
    expect(await run(notice)).toEqual({ sent: 2, failed: 2, notNeeded: 0 });
    expect(await deliveriesOf(notice)).toEqual([
      ['smtp', 'olga', 'sent', 1, ''],
      ['smtp', 'otto', 'failed', 1, "'otto' has no e-mail address in plan 'test': add it under people[].email, apply the plan, and send the notice again"],
      ['smtp', 'zoe', 'failed', 1, "plan 'test' no longer has a person 'zoe': name someone else in their place, and apply the plan"],
      ['webhook', '', 'sent', 1, ''],
    ]);
  });

  test('when the webhook is gone', async () => {
    hooks.answer = 410;
    const notice = await asked({ to: [] });
    expect(await run(notice)).toEqual({ sent: 0, failed: 1, notNeeded: 0 });
    expect(heardOf(notice)).toHaveLength(1);
  });
});

describe('a notice that was answered in the meantime', () => {
  test('is sent to no one', async () => {
    const notice = await asked();
    await answered(notice);
    expect(await run(notice)).toEqual({ sent: 0, failed: 0, notNeeded: 0 });
    expect([heardOf(notice), mailsOf(notice)]).toEqual([[], []]);
  });

  test('is not tried again', async () => {
    hooks.answer = 503;
    const notice = await asked();
    const handle = await start(notice);
    await environment.sleep(hour);
    await answered(notice);
    await environment.sleep(2 * hour);
    expect(await handle.result()).toEqual({ sent: 1, failed: 0, notNeeded: 1 });
    expect((await deliveriesOf(notice)).map(([channel]) => channel)).toEqual(['smtp']);
  });
});

test('a notice that runs again, as after a reset, sends nothing, unless everything is to be resent', async () => {
  const notice = await asked();
  await run(notice);
  await client.workflow.execute(workflowTypes.notice, { ...noticeRun({ plans: [] }, notice), workflowIdReusePolicy: 'ALLOW_DUPLICATE' });
  expect([heardOf(notice).length, mailsOf(notice).length]).toEqual([1, 1]);
  expect(await run(notice, 'all')).toEqual({ sent: 2, failed: 0, notNeeded: 0 });
  expect([heardOf(notice).length, mailsOf(notice).length]).toEqual([2, 2]);
});

test('a mail server that is down at first receives the mail once it is up', async () => {
  const { port } = mails;
  await mails.close();
  const notice = await asked();
  const handle = await start(notice);
  await environment.sleep(hour);
  expect((await deliveriesOf(notice)).map(([channel]) => channel)).toEqual(['webhook']);
  mails = await startMailServer({ port });
  await environment.sleep(2 * hour);
  expect(await handle.result()).toEqual({ sent: 2, failed: 0, notNeeded: 0 });
  expect(mailsOf(notice)).toHaveLength(1);
});

test('a notice that an earlier version started on the queue of waves is still sent from there', async () => {
  const notice = await asked();
  const started = { ...noticeRun({ plans: [] }, notice), taskQueue: engineTaskQueue };
  expect(await client.workflow.execute(workflowTypes.notice, started)).toEqual({ sent: 2, failed: 0, notNeeded: 0 });
});

describe('a notice to a hundred people', () => {
  const to = crowd;
  type Handle = Awaited<ReturnType<typeof start>>;
  /** In the order of its history: which deliveries began and ended. */
  async function deliveriesIn(handle: Handle): Promise<{ most: number; pending: number; attempts: number[]; queues: string[] }> {
    const { events } = await handle.fetchHistory();
    const open = new Set<string>();
    const attempts: number[] = [];
    const queues = new Set<string>();
    let most = 0;
    for (const event of events ?? []) {
      const { activityTaskScheduledEventAttributes: scheduled, activityTaskStartedEventAttributes: started } = event;
      if (scheduled) queues.add(scheduled.taskQueue?.name ?? '');
      if (scheduled?.activityType?.name === 'deliver') open.add(String(event.eventId));
      if (started && open.has(String(started.scheduledEventId))) attempts.push(started.attempt ?? 0);
      const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskFailedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
      if (ended) open.delete(String(ended.scheduledEventId));
      most = Math.max(most, open.size);
    }
    return { most, pending: open.size, attempts, queues: [...queues] };
  }

  test('has a few deliveries of each channel pending at a time, on the queue of notices', async () => {
    const notice = await asked({ plan: 'crowd', to });
    const handle = await start(notice);
    expect(await handle.result()).toEqual({ sent: 101, failed: 0, notNeeded: 0 });
    const { most, attempts, queues } = await deliveriesIn(handle);
    expect(attempts).toHaveLength(101);
    // Two mails, and the webhook.
    expect(most).toBeLessThanOrEqual(3);
    expect(queues).toEqual([noticesTaskQueue]);
    expect(new Set(mailsOf(notice).flatMap((mail) => mail.to)).size).toBe(100);
  });

  test('waits by a timer for the hours in which the rest is sent, and tries nobody twice', async () => {
    limits = { ...limits, noticesPerPlanAndHour: 12 };
    // An hour has just begun.
    aheadMs = hour - (Date.now() % hour);
    const notice = await asked({ plan: 'bounded', to: to.slice(0, 30) });
    const handle = await start(notice);
    await expect.poll(() => mailsOf(notice).length, { timeout: 20_000 }).toBe(12);
    await expect.poll(async () => (await deliveriesIn(handle)).pending, { timeout: 5_000 }).toBe(0);
    // The webhook's own message is among those of the first hour, and on record a moment after the last mail has left.
    await expect.poll(async () => (await store.waitingNotices(['bounded']))[0], { timeout: 5_000 }).toMatchObject({ messages: 18 });
    aheadMs += 4 * hour;
    await environment.sleep(4 * hour);
    expect(await handle.result()).toEqual({ sent: 31, failed: 0, notNeeded: 0 });
    await Worker.runReplayHistory({ workflowBundle: await bundle() }, await handle.fetchHistory());
    const { most, attempts } = await deliveriesIn(handle);
    expect(most).toBeLessThanOrEqual(3);
    expect(attempts.filter((attempt) => attempt > 1)).toEqual([]);
  });

  test('of whom some have a mailbox that takes no mail now is sent to the others meanwhile', async () => {
    const refused = to.slice(0, 6).map((id) => `${id}@example.com`);
    mails.refuses = (address) => (refused.includes(address) ? { responseCode: 450, message: 'try again later' } : undefined);
    const notice = await asked({ plan: 'slow', to: to.slice(0, 12) });
    const handle = await start(notice);
    await environment.sleep(hour);
    await expect.poll(() => mailsOf(notice).length, { timeout: 20_000 }).toBe(6);
    mails.refuses = () => undefined;
    await environment.sleep(3 * hour);
    expect(await handle.result()).toEqual({ sent: 13, failed: 0, notNeeded: 0 });
  });
});
