/** Workers that were paused and wake up after the rollback of what they were doing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { claimsIn } from '../test/support/claims.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { PlanChange } from '../test/support/plan.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('paused_workers');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const withLegacy: PlanChange = { packages: [{ legacy: [{ system: 'att-4', role: 'old-clerk', design: 'superseded' }] }] };

let number = 0;
async function bench(system = noneConnector(), change: PlanChange = {}) {
  const id = `att-${(number += 1)}`;
  const made = new Bench(store, benchPlan(`paused-${number}`, id, change), { [id]: system });
  await made.apply();
  return Object.assign(made, { system, id });
}

/** Waits in this call of the store until told. */
function paused(method: 'beginRelease' | 'claim' | 'claimsOn' | 'append' | 'saveReceipt', turn = 1) {
  let go: () => void = () => undefined;
  let reached: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (reached = resolve));
  const open = new Promise<void>((resolve) => (go = resolve));
  let calls = 0;
  const slow: Store = {
    ...store,
    [method]: async (...args: never[]) => {
      if ((calls += 1) === turn) {
        reached();
        await open;
      }
      return (store[method] as (...all: never[]) => Promise<unknown>)(...args);
    },
  };
  return { slow, arrived, go };
}

const stages = ['beginRelease', 'claim', 'append'] as const;

test.each(stages)('a worker that was paused before %s, and wakes up after an abort and its rollback, claims and grants nothing (R5)', async (stage) => {
  const made = await bench();
  const release = await made.signed();
  const { slow, arrived, go } = paused(stage);
  const sleeping = made.runWith({ store: slow }, 'grantAccess', release, made.id).catch((error: unknown) => error);
  await arrived;
  const approval = await made.record('abort', 'olga', release, { reason: 'stop' });
  await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({ type: 'ReleaseStopped' });
  expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval })).toMatchObject({ granted: 0, revoked: 0, failed: [] });
  go();
  expect(await sleeping).toMatchObject({ type: 'LedgerMoved', nonRetryable: false });
  expect(made.system.held()).toEqual([]);
  expect(await claimsIn(store, await made.system.place(), ['clerk', 'reader'])).toEqual([]);
});

test('a worker that was paused before it retired legacy access, and wakes up after the rollback, retires nothing (R5)', async () => {
  const made = await bench(noneConnector({ grants: [{ role: 'old-clerk', account: 'ann', grantor: 'dba', options: {} }] }), withLegacy);
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  const { slow, arrived, go } = paused('claimsOn');
  const sleeping = made.runWith({ store: slow }, 'retireLegacy', release, made.id).catch((error: unknown) => error);
  await arrived;
  const approval = await made.record('abort', 'olga', release, { reason: 'stop' });
  expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval })).toMatchObject({ granted: 6, revoked: 6, failed: [] });
  go();
  expect(await sleeping).toMatchObject({ type: 'LedgerMoved', nonRetryable: false });
  expect(made.system.held().map(({ role, account }) => `${role} ${account}`)).toEqual(['old-clerk ann']);
});

test('a worker that wakes up while the rollback ends is found, and the rollback is complete (R5)', async () => {
  const made = await bench();
  const release = await made.signed();
  const approval = await made.record('abort', 'olga', release, { reason: 'stop' });
  const { slow, arrived, go } = paused('saveReceipt');
  const rollingBack = made.runWith({ store: slow }, 'rollBackAccess', release, made.id, { id: 'r', approval }).catch((error: unknown) => error);
  await arrived;
  const place = await made.system.place();
  await store.claim(release, { place, system: made.id }, [{ role: 'clerk', account: 'ann' }]);
  go();
  expect(await rollingBack).toMatchObject({ name: 'LedgerMoved' });
  await made.run('rollBackAccess', release, made.id, { id: 'r', approval });
  expect(await claimsIn(store, place, ['clerk'])).toEqual([]);
});
