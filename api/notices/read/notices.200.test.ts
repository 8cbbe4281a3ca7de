import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../store/contract.ts';
import { openStore } from '../../../store/open.ts';
import { startEndpoint, planText } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';
import { operatorsApply } from '../../../test/support/site.ts';
import { notice } from '../../../test/support/notices.ts';
import { recordBatch } from '../../../domain/records.ts';

let api: Endpoint;
let store: Store;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 }, operatorsApply);
  await api.send('ines', 'POST', '/v1/plans', planText());
  await api.send('ines', 'POST', '/v1/plans', planText({ plan: 'other', clerk: { owner: 'sam' } }).replace('name: olga', 'name: Mallory'));
  store = await openStore(api.config.databaseUrl, { migrate: true });
  await store.record(
    recordBatch({
      notices: [
        notice({ id: 'one', package: 'clerk' }),
        notice({ id: 'two', package: 'clerk', wave: 'wave-2' }),
        notice({ id: 'three', package: 'clerk', plan: 'other', byMs: 5_000 }),
      ],
      answered: [{ notices: ['two'], atMs: 9_000 }],
    }),
  );
  await store.saveDelivery('one', { channel: 'webhook', recipient: '' }, { state: 'sent' });
  await store.saveDelivery('one', { channel: 'smtp', recipient: 'olga' }, { state: 'failed', why: 'the mail server is down' });
});
afterAll(async () => {
  await store.close();
  await api.close();
});

const list = async (query = '') => {
  const { status, body } = await api.send('ines', 'GET', `/v1/notices${query}`);
  expect(status).toBe(200);
  return body['notices'] as Record<string, unknown>[];
};
const ids = async (query: string) => (await list(query)).map(({ id }) => id);

test('those who act can read who is asked for what, and how it was delivered; others see none', async () => {
  const [one] = await list();
  expect(one).toEqual({
    ...notice({ id: 'one', package: 'clerk' }),
    mayAnswer: ['olga'],
    deliveries: [
      { channel: 'smtp', recipient: 'olga', state: 'failed', attempts: 1, why: 'the mail server is down', atMs: expect.any(Number) },
      { channel: 'webhook', recipient: '', state: 'sent', attempts: 1, atMs: expect.any(Number) },
    ],
  });
  expect((await api.send('', 'GET', '/v1/notices')).status).toBe(401);
  const seenBy = async (by: string, query = '') => (await api.send(by, 'GET', `/v1/notices${query}`)).body['notices'].map(({ id }: { id: string }) => id);
  expect(await Promise.all(['olga', 'sam', 'ann'].map((by) => seenBy(by)))).toEqual([['one', 'two'], ['three'], []]);
  expect(await seenBy('sam', '?plan=test')).toEqual([]);
});

test('each plan names the people of its own rows', async () => {
  const named = async (query: string) => (await api.send('ines', 'GET', `/v1/notices${query}`)).body['names'];
  const [own, others, both] = await Promise.all(['?plan=test', '?plan=other', ''].map(named));
  expect(own).toMatchObject({ olga: expect.any(String) });
  expect(others).toMatchObject({ olga: 'Mallory' });
  expect(both).not.toHaveProperty('olga');
});

test.each([
  ['', ['one', 'two', 'three']],
  ['?plan=test', ['one', 'two']],
  ['?plan=test,other', ['one', 'two', 'three']],
  ['?plan=test&plan=other&wave=wave-1', ['one', 'three']],
  ['?plan=test&wave=wave-2', ['two']],
  ['?open=true', ['one', 'three']],
  ['?open=false', ['two']],
  ['?open=true&plan=other', ['three']],
  ['?undelivered=true', ['one']],
  ['?undelivered=false', ['two', 'three']],
  ['?owner=olga', ['one', 'two']],
  ['?owner=otto', []],
  ['?team=finance&risk=low,high', ['one', 'two', 'three']],
  ['?risk=high', []],
  ['?text=CLERK%20waits', ['one', 'two', 'three']],
  ['?since=2030-01-01', []],
  ['?plan=nobodys', []],
])('of the notices, %s lists %j', async (query, expected) => {
  expect(await ids(query)).toEqual(expected);
});

test('they are read page by page, in order, while others are added and answered', async () => {
  const first = await api.send('ines', 'GET', '/v1/notices?limit=2&plan=test,other');
  expect(first.body.notices.map(({ id }: { id: string }) => id)).toEqual(['one', 'two']);
  await store.record(recordBatch({ notices: [notice({ id: 'four' })], answered: [{ notices: ['one'], atMs: 9_500 }] }));
  const second = await api.send('ines', 'GET', `/v1/notices?limit=2&plan=test,other&cursor=${first.body.next}`);
  expect([second.body.notices.map(({ id }: { id: string }) => id), second.body.next]).toEqual([['three', 'four'], undefined]);
});
