import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Notice } from '../domain/notices/request.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { notice } from '../test/support/notices.ts';
import type { Store } from './contract.ts';
import { openStore } from './open.ts';
import { recordBatch } from '../domain/records.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('notices');
  store = await openStore(database.url, { migrate: true });
});

afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const noticeOf = (id: string, change: Partial<Notice> = {}): Notice => notice({ id, plan: 'erp', package: undefined, to: ['olga', 'otto'], ...change });
const write = (...notices: Notice[]) => store.record(recordBatch({ notices }));
const answer = (atMs: number, ...notices: string[]) => store.record(recordBatch({ answered: [{ notices, atMs }] }));
const one = async (id: string) => (await store.notices({ id }))[0]!;

describe('a notice', () => {
  test('is read as it was recorded, with and without its optional fields', async () => {
    const full = noticeOf('full', { plan: 'read', package: 'clerks', byMs: 2_000 });
    const least = noticeOf('least', { plan: 'read', to: [] });
    await write(full, least);
    expect(await store.notices({ plan: 'read' })).toEqual([
      { ...full, deliveries: [] },
      { ...least, deliveries: [] },
    ]);
  });

  test('keeps its first record, even within one batch', async () => {
    await write(noticeOf('twice', { text: 'first' }), noticeOf('twice', { text: 'second' }));
    await write(noticeOf('twice', { text: 'third' }));
    expect((await one('twice')).text).toBe('first');
  });

  test('may contain any text that a person pasted', async () => {
    await write(noticeOf('pasted', { text: 'a\0b', openedAtMs: 1.5 }));
    expect(await one('pasted')).toMatchObject({ text: 'a\uFFFDb', openedAtMs: 2 });
  });

  test('is written with the records that it came with, or not at all', async () => {
    const event = { id: 'torn#1', plan: 'erp', wave: 'torn', atMs: 1, actor: 'rolewave', kind: 'asked', text: 'asked' };
    const broken = noticeOf('torn', { openedAtMs: Number.NaN });
    await expect(store.record(recordBatch({ events: [event], notices: [broken] }))).rejects.toThrow(/bigint/);
    expect(await store.events({ plan: 'erp', wave: 'torn' })).toEqual([]);
  });
});

describe('an answer', () => {
  test('closes all notices about a request, including those of the same batch; the first answer counts', async () => {
    await write(noticeOf('asked-1', { plan: 'answered' }));
    await store.record(recordBatch({ notices: [noticeOf('asked-2', { plan: 'answered' })], answered: [{ notices: ['asked-1', 'asked-2'], atMs: 5_000 }] }));
    await answer(9_000, 'asked-1', 'asked-2');
    expect((await store.notices({ plan: 'answered' })).map(({ answeredAtMs }) => answeredAtMs)).toEqual([5_000, 5_000]);
  });

  test('is no answer where a revision of the plan no longer asks: it is withdrawn, and no longer open', async () => {
    await write(noticeOf('gone', { plan: 'withdrawn' }));
    await store.record(recordBatch({ answered: [{ notices: ['gone'], atMs: 5_000, revision: 3 }] }));
    await answer(9_000, 'gone');
    const [found] = await store.notices({ plan: 'withdrawn' });
    expect(found).toMatchObject({ withdrawn: { atMs: 5_000, revision: 3 } });
    expect(found).not.toHaveProperty('answeredAtMs');
    expect((await store.noticePage({ plan: ['withdrawn'], open: true, limit: 10 })).rows).toEqual([]);
  });

  test('to a notice that was never recorded does no harm', async () => {
    await answer(1, 'nobody-asked');
    expect(await store.notices({ id: 'nobody-asked' })).toEqual([]);
  });
});

describe('a delivery', () => {
  const toOlga = { channel: 'smtp', recipient: 'olga' };

  test('counts its attempts, and says why the last one failed', async () => {
    await write(noticeOf('tried'));
    await store.saveDelivery('tried', toOlga, { state: 'failed', why: 'it is down' });
    await store.saveDelivery('tried', toOlga, { state: 'failed', why: 'it is still down' });
    expect((await one('tried')).deliveries).toEqual([{ ...toOlga, state: 'failed', attempts: 2, why: 'it is still down', atMs: expect.any(Number) }]);
    await store.saveDelivery('tried', toOlga, { state: 'sent' });
    expect((await one('tried')).deliveries).toEqual([{ ...toOlga, state: 'sent', attempts: 3, atMs: expect.any(Number) }]);
  });

  test('that succeeded is not turned into a failure by a late result', async () => {
    await write(noticeOf('late'));
    await store.saveDelivery('late', toOlga, { state: 'sent' });
    const sent = await one('late');
    await store.saveDelivery('late', toOlga, { state: 'failed', why: 'too late' });
    expect(await one('late')).toEqual(sent);
  });

  test('of a notice that does not exist is refused', async () => {
    await expect(store.saveDelivery('not-there', toOlga, { state: 'sent' })).rejects.toThrow(/deliveries_notice_fkey/);
  });
});

describe('a page of notices', () => {
  const page = async (of: Partial<Parameters<Store['noticePage']>[0]> & { plan: string[] }) =>
    (await store.noticePage({ limit: 100, ...of })).rows.map(({ id }) => id);

  test('has those that satisfy every filter, in the order in which they were recorded', async () => {
    await write(
      noticeOf('a', { plan: 'lists' }),
      noticeOf('b', { plan: 'lists', wave: 'wave-2', package: 'readers', to: ['ben'] }),
      noticeOf('c', { plan: 'lists', text: 'The 100% OFFER_ waits.', openedAtMs: 9_000 }),
      noticeOf('d', { plan: 'lists-2' }),
    );
    await answer(2_000, 'a');
    for (const id of ['a', 'b', 'c']) await store.saveDelivery(id, { channel: 'webhook', recipient: '' }, { state: id === 'c' ? 'sent' : 'failed', why: 'x' });
    const plan = ['lists'];
    expect(await page({ plan })).toEqual(['a', 'b', 'c']);
    expect(await page({ plan: ['lists', 'lists-2'] })).toEqual(['a', 'b', 'c', 'd']);
    expect(await page({ plan, wave: ['wave-1'] })).toEqual(['a', 'c']);
    expect(await page({ plan, open: true })).toEqual(['b', 'c']);
    expect(await page({ plan, open: false })).toEqual(['a']);
    expect(await page({ plan, undelivered: true })).toEqual(['a', 'b']);
    expect(await page({ plan, undelivered: false })).toEqual(['c']);
    expect(await page({ plan, open: true, undelivered: true })).toEqual(['b']);
    expect(await page({ plan, sinceMs: 9_000 })).toEqual(['c']);
    expect(await page({ plan, about: [{ plan: 'lists', package: 'readers' }] })).toEqual(['b']);
    expect(await page({ plan, about: [] })).toEqual([]);
    expect(await page({ plan, text: 'offer_ W' })).toEqual(['c']);
    expect(await page({ plan, text: 'BEN' })).toEqual(['b']);
    expect(await page({ plan, text: '0%off' })).toEqual([]);
    expect(await page({ plan: ['nothing'] })).toEqual([]);
  });

  test('begins after a position, and notices recorded in the meantime come last', async () => {
    await write(noticeOf('p1', { plan: 'pages' }), noticeOf('p2', { plan: 'pages' }), noticeOf('p3', { plan: 'pages' }));
    const [first, second] = (await store.noticePage({ plan: ['pages'], limit: 2 })).rows;
    await write(noticeOf('p4', { plan: 'pages' }));
    await answer(3_000, first!.id);
    expect(await page({ plan: ['pages'], after: second!.position })).toEqual(['p3', 'p4']);
  });
});
