/** A worker died at an effect, and the system no longer knows its transaction: after a restore of the server, or because that was very long ago. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActualGrant, Connector } from '../connectors/connector.ts';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { ReleaseRef } from './contract.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('forgotten');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const points = ['after the record', 'after the commit'] as const;
/** A store whose process dies at its n-th effect. */
function dyingAt(point: (typeof points)[number], turn = 1): Store {
  const die = () => Promise.reject(new Error('killed'));
  let effects = 0;
  return {
    ...store,
    append: async (facts, effect) => {
      await store.append(facts, effect);
      if (facts.some(({ fact }) => 'transaction' in fact)) effects += 1;
      return point === 'after the record' && effects === turn ? die() : undefined;
    },
    settle: async (...args) => (effects === turn ? die() : store.settle(...args)),
  };
}

let number = 0;
async function bench() {
  const id = `forgotten-${(number += 1)}`;
  const memory = noneConnector({ grants: [{ role: 'old_reader', account: 'ann', grantor: 'dba', options: {} }] });
  const system: Connector = { ...memory, wasCommitted: async () => 'unknown' };
  const plan = benchPlan(`forgotten-plan-${number}`, id, { packages: [{ legacy: [{ system: id, role: 'old_reader', design: 'superseded' }] }] });
  const made = new Bench(store, plan, { [id]: system });
  await made.apply();
  return Object.assign(made, { memory, id, release: await made.signed() });
}
const held = ({ memory }: { memory: ReturnType<typeof noneConnector> }) => memory.held().map(({ role, account, grantor }) => `${role} ${account} ${grantor}`);
const legacy = ['old_reader ann dba'];

let proposals = 0;
const approve = (made: Bench, release: ReleaseRef) =>
  made.record('decide', 'olga', release, { proposal: `rollback-${(proposals += 1)}`, kind: 'rollback', answer: 'approve', reason: 'yes' });

describe.each(points)('what a worker that died %s did is settled by what is held:', (point) => {
  test('a grant', async () => {
    const made = await bench();
    const { release, id } = made;
    await expect(made.runWith({ store: dyingAt(point) }, 'grantAccess', release, id)).rejects.toThrow('killed');
    expect(await made.run('grantAccess', release, id)).toMatchObject({ created: 6, failed: 0, unknown: 0 });
    expect(made.memory.held()).toHaveLength(7);
    expect(await made.run('rollBackAccess', release, id, { id: 'r', approval: await approve(made, release) })).toMatchObject({
      granted: 6,
      revoked: 6,
      failed: [],
    });
    expect(held(made)).toEqual(legacy);
  });

  test('a grant that is rolled back at once', async () => {
    const made = await bench();
    const { release, id } = made;
    await expect(made.runWith({ store: dyingAt(point) }, 'grantAccess', release, id)).rejects.toThrow('killed');
    const granted = point === 'after the commit' ? 6 : 0;
    expect(await made.run('rollBackAccess', release, id, { id: 'r', approval: await approve(made, release) })).toMatchObject({
      granted,
      revoked: granted,
      failed: [],
    });
    expect(held(made)).toEqual(legacy);
  });

  test('a retirement, and its restore', async () => {
    const made = await bench();
    const { release, id } = made;
    await made.run('grantAccess', release, id);
    await expect(made.runWith({ store: dyingAt(point) }, 'retireLegacy', release, id)).rejects.toThrow('killed');
    expect(await made.run('retireLegacy', release, id)).toMatchObject({ retired: 1, failed: 0 });
    expect(held(made)).toHaveLength(6);
    const rollback = { id: 'r', approval: await approve(made, release) };
    // The first effect of the rollback is the revoke, the second the restore.
    await expect(made.runWith({ store: dyingAt(point) }, 'rollBackAccess', release, id, rollback)).rejects.toThrow('killed');
    expect(held(made)).toHaveLength(point === 'after the commit' ? 0 : 6);
    const restore = point === 'after the commit' ? 1 : 2;
    await expect(made.runWith({ store: dyingAt(point, restore) }, 'rollBackAccess', release, id, rollback)).rejects.toThrow('killed');
    expect(held(made)).toEqual(point === 'after the commit' ? legacy : []);
    expect(await made.run('rollBackAccess', release, id, rollback)).toMatchObject({ granted: 6, revoked: 6, restored: 1, failed: [] });
    expect(held(made)).toEqual(legacy);
  });
});

test('the dependency check of a rollback waits for an attempt that has not ended, and settles one that has', async () => {
  const made = await bench();
  const { release, id } = made;
  await expect(made.runWith({ store: dyingAt('after the commit') }, 'grantAccess', release, id)).rejects.toThrow('killed');
  const line = async () => (await made.run('dependencyCheck', release)).find(({ code }) => code === 'unconfirmed');
  const system = made.systems[id]!;
  made.systems[id] = { ...system, wasCommitted: async () => 'running' };
  expect(await line()).toMatchObject({ clear: false, grants: 6, clearedBy: { role: 'operators' } });
  made.systems[id] = system;
  expect(await line()).toMatchObject({ clear: true, line: 'every grant is confirmed' });
});

describe('on a standby, which may lag behind,', () => {
  const asStandby = { type: 'SystemUnavailable', nonRetryable: false, message: expect.stringContaining('is a standby') };

  test('nothing is settled, read back, called gone or changed, until the primary answers', async () => {
    const made = await bench();
    const { release, id, memory } = made;
    await expect(made.runWith({ store: dyingAt('after the commit') }, 'grantAccess', release, id)).rejects.toThrow('killed');
    const before = await store.ledger(release);
    const rollback = { id: 'r', approval: await approve(made, release) };
    memory.setStandby(true);
    for (const work of [
      () => made.run('grantAccess', release, id),
      () => made.run('verifyAccess', release, id),
      () => made.run('retireLegacy', release, id),
      () => made.run('tuneAccess', release, id, { id: 't', step: 'reconcile' }),
      () => made.run('rollBackAccess', release, id, rollback),
    ])
      await expect(work()).rejects.toMatchObject({ ...asStandby, message: expect.any(String) });
    expect(await store.ledger(release)).toEqual(before);
    memory.setStandby(false);
    expect(await made.run('rollBackAccess', release, id, rollback)).toMatchObject({ granted: 6, revoked: 6, failed: [] });
  });

  test('a rollback does not call gone what it does not see there', async () => {
    const made = await bench();
    const { release, id, memory } = made;
    await made.run('grantAccess', release, id);
    // The copy is from before the grants.
    made.systems[id] = { ...memory, snapshot: async (...args) => ({ ...(await memory.snapshot(...args)), grants: [], standby: true }) };
    const rollback = { id: 'r', approval: await approve(made, release) };
    await expect(made.run('rollBackAccess', release, id, rollback)).rejects.toMatchObject(asStandby);
    expect((await made.outcomes(release)).every((line) => line.endsWith('created'))).toBe(true);
  });

  test('drift is read all the same, and says so', async () => {
    const made = await bench();
    const { release, id, memory } = made;
    await made.run('grantAccess', release, id);
    memory.setStandby(true);
    await made.evaluate(release, { purpose: 'scheduled', startMs: made.nowMs, dueMs: made.nowMs + 1, atEnd: false });
    expect((await store.evaluations(release))[0]?.driftLines).toEqual([
      expect.stringMatching(/^[\w-]+: read from a standby, which may not show the latest changes yet$/),
      expect.stringContaining('legacy access'),
    ]);
  });
});

describe('where the system has no ids of grants', () => {
  const unnumbered = (grant: ActualGrant): ActualGrant => {
    const { id: _id, ...rest } = grant;
    return rest;
  };
  /** As a server before PostgreSQL 16. */
  const older = (system: Connector): Connector => ({
    ...system,
    snapshot: async (...args) => {
      const now = await system.snapshot(...args);
      return { ...now, grants: now.grants.map(unnumbered) };
    },
    grant: (wanted, beforeCommit) =>
      system.grant(wanted, (outcomes, transaction) =>
        beforeCommit(
          outcomes.map((one) => (one.outcome === 'created' ? { ...one, grant: unnumbered(one.grant) } : one)),
          transaction,
        ),
      ),
  });
  async function inDoubt() {
    const made = await bench();
    const { release, id } = made;
    made.systems[id] = older(made.systems[id]!);
    await expect(made.runWith({ store: dyingAt('after the commit') }, 'grantAccess', release, id)).rejects.toThrow('killed');
    expect(await made.run('grantAccess', release, id)).toMatchObject({ created: 0, unknown: 6 });
    expect((await made.run('dependencyCheck', release)).find(({ code }) => code === 'unconfirmed')).toMatchObject({ clear: true, grants: 6 });
    return { made, roll: async () => made.run('rollBackAccess', release, id, { id: 'r', approval: await approve(made, release) }) };
  }

  test('a rollback does not revoke what may be someone else’s, asks who approved, and ends when they approve again (R1)', async () => {
    const { made, roll } = await inDoubt();
    await expect(roll()).rejects.toMatchObject({ type: 'Incomplete', message: expect.stringContaining('which leaves what is held then') });
    expect(held(made)).toHaveLength(7);
    const receipt = await roll();
    expect(receipt).toMatchObject({ revoked: 0, failed: [] });
    expect(receipt.kept.map(({ why }) => why)).toEqual(Array(6).fill('left as it is by the person who approved again'));
    expect(held(made)).toHaveLength(7);
  });

  test('a second run of the same approval is no answer', async () => {
    const { made } = await inDoubt();
    const rollback = { id: 'r', approval: await approve(made, made.release) };
    for (let run = 0; run < 2; run++) await expect(made.run('rollBackAccess', made.release, made.id, rollback)).rejects.toMatchObject({ type: 'Incomplete' });
  });

  test('what the person revokes by hand in between is settled, and the rest is left', async () => {
    const { made, roll } = await inDoubt();
    await expect(roll()).rejects.toMatchObject({ type: 'Incomplete' });
    for (const role of ['clerk', 'reader']) for (const account of ['ann', 'ben', 'cem']) made.memory.removeAll(role, account);
    expect(await roll()).toMatchObject({ granted: 0, revoked: 0, kept: [], failed: [] });
  });
});
