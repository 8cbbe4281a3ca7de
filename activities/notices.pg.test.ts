import type { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { TryAgain, Undeliverable, type Channel, type NoticeMessage } from '../channels/channel.ts';
import type { Notice } from '../domain/notices/request.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { noticing } from './notices.ts';
import { sendingInTurns } from './sending.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { Bench, benchPlan, quiet } from '../test/support/activity-bench.ts';
import { notice } from '../test/support/notices.ts';
import { recordBatch } from '../domain/records.ts';

let database: TestDatabase;
let store: Store;
let bench: Bench;
beforeAll(async () => {
  database = await createDatabase('notices');
  store = await openStore(database.url, { migrate: true });
  bench = new Bench(store, benchPlan('told', 'erp'), {});
  await bench.apply();
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const idOf = (name: string) => `told/wave-1#notice-${name}`;
const noticeOf = (name: string, to = ['olga', 'dora']): Notice => notice({ id: idOf(name), plan: 'told', to });
const batch = (...notices: Notice[]) => recordBatch({ notices });

/** A channel with the recipients that a test specifies. */
function channelOf(name: string, recipients: (notice: Notice) => string[], send: (message: NoticeMessage) => Promise<void> = async () => undefined): Channel {
  return { name, recipients, send };
}

describe('recording', () => {
  test('starts the notices of a batch once they are in the store', async () => {
    const started: string[] = [];
    const startNotices = async (notices: Notice[]) => {
      for (const { id } of notices) started.push(`${id} ${(await store.notices({ id })).length}`);
    };
    await bench.runWith({ startNotices }, 'record', batch(noticeOf('a-1'), noticeOf('a-2')));
    expect(started).toEqual([`${idOf('a-1')} 1`, `${idOf('a-2')} 1`]);
  });

  test('starts them even when their rows exist: the process that wrote them may have died before the start', async () => {
    const engineDown = () => Promise.reject(new Error('Temporal is unavailable'));
    await expect(bench.runWith({ startNotices: engineDown }, 'record', batch(noticeOf('b-1')))).rejects.toThrow('Temporal is unavailable');
    expect(await store.notices({ id: idOf('b-1') })).toHaveLength(1);
    const started: string[] = [];
    await bench.runWith({ startNotices: async (notices) => void started.push(...notices.map(({ id }) => id)) }, 'record', batch(noticeOf('b-1')));
    expect(started).toEqual([idOf('b-1')]);
  });

  test('without notices starts nothing, and without channels delivers nothing', async () => {
    const startNotices = () => Promise.reject(new Error('must not be called'));
    await bench.runWith({ startNotices }, 'record', recordBatch({ answered: [{ notices: [idOf('a-1')], atMs: 1 }] }));
    await bench.run('record', batch(noticeOf('c-1')));
    expect(await bench.run('deliveriesOf', idOf('c-1'))).toEqual([]);
  });
});

describe('delivering', () => {
  const each = channelOf('each', ({ to }) => to);
  const once = channelOf('once', () => ['']);

  test('covers what has not been sent yet, only what failed, or everything', async () => {
    await bench.run('record', batch(noticeOf('d-1')));
    await store.saveDelivery(idOf('d-1'), { channel: 'each', recipient: 'olga' }, { state: 'sent' });
    await store.saveDelivery(idOf('d-1'), { channel: 'once', recipient: '' }, { state: 'failed', why: 'x' });
    const asked = async (again?: 'failed' | 'all') =>
      (await bench.runWith({ channels: [each, once] }, 'deliveriesOf', idOf('d-1'), again)).map(({ channel, recipient }) => `${channel} ${recipient}`);
    expect(await asked()).toEqual(['each dora', 'once ']);
    expect(await asked('failed')).toEqual(['once ']);
    expect(await asked('all')).toEqual(['each olga', 'each dora', 'once ']);
  });

  test('passes the channel the names of the latest revision and the recipients', async () => {
    const seen: NoticeMessage[] = [];
    const channel = channelOf(
      'each',
      ({ to }) => to,
      async (message) => void seen.push(message),
    );
    await bench.run('record', batch(noticeOf('e-1', ['olga', 'gone'])));
    await bench.runWith({ channels: [channel], noticeLinks: { pages: 'https://r.example' } }, 'deliver', idOf('e-1'), { channel: 'each', recipient: 'olga' });
    expect(seen).toMatchObject([
      {
        recipient: { id: 'olga', name: 'olga' },
        notified: [{ id: 'olga', name: 'olga' }, { id: 'gone' }],
        links: { pages: 'https://r.example' },
        plan: expect.objectContaining({ plan: 'told' }),
      },
    ]);
  });

  const failing = async (id: string, error: Error): Promise<ApplicationFailure> => {
    await bench.run('record', batch(noticeOf(id)));
    const channels = [
      channelOf(
        'once',
        () => [''],
        () => Promise.reject(error),
      ),
    ];
    return bench.runWith({ channels }, 'deliver', idOf(id), { channel: 'once', recipient: '' }).then(
      () => expect.fail('it was sent'),
      (thrown: ApplicationFailure) => thrown,
    );
  };

  test('is not retried when it can never succeed', async () => {
    expect(await failing('f-1', new Undeliverable('gone'))).toMatchObject({ message: 'gone', type: 'Undeliverable', nonRetryable: true });
  });

  test('is retried when it may succeed later: not before the receiver allows it, but within the hour; the full text of the server is left out', async () => {
    const notified = (afterMs?: number) => new TryAgain('busy', { afterMs, cause: new Error('olga@example.com is busy') });
    expect(await failing('f-2', notified())).toMatchObject({ message: 'busy', nonRetryable: false });
    expect(await failing('f-3', notified(90_000))).toMatchObject({ nextRetryDelay: 90_000 });
    expect(await failing('f-4', notified(86_400_000))).toMatchObject({ nextRetryDelay: 3_600_000, cause: undefined });
  });

  test('by a channel that this worker does not have is retried, with a reason', async () => {
    await bench.run('record', batch(noticeOf('g-1')));
    const failed = bench.run('deliver', idOf('g-1'), { channel: 'smtp', recipient: 'olga' });
    await expect(failed).rejects.toThrow("this worker has no channel 'smtp'");
    await expect(failed).rejects.toMatchObject({ nonRetryable: false });
  });

  test('of an unknown notice fails without retry', async () => {
    await expect(bench.run('deliveriesOf', 'nobody-asked')).rejects.toMatchObject({ nonRetryable: true, message: "the store has no notice 'nobody-asked'" });
  });
});

test('mail goes to addresses of the domains that the site allows, and the channel is told which one is left out', async () => {
  const people = ['olga@Mail.example', 'dora@sub.mail.example', 'otto@mail.example.evil'].map((email) => ({ id: email.split('@')[0]!, email }));
  const input = bench.plan;
  const addressed = {
    ...input,
    plan: 'addressed',
    people: input.people.map((person) => ({ ...person, ...people.find(({ id }) => id === person.id) })),
  };
  const mailed = new Bench(store, addressed, {});
  await mailed.apply();
  const told = new Map<string, unknown>();
  const channel = channelOf(
    'smtp',
    ({ to }) => to,
    async ({ recipient }) => void told.set(recipient!.id, recipient!.email ?? recipient!.leftOut),
  );
  await store.record(batch(notice({ id: 'addressed-1', plan: 'addressed', to: ['olga', 'dora', 'otto'] })));
  const allowing = { channels: [channel], site: () => ({ ...mailed.site, mail: { domains: ['mail.example'] } }) };
  for (const recipient of ['olga', 'dora', 'otto']) await mailed.runWith(allowing, 'deliver', 'addressed-1', { channel: 'smtp', recipient });
  expect(Object.fromEntries(told)).toEqual({ olga: 'olga@Mail.example', dora: 'sub.mail.example', otto: 'mail.example.evil' });

  // A site that names no domain lets no mail go to the addresses that a plan names.
  told.clear();
  await store.record(batch(notice({ id: 'addressed-2', plan: 'addressed', to: ['olga'] })));
  await mailed.runWith({ channels: [channel], site: () => mailed.site }, 'deliver', 'addressed-2', { channel: 'smtp', recipient: 'olga' });
  expect(Object.fromEntries(told)).toEqual({ olga: 'mail.example' });
});

test('one mailbox gets so many in an hour, whichever person of the plan has it and however it is written', async () => {
  const addresses: Record<string, string> = { olga: 'Olga@box.example', dora: 'olga+dora@box.example', otto: 'otto@box.example' };
  const people = bench.plan.people.map((person) => ({ ...person, ...(addresses[person.id] ? { email: addresses[person.id]! } : {}) }));
  const mailed = new Bench(store, { ...bench.plan, plan: 'mailbox', people }, {});
  await mailed.apply();
  await store.record(batch(notice({ id: 'mailbox-1', plan: 'mailbox', to: ['olga', 'dora', 'otto'] })));
  const sent: string[] = [];
  const channel = channelOf(
    'smtp',
    ({ to }) => to,
    async ({ recipient }) => void sent.push(recipient!.id),
  );
  const site = () => ({ ...mailed.site, limits: { ...mailed.site.limits, noticesPerMailboxAndHour: 1 } });
  const deliver = (recipient: string) => mailed.runWith({ channels: [channel], site }, 'deliver', 'mailbox-1', { channel: 'smtp', recipient });
  await deliver('olga');
  await expect(deliver('dora')).rejects.toMatchObject({ type: 'TooManyAtOnce', nonRetryable: false });
  await deliver('otto');
  expect(sent).toEqual(['olga', 'otto']);
});

describe('how much a plan sends', () => {
  const hour = 3_600_000;
  const sent: string[] = [];
  const smtp = channelOf(
    'smtp',
    ({ to }) => to,
    async ({ notice: { id }, recipient }) => void sent.push(`${id} ${recipient!.id}`),
  );
  /** All under one right: that of every plan. */
  const limited = (perPlan: number, perRight: number) => ({
    channels: [smtp],
    site: () => ({ ...bench.site, limits: { ...bench.site.limits, noticesPerPlanAndHour: perPlan, noticesPerRightAndHour: perRight } }),
  });
  const recorded = async (plan: string, name: string, change: Partial<Notice> = {}): Promise<string> => {
    const made = notice({ id: `${plan}/wave-1#${name}`, plan, to: ['olga'], ...change });
    await store.record(batch(made));
    return made.id;
  };
  const deliver = (limits: ReturnType<typeof limited>, id: string, again?: 'all') =>
    bench.runWith(limits, 'deliver', id, { channel: 'smtp', recipient: 'olga' }, again).then(
      () => 'sent' as const,
      (failure: ApplicationFailure) => failure,
    );

  test('is limited by the hour: what is more is sent in the hours that follow, each once, and another plan does not wait for it', async () => {
    const limits = limited(3, 100);
    bench.nowMs = Date.now();
    const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => recorded('flood', `flood-${index}`)));
    const ends: ('sent' | ApplicationFailure)[] = [];
    for (const id of ids) ends.push(await deliver(limits, id));
    expect(ends.filter((end) => end === 'sent')).toHaveLength(3);
    const waiting = ends.flatMap((end, at) => (end === 'sent' ? [] : [{ id: ids[at]!, end }]));
    for (const { end } of waiting) {
      expect(end).toMatchObject({ type: 'TooManyAtOnce', nonRetryable: false, message: expect.stringContaining("plan 'flood', or all plans under its right") });
      expect(end.nextRetryDelay).toBeLessThan(3 * hour);
    }
    expect(await deliver(limits, await recorded('calm', 'calm-1'))).toBe('sent');

    const [told] = await store.waitingNotices(['flood', 'calm']);
    expect(told).toMatchObject({ plan: 'flood', messages: 5 });
    expect((await store.notices({ id: waiting[0]!.id }))[0]!.waitsUntilMs).toBeGreaterThan(Date.now());
    expect((await store.notices({ id: ids[0]! }))[0]).not.toHaveProperty('waitsUntilMs');

    const start = bench.nowMs;
    for (const { id, end } of waiting) {
      bench.nowMs = start + Number(end.nextRetryDelay);
      expect(await deliver(limits, id)).toBe('sent');
    }
    expect(sent.filter((each) => each.startsWith('flood/')).sort()).toEqual(ids.map((id) => `${id} olga`).sort());
    bench.nowMs = start;
  });

  test('is told to the workflow of a notice for all of its messages at once, so that none is tried only to hear that it waits', async () => {
    const limits = limited(3, 100);
    bench.nowMs = Date.now() + 50 * hour;
    const to = ['olga', 'dora', 'otto', 'ines', 'hugo'];
    const id = await recorded('placed', 'placed-1', { to });
    const place = () => bench.runWith(limits, 'placeDeliveries', id);
    const placed = await place();
    expect(placed.map(({ delivery: { channel, recipient } }) => `${channel} ${recipient}`)).toEqual(to.map((each) => `smtp ${each}`));
    expect(placed.map(({ afterMs }) => afterMs > 0)).toEqual([false, false, false, true, true]);
    // Another worker, or this one after it died, tells the same.
    expect(await place()).toEqual(placed);

    const last = placed.at(-1)!;
    const deliver = () => bench.runWith(limits, 'deliver', id, last.delivery);
    await expect(deliver()).rejects.toMatchObject({ type: 'TooManyAtOnce', nextRetryDelay: last.afterMs });
    bench.nowMs += last.afterMs;
    expect(await deliver()).toBe('sent');
    await store.record(recordBatch({ answered: [{ notices: [id], atMs: 1 }] }));
    expect(await place()).toEqual([]);
  });

  test('and the notices of one right never hold more than one connection to be told, while those of another right are told at once', async () => {
    bench.nowMs = Date.now() + 60 * hour;
    const { promise: free, resolve } = Promise.withResolvers<void>();
    const asked: string[] = [];
    const site = () => ({ ...bench.site, plans: ['crowd-*', 'calm-*'].map((id) => ({ ...bench.site.plans[0]!, plan: id })) });
    const held = {
      ...store,
      placesToSend: async (wanted: Parameters<Store['placesToSend']>[0]) => {
        asked.push(wanted[0]!.share.plan);
        if (wanted[0]!.share.plan.startsWith('crowd')) await free;
        return store.placesToSend(wanted);
      },
    };
    const deps = { ...bench.deps, site, channels: [smtp], store: held };
    const { placeDeliveries } = noticing(deps, sendingInTurns(deps));
    const placeAll = async (id: string) =>
      quiet(`notice/${id}`)
        .run(placeDeliveries, id)
        .then(
          () => 'placed',
          (failure: ApplicationFailure) => failure.type,
        );
    const ids = await Promise.all(Array.from({ length: 8 }, (_, index) => recorded(`crowd-${index}`, 'one')));
    const all = ids.map(placeAll);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    expect(await placeAll(await recorded('calm-1', 'one'))).toBe('placed');
    expect(asked).toHaveLength(2);
    resolve();
    const ends = await Promise.all(all);
    expect(ends.filter((end) => end === 'placed')).toHaveLength(5);
    expect(ends.filter((end) => end === 'TooManyAtOnce')).toHaveLength(3);
  });

  test('and what has been answered while it waited for its hour is not sent then, and its workflow ends', async () => {
    const limits = limited(1, 100);
    bench.nowMs = Date.now() + 50 * hour;
    const start = bench.nowMs;
    const [first, waits] = [await recorded('over', 'first'), await recorded('over', 'waits')];
    expect(await deliver(limits, first)).toBe('sent');
    const told = await deliver(limits, waits);
    expect(told).toMatchObject({ type: 'TooManyAtOnce' });
    await store.record(recordBatch({ answered: [{ notices: [waits], atMs: 1 }] }));
    bench.nowMs = start + (typeof told === 'string' ? 0 : Number(told.nextRetryDelay));
    expect(await bench.runWith(limits, 'deliver', waits, { channel: 'smtp', recipient: 'olga' })).toBe('notNeeded');
    expect(sent).not.toContain(`${waits} olga`);
    bench.nowMs = start;
  });

  test('is limited for all plans under one right together, and by each channel', async () => {
    const limits = limited(100, 2);
    bench.nowMs = Date.now() + 10 * hour;
    const ends = [];
    for (const plan of ['r-1', 'r-2', 'r-3']) ends.push(await deliver(limits, await recorded(plan, 'one')));
    expect(ends).toEqual(['sent', 'sent', expect.objectContaining({ type: 'TooManyAtOnce' })]);
    const hook = channelOf('webhook', () => ['']);
    await bench.runWith({ ...limits, channels: [hook] }, 'deliver', await recorded('r-3', 'two'), { channel: 'webhook', recipient: '' });
  });

  test('keeps no urgent notice waiting, and no notice that a person sends again; those have limits of their own', async () => {
    const limits = limited(1, 100);
    bench.nowMs = Date.now() + 20 * hour;
    const first = await recorded('busy', 'first');
    expect(await deliver(limits, first)).toBe('sent');
    expect(await deliver(limits, await recorded('busy', 'second'))).toMatchObject({ type: 'TooManyAtOnce' });
    expect(await deliver(limits, await recorded('busy', 'rollback', { kind: 'rollback' }))).toBe('sent');
    expect(await deliver(limits, await recorded('busy', 'rollback-2', { kind: 'rollback' }))).toMatchObject({ type: 'TooManyAtOnce' });
    expect(await deliver(limits, first, 'all')).toBe('sent');
    const other = await recorded('busy', 'other', { kind: 'dependency' });
    expect(await deliver(limits, other, 'all')).toMatchObject({ type: 'TooManyAtOnce' });
  });

  test('and how slow its mail server is does not keep another plan waiting; what waits for a turn has not been tried', async () => {
    bench.nowMs = Date.now() + 30 * hour;
    const { promise: answer, resolve } = Promise.withResolvers<void>();
    const tries: string[] = [];
    const slow = channelOf(
      'slow',
      ({ to }) => to,
      async ({ notice: about }) => {
        tries.push(about.plan);
        if (about.plan === 'slow') await answer;
      },
    );
    const sending = sendingInTurns({ ...bench.deps, store });
    const deliverAll = async (id: string) => {
      const activity = noticing({ ...bench.deps, store, channels: [slow] }, sending).deliver;
      const environment = quiet(`notice/${id}`);
      return environment.run(activity, id, { channel: 'slow', recipient: 'olga' }).catch((failure: ApplicationFailure) => failure.type);
    };
    const ids = await Promise.all(Array.from({ length: 6 }, (_, index) => recorded('slow', `slow-${index}`)));
    const all = ids.map(deliverAll);
    await vi.waitFor(() => expect(tries).toEqual(['slow', 'slow']));
    expect(await deliverAll(await recorded('quick', 'quick-1'))).toBe('sent');
    resolve();
    const ends = await Promise.all(all);
    expect(ends.filter((end) => end === 'sent')).toHaveLength(3);
    expect(ends.filter((end) => end === 'TooManyAtOnce')).toHaveLength(3);
    expect(tries).toHaveLength(4);
  });

  test('tries of one message are counted, across processes, and after the last one it goes to the dead letters', async () => {
    bench.nowMs = Date.now() + 40 * hour;
    const id = await recorded('tried', 'tried-1');
    const failing = channelOf(
      'smtp',
      ({ to }) => to,
      () => Promise.reject(new TryAgain('busy')),
    );
    const pauses: unknown[] = [];
    for (let index = 0; index < 34; index += 1) {
      const end = await bench
        .runWith({ channels: [failing] }, 'deliver', id, { channel: 'smtp', recipient: 'olga' })
        .catch((failure: ApplicationFailure) => failure);
      pauses.push((end as ApplicationFailure).nonRetryable ? (end as ApplicationFailure).message : (end as ApplicationFailure).nextRetryDelay);
    }
    expect(pauses.slice(0, 3)).toEqual([5_000, 10_000, 20_000]);
    expect(pauses.slice(-3)).toEqual([hour, hour, 'busy; tried 34 times in a day']);
    await expect(bench.runWith({ channels: [failing] }, 'deliver', id, { channel: 'smtp', recipient: 'olga' })).rejects.toThrow('no worker ran long enough');
  });
});
