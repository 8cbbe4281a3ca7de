import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordBatch } from '../domain/records.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { notice } from '../test/support/notices.ts';
import { checkWaitingNotices } from './waiting-notices.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('waiting');
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

test('notices that wait for a later hour are said with their plan and until when; without a store, its tables or such notices nothing is', async () => {
  const check = (url?: string) => checkWaitingNotices(url === undefined ? {} : { DATABASE_URL: url }, 5_000);
  expect(await check()).toEqual([]);
  expect(await check('postgres://127.0.0.1:1/nobody')).toEqual([]);
  expect(await check(database.url)).toEqual([]);
  store = await openStore(database.url, { migrate: true });
  expect(await check(database.url)).toEqual([]);

  const ids = ['w/wave-1#1', 'w/wave-1#2', 'w/wave-1#3'];
  await store.record(recordBatch({ notices: ids.map((id) => notice({ id, plan: 'w' })) }));
  const most = { perPlan: 1, perRight: 10, perMailbox: 10 };
  for (const id of ids)
    await store.placeToSend({ notice: id, channel: 'smtp', recipient: 'olga' }, { line: 'smtp', share: { plan: 'w', right: '*' }, most, nowMs: Date.now() });
  expect(await check(database.url)).toEqual([
    expect.objectContaining({
      state: 'warning',
      text: expect.stringMatching(/^2 messages of plan w wait, the last until \d{4}-/),
      fix: expect.stringContaining('noticesPerPlanAndHour'),
    }),
  ]);
  await store.record(recordBatch({ answered: [{ notices: ids, atMs: 1 }] }));
  expect(await check(database.url)).toEqual([]);
});
