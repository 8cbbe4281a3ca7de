import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../../store/contract.ts';
import { openStore } from '../../../store/open.ts';
import { startEndpoint, planText } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';
import { notice } from '../../../test/support/notices.ts';
import { recordBatch } from '../../../domain/records.ts';

let api: Endpoint;
let store: Store;
beforeAll(async () => {
  api = await startEndpoint();
  await api.send('ines', 'POST', '/v1/plans', planText());
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
  const { status, body } = await api.send('ann', 'GET', `/v1/notices${query}`);
  expect([status, body['cut']]).toEqual([200, false]);
  return body['notices'] as Record<string, unknown>[];
};
const ids = async (query: string) => (await list(query)).map(({ id }) => id);

test('anybody with a token reads who is asked for what, and how it was delivered', async () => {
  const [one] = await list();
  expect(one).toEqual({
    ...notice({ id: 'one', package: 'clerk' }),
    deliveries: [
      { channel: 'smtp', recipient: 'olga', state: 'failed', attempts: 1, why: 'the mail server is down', atMs: expect.any(Number) },
      { channel: 'webhook', recipient: '', state: 'sent', attempts: 1, atMs: expect.any(Number) },
    ],
  });
  expect((await api.send('', 'GET', '/v1/notices')).status).toBe(401);
});

test('lists are cut by plan, wave, what is open and what was not delivered', async () => {
  expect(await ids('')).toEqual(['one', 'two', 'three']);
  expect(await ids('?plan=test')).toEqual(['one', 'two']);
  expect(await ids('?plan=test&wave=wave-2')).toEqual(['two']);
  expect(await ids('?open=true')).toEqual(['one', 'three']);
  expect(await ids('?open=0&plan=other')).toEqual(['three']);
  expect(await ids('?undelivered=1')).toEqual(['one']);
  expect(await ids('?plan=nobodys')).toEqual([]);
});

test('a query that is not understood is 422', async () => {
  for (const query of ['open=maybe', 'plan=NO', 'opened=true']) expect((await api.send('ann', 'GET', `/v1/notices?${query}`)).status).toBe(422);
});
