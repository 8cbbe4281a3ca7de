/** A system whose server was replaced: after pg_upgrade, or a restore from a dump, roles, accounts and grants have other identities under the same names. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('another_server');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const pairs = ['clerk', 'reader'].flatMap((role) => ['ann', 'ben', 'cem'].map((account) => ({ role, account })));

test('a rollback in another server says so instead of calling held grants gone, and ends once they are revoked by hand', async () => {
  const old = noneConnector();
  const made = new Bench(store, benchPlan('moved', 'moved-1'), { 'moved-1': old });
  await made.apply();
  const release = await made.signed();
  await made.run('grantAccess', release, 'moved-1');

  const restored = noneConnector({ grants: pairs.map((pair) => ({ ...pair, grantor: 'rolewave', options: {} })).toReversed() });
  made.systems['moved-1'] = restored;
  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  const rollback = () => made.run('rollBackAccess', release, 'moved-1', { id: 'r', approval });
  await expect(rollback()).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining('another server') });
  expect(restored.held()).toHaveLength(6);
  made.systems['moved-1'] = noneConnector();
  expect(await rollback()).toMatchObject({ granted: 6, revoked: 0, gone: 6, failed: [] });
});

test('a grant of another administrator that has the id of ours in another server is not revoked (R1)', async () => {
  const made = new Bench(store, benchPlan('collides', 'moved-2'), { 'moved-2': noneConnector() });
  await made.apply();
  const release = await made.signed();
  await made.run('grantAccess', release, 'moved-2');
  const kims = Array.from({ length: 20 }, (_, index) => ({ role: 'clerk', account: `account-${index}`, grantor: 'kim', options: {} }));
  const restored = noneConnector({ grants: kims });
  made.systems['moved-2'] = restored;
  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  expect(await made.run('rollBackAccess', release, 'moved-2', { id: 'r', approval })).toMatchObject({ revoked: 0, gone: 6, failed: [] });
  expect(restored.held()).toHaveLength(20);
});
