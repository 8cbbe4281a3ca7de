import { packageWorkflowId } from '../domain/messages.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AtOnce, Connector } from '../connectors/connector.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { noneConnector, type NoneConnector } from '../connectors/none/connector.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { claimsIn } from '../test/support/claims.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { createActivities } from './index.ts';
import type { ReleaseRef } from './contract.ts';
import { acceptedWhenSealed } from '../test/support/accepted-when-sealed.ts';
import { Bench, benchPlan, quiet } from '../test/support/activity-bench.ts';
import type { PlanChange } from '../test/support/plan.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createDatabase('effects');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
/** Each has its own system id: claims are by system, and the tests share the store. */
async function bench(system: NoneConnector = noneConnector(), change: PlanChange = {}): Promise<Bench & { system: NoneConnector; id: string; place: string }> {
  const id = `erp-${(number += 1)}`;
  const made = new Bench(store, benchPlan(`effects-${number}`, id, change), { [id]: system });
  await made.apply();
  return Object.assign(made, { system, id, place: await system.place() });
}

const granted = (...pairs: [string, string, string?][]) => pairs.map(([role, account, grantor = 'dba']) => ({ role, account, grantor, options: {} }));
const names = (system: NoneConnector) => system.held().map(({ role, account, grantor }) => `${role} ${account} ${grantor}`);
const approve = (made: Bench, release: ReleaseRef) =>
  made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });

const points = ['before the record', 'after the record', 'after the commit'] as const;
type Point = (typeof points)[number];
const killPoints = [1, 2, 3].flatMap((batch) => points.map((point): [number, Point] => [batch, point]));

/** A store whose process dies in the n-th batch of effects: before or after what it does is recorded, or when the system has committed it. */
function killedAt(batch: number, point: Point): Store {
  const die = () => Promise.reject(new Error('killed'));
  let [records, settled] = [0, 0];
  return {
    ...store,
    append: async (facts, unlessClaimed) => {
      const isEffect = facts.some(({ fact }) => 'transaction' in fact);
      if (isEffect && (records += 1) === batch && point === 'before the record') return die();
      await store.append(facts, unlessClaimed);
      return isEffect && records === batch && point === 'after the record' ? die() : undefined;
    },
    settle: async (...args) => ((settled += 1) === batch && point === 'after the commit' ? die() : store.settle(...args)),
  };
}

describe('granting', () => {
  test('everyone is granted what was signed; what is already there stays as it is', async () => {
    const made = await bench(noneConnector({ grants: granted(['clerk', 'ann']) }));
    const release = await made.signed();
    expect(await made.run('grantAccess', release, made.id)).toEqual({ created: 5, preexisting: 1, failed: 0, unknown: 0, refusals: [] });
    expect(await made.run('verifyAccess', release, made.id)).toEqual({ created: 5, preexisting: 1, failed: 0, unknown: 0, refusals: [] });
    expect(names(made.system).filter((name) => name.includes(' ann'))).toEqual(['clerk ann dba', 'reader ann rolewave']);
  });

  test.each<[AtOnce | undefined, number[]]>([
    [undefined, [6]],
    [{ ofOneRole: true }, [3, 3]],
    [{ grants: 4 }, [4, 2]],
    [{ ofOneRole: true, grants: 2 }, [2, 1, 2, 1]],
  ])('a system that changes %j at once is given no more in one call, and everything once', async (atOnce, sizes) => {
    const made = await bench();
    const calls: string[][] = [];
    const noted = <Item extends { role: string }, Rest extends unknown[], Answer>(call: (items: Item[], ...rest: Rest) => Answer) => {
      return (items: Item[], ...rest: Rest) => {
        calls.push(items.map(({ role }) => role));
        return call(items, ...rest);
      };
    };
    const limited: Connector = { ...made.system, ...(atOnce ? { atOnce } : {}), grant: noted(made.system.grant), revoke: noted(made.system.revoke) };
    const release = await made.signed();
    const systems = { openSystem: async () => limited };
    expect(await made.runWith(systems, 'grantAccess', release, made.id)).toMatchObject({ created: 6 });
    expect(made.system.held()).toHaveLength(6);
    expect(await made.runWith(systems, 'rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) })).toMatchObject({ revoked: 6 });
    expect(made.system.held()).toEqual([]);
    const inOrder = (numbers: number[]) => numbers.toSorted((a, b) => b - a);
    expect(inOrder(calls.map(({ length }) => length))).toEqual(inOrder([...sizes, ...sizes]));
    if (atOnce?.ofOneRole) for (const roles of calls) expect(new Set(roles).size).toBe(1);
  });

  test('run again, it returns the same and changes nothing (R4)', async () => {
    const made = await bench();
    const release = await made.signed();
    const first = await made.run('grantAccess', release, made.id);
    const held = names(made.system);
    expect(await made.run('grantAccess', release, made.id)).toEqual(first);
    expect(names(made.system)).toEqual(held);
  });

  test.each(killPoints)('killed in batch %i, %s, and run again: nothing missing, nothing twice (R4)', async (batch, point) => {
    const made = await bench();
    const release = await made.signed();
    await expect(made.runWith({ store: killedAt(batch, point), grantsPerBatch: 2 }, 'grantAccess', release, made.id)).rejects.toThrow('killed');
    expect(made.system.held()).toHaveLength(2 * batch - (point === 'after the commit' ? 0 : 2));
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6, preexisting: 0, failed: 0, unknown: 0 });
    expect(made.system.held()).toHaveLength(6);
    expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) })).toMatchObject({ granted: 6, revoked: 6 });
    expect(made.system.held()).toEqual([]);
  });

  test('Temporal retries a system that cannot be reached, and earlier grants are on record', async () => {
    const made = await bench();
    const release = await made.signed();
    let left = 1;
    const failing: Connector = {
      ...made.system,
      grant: async (...args) => ((left -= 1) < 0 ? Promise.reject(new SystemUnavailable('connection lost')) : made.system.grant(...args)),
    };
    await expect(made.runWith({ openSystem: async () => failing, grantsPerBatch: 2 }, 'grantAccess', release, made.id)).rejects.toMatchObject({
      type: 'SystemUnavailable',
      nonRetryable: false,
    });
    expect((await made.outcomes(release)).filter((line) => line.endsWith('created'))).toHaveLength(2);
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
  });

  test('a store that cannot be written is retried too, and the system has changed nothing', async () => {
    const made = await bench();
    const release = await made.signed();
    const broken: Store = { ...store, append: async () => Promise.reject(new Error('the store is down')) };
    const error = await made.runWith({ store: broken }, 'grantAccess', release, made.id).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'the store is down' });
    expect(error).not.toHaveProperty('nonRetryable', true);
    expect(made.system.held()).toEqual([]);
  });

  test("a refusal is one failed grant, in the system's words, the others continue, and Temporal shows the activity as failed", async () => {
    const made = await bench();
    const release = await made.signed();
    made.system.refuse('ben', 'locked');
    const counts = { created: 4, preexisting: 0, failed: 2, unknown: 0, refusals: ["'clerk' of 'ben': locked", "'reader' of 'ben': locked"] };
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({
      type: 'Incomplete',
      nonRetryable: true,
      message: `system '${made.id}' refused: 'clerk' of 'ben': locked; 'reader' of 'ben': locked`,
      details: [counts],
    });
    expect(await made.run('verifyAccess', release, made.id)).toEqual(counts);
    made.system.refuse('ben', undefined);
    expect(await made.run('tuneAccess', release, made.id, { id: 't', step: 'grantMissing' })).toMatchObject({ granted: 2, left: 0 });
  });

  test('a cancellation stops between two batches, and revokes nothing; what is left is counted as not known', async () => {
    const made = await bench();
    const release = await made.signed();
    const environment = quiet(packageWorkflowId(release.plan, release.wave, release.package));
    const stopping: Connector = {
      ...made.system,
      grant: async (...args) => {
        environment.cancel('CANCELLED');
        return made.system.grant(...args);
      },
    };
    const { grantAccess } = createActivities({ ...made.deps, store: acceptedWhenSealed(made.deps.store), openSystem: async () => stopping, grantsPerBatch: 2 });
    await expect(environment.run(grantAccess, release, made.id)).rejects.toMatchObject({ name: 'CancelledFailure' });
    expect(await made.outcomes(release)).toEqual(['clerk ann created', 'clerk ben created']);
    expect(made.system.held()).toHaveLength(2);
    expect(await made.run('verifyAccess', release, made.id)).toMatchObject({ created: 2, unknown: 4 });
  });

  test('a worker that wakes up after the rollback changes nothing (R5)', async () => {
    const made = await bench();
    const release = await made.signed();
    let wake: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => (wake = resolve));
    const sleeping: Connector = {
      ...made.system,
      grant: async (wanted, beforeCommit) => {
        await paused;
        return made.system.grant(wanted, beforeCommit);
      },
    };
    const old = made.runWith({ openSystem: async () => sleeping }, 'grantAccess', release, made.id).catch((error: unknown) => error);
    await expect.poll(() => claimsIn(store, made.place, ['clerk'])).not.toEqual([]);
    await made.run('grantAccess', release, made.id);
    await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    wake();
    expect(await old).toMatchObject({ type: 'LedgerMoved', nonRetryable: false });
    expect(made.system.held()).toEqual([]);
  });

  test('a role or an account that was dropped and created again since it was signed is not granted', async () => {
    const made = await bench();
    const release = await made.signed();
    made.system.recreate('ben');
    made.system.changeRole('reader', ['everything']);
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({ type: 'Incomplete' });
    expect(names(made.system)).toEqual(['clerk ann rolewave', 'clerk cem rolewave']);
  });

  test('a leaver is granted nothing, and neither is anyone outside the signed preview', async () => {
    const made = await bench();
    const release = await made.signed();
    const left: Connector = {
      ...made.system,
      snapshot: async (roles, accounts) => {
        const now = await made.system.snapshot(roles, accounts);
        return { ...now, accounts: now.accounts.filter(({ account }) => account !== 'cem'), unknownAccounts: ['cem'] };
      },
    };
    expect(await made.runWith({ openSystem: async () => left }, 'grantAccess', release, made.id)).toMatchObject({
      created: 4,
    });
    expect(names(made.system).join()).not.toMatch(/cem|dea/);
  });

  test('a grant that reading back does not find is unknown; reconcile creates it again', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.removeAll('clerk', 'ann');
    expect(await made.run('verifyAccess', release, made.id)).toMatchObject({ created: 5, unknown: 1 });
    expect((await store.ledger(release)).find(({ outcome }) => outcome === 'unknown')?.why).toBe('was granted, and is no longer there');
    expect(await made.run('tuneAccess', release, made.id, { id: 't', step: 'reconcile' })).toMatchObject({ granted: 1, left: 0 });
    expect(await made.run('verifyAccess', release, made.id)).toMatchObject({ created: 6, unknown: 0 });
  });

  test('a grant that someone else made instead is theirs, and stays in the rollback', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.removeAll('clerk', 'ann');
    await made.run('verifyAccess', release, made.id);
    made.system.grantAs('kim', 'clerk', 'ann');
    expect(await made.run('tuneAccess', release, made.id, { id: 't', step: 'reconcile' })).toMatchObject({ granted: 0, left: 0 });
    await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(names(made.system)).toEqual(['clerk ann kim']);
  });
});

describe('retiring legacy access', () => {
  test('exactly the grants of the signed preview are revoked, no matter who granted them; a later one stays (R1)', async () => {
    const made = await bench(
      noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ann', 'kim'], ['old_admin', 'ben'], ['old_reader', 'dea']) }),
    );
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.grantAs('late', 'old_reader', 'ann');
    expect(await made.run('retireLegacy', release, made.id)).toMatchObject({ retired: 2, kept: 0, failed: 0 });
    const left = ['old_reader ann late', 'old_reader dea dba'];
    expect(names(made.system).filter((name) => name.startsWith('old'))).toEqual(left);
    expect(await made.run('retireLegacy', release, made.id)).toMatchObject({ retired: 2, kept: 0, failed: 0 });
  });

  test('people whose new access was refused keep the old one until they have the new one (R3)', async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben']) }));
    const release = await made.signed();
    made.system.refuse('ben', 'no licence');
    await expect(made.run('grantAccess', release, made.id)).rejects.toThrow(/no licence/);
    expect(await made.run('retireLegacy', release, made.id)).toMatchObject({ retired: 1, failed: 0 });
    expect(names(made.system)).toContain('old_reader ben dba');
    made.system.refuse('ben', undefined);
    expect(await made.run('tuneAccess', release, made.id, { id: 't', step: 'reconcile' })).toMatchObject({ granted: 2, retired: 1, left: 0 });
    expect(names(made.system).filter((name) => name.startsWith('old'))).toEqual([]);
  });

  test.each(killPoints)('killed in batch %i, %s, and run again, it knows what it revoked (R4)', async (batch, point) => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben'], ['old_reader', 'cem']) }));
    const before = names(made.system);
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    await expect(made.runWith({ store: killedAt(batch, point), grantsPerBatch: 1 }, 'retireLegacy', release, made.id)).rejects.toThrow('killed');
    expect(await made.run('retireLegacy', release, made.id)).toMatchObject({ retired: 3, kept: 0, failed: 0 });
    expect(names(made.system).filter((name) => name.startsWith('old'))).toEqual([]);
    await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(names(made.system)).toEqual(before);
  });

  test("another administrator's own revoke is not undone, and neither is what someone else did where Rolewave was refused (R1)", async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben'], ['old_reader', 'cem']) }));
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.removeAll('old_reader', 'ann');
    const refusing: Connector = {
      ...made.system,
      revoke: (grants, beforeCommit) =>
        made.system.revoke(
          grants.filter(({ account }) => account !== 'ben'),
          async (outcomes, transaction) => {
            const answers = [...outcomes];
            await beforeCommit(
              grants.map(({ account }) => (account === 'ben' ? { outcome: 'failed', why: 'no ADMIN OPTION' } : answers.shift()!)),
              transaction,
            );
          },
        ),
    };
    await expect(made.runWith({ openSystem: async () => refusing }, 'retireLegacy', release, made.id)).rejects.toMatchObject({
      type: 'Incomplete',
      details: [{ retired: 1, kept: 0, failed: 1, refusals: ["'old_reader' of 'ben': no ADMIN OPTION"] }],
    });
    made.system.removeAll('old_reader', 'ben');
    const receipt = await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(receipt).toMatchObject({ restored: 1, notRestored: [], failed: [] });
    expect(names(made.system)).toEqual(['old_reader cem dba']);
  });

  test('what another package needs is kept for it', async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben']) }), {
      packages: [{ id: 'clerks' }, { id: 'readers', entitlements: [], cohort: ['ann'], legacy: [] }].map((each, index) =>
        index === 0 ? each : { ...each, entitlements: [{ system: `erp-${number + 1}`, role: 'old_reader' }] },
      ),
    });
    const [clerks, readers] = [await made.signed(), await made.signed('readers')];
    await made.run('grantAccess', clerks, made.id);
    expect(await made.run('grantAccess', readers, made.id)).toMatchObject({ preexisting: 1 });
    expect(await made.run('retireLegacy', clerks, made.id)).toMatchObject({ retired: 1, kept: 1, failed: 0 });
    expect(names(made.system).filter((name) => name.startsWith('old'))).toEqual(['old_reader ann dba']);
    expect((await store.ledger(clerks)).find(({ outcome }) => outcome === 'kept')?.why).toBe('kept for readers');
  });
});

describe('rolling back', () => {
  test("restores the system, except that another administrator's grant stays and rejected access does not return", async () => {
    const made = await bench(noneConnector({ grants: granted(['clerk', 'ben', 'kim'], ['old_reader', 'ann'], ['old_admin', 'ann']) }));
    const before = names(made.system);
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    await made.run('retireLegacy', release, made.id);
    made.system.grantAs('dba_kim', 'clerk', 'ann');
    const rollback = { id: 'r', approval: await approve(made, release) };
    const receipt = await made.run('rollBackAccess', release, made.id, rollback);
    expect(names(made.system)).toEqual([...before.filter((name) => name !== 'old_admin ann dba'), 'clerk ann dba_kim'].sort());
    expect(receiptLine([receipt])).toBe(
      '5 granted, 5 revoked, 2 kept (granted by dba_kim; had it before), 1 legacy grant restored, 1 legacy grant not restored: its design was rejected',
    );
    expect(await made.run('rollBackAccess', release, made.id, rollback)).toEqual(receipt);
    expect(await claimsIn(store, made.place, ['clerk', 'reader'])).toEqual([]);
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({ type: 'NotCoveredBySignOffs' });
  });

  test.each([1, 2, 3, 4].flatMap((batch) => points.map((point): [number, Point] => [batch, point])))(
    'killed in batch %i, %s, and run again, it ends with the same receipt (R4)',
    async (batch, point) => {
      const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben']) }));
      const before = names(made.system);
      const release = await made.signed();
      await made.run('grantAccess', release, made.id);
      await made.run('retireLegacy', release, made.id);
      const rollback = { id: 'r', approval: await approve(made, release) };
      const dying = { store: killedAt(batch, point), grantsPerBatch: 2 };
      await expect(made.runWith(dying, 'rollBackAccess', release, made.id, rollback)).rejects.toThrow('killed');
      expect(await made.run('rollBackAccess', release, made.id, rollback)).toMatchObject({ granted: 6, revoked: 6, restored: 2, kept: [], failed: [] });
      expect(names(made.system)).toEqual(before);
    },
  );

  test('two packages that need the same grant: it stays for the other one (R1)', async () => {
    const made = await bench(undefined, { packages: [{ id: 'clerks' }, { id: 'posters', cohort: ['ann', 'ben'] }] });
    const [clerks, posters] = [await made.signed(), await made.signed('posters')];
    await made.run('grantAccess', clerks, made.id);
    expect(await made.run('grantAccess', posters, made.id)).toMatchObject({ created: 0, preexisting: 4, failed: 0, unknown: 0 });
    expect(await made.run('dependencyCheck', clerks)).toContainEqual({
      code: 'shared',
      grants: 4,
      line: "4 grants stay: 'posters' needs them too",
      clear: true,
    });
    const receipt = await made.run('rollBackAccess', clerks, made.id, { id: 'r', approval: await approve(made, clerks) });
    expect(receiptLine([receipt])).toBe('6 granted, 2 revoked, 4 kept: kept for posters');
    expect(made.system.held()).toHaveLength(4);
    expect(receiptLine([await made.run('rollBackAccess', posters, made.id, { id: 'r', approval: await approve(made, posters) })])).toBe('4 granted, 4 revoked');
    expect(made.system.held()).toEqual([]);
  });

  test('two packages that are rolled back at the same time leave nothing behind (R1)', async () => {
    const made = await bench(undefined, { packages: [{ id: 'clerks' }, { id: 'posters', cohort: ['ann', 'ben'] }] });
    const [clerks, posters] = [await made.signed(), await made.signed('posters')];
    await made.run('grantAccess', clerks, made.id);
    await made.run('grantAccess', posters, made.id);
    const approvals = [await approve(made, clerks), await approve(made, posters)];
    const roll = async (release: ReleaseRef, approval: string): Promise<unknown> =>
      made.run('rollBackAccess', release, made.id, { id: 'r', approval }).catch((error: { nonRetryable?: boolean }) => {
        // As Temporal does: what lost a race reads again.
        if (error.nonRetryable !== false) throw error;
        return roll(release, approval);
      });
    await Promise.all([roll(clerks, approvals[0]!), roll(posters, approvals[1]!)]);
    expect(made.system.held()).toEqual([]);
  });

  test("legacy access that one package retired and another grants again comes back in the first administrator's name", async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann', 'kim']) }), {
      packages: [{ id: 'clerks' }, { id: 'readers', cohort: ['ann'], legacy: [] }].map((each, index) =>
        index === 0 ? each : { ...each, entitlements: [{ system: `erp-${number + 1}`, role: 'old_reader' }] },
      ),
    });
    const clerks = await made.signed();
    await made.run('grantAccess', clerks, made.id);
    await made.run('retireLegacy', clerks, made.id);
    const readers = await made.signed('readers');
    await made.run('grantAccess', readers, made.id);
    const receipt = await made.run('rollBackAccess', clerks, made.id, { id: 'r', approval: await approve(made, clerks) });
    expect(receipt).toMatchObject({ restored: 1, notRestored: [], failed: [] });
    expect(names(made.system)).toEqual(['old_reader ann kim', 'old_reader ann rolewave']);
    await made.run('rollBackAccess', readers, made.id, { id: 'r', approval: await approve(made, readers) });
    expect(names(made.system)).toEqual(['old_reader ann kim']);
  });

  test('a renamed account and a renamed login of Rolewave change nothing: what was granted is revoked', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.rename('ann', 'ann.smith');
    made.system.signInAs('rolewave_2027');
    const receipt = await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(receipt).toMatchObject({ granted: 6, revoked: 6, kept: [], failed: [] });
    expect(made.system.held()).toEqual([]);
  });

  test('legacy access comes back to nobody who has left: an account that is locked or no longer exists is named', async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben'], ['old_reader', 'cem']) }));
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    await made.run('retireLegacy', release, made.id);
    made.system.lockAccount('ann');
    made.system.drop('ben');
    const rollback = { id: 'r', approval: await approve(made, release) };
    expect(await made.run('rollBackAccess', release, made.id, rollback)).toMatchObject({
      restored: 1,
      notRestored: [
        { role: 'old_reader', account: 'ann', why: "'ann' is locked, and may not log in any more, so this is not given back" },
        { role: 'old_reader', account: 'ben', why: "account 'ben' no longer exists" },
      ],
      failed: [],
    });
    expect(names(made.system)).toEqual(['old_reader cem dba']);
  });

  test('a grant that was made again in our name by someone else is not ours, and stays', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.removeAll('clerk', 'ann');
    made.system.grantAs('rolewave', 'clerk', 'ann');
    const receipt = await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(receipt).toMatchObject({ granted: 6, revoked: 5, gone: 1, kept: [{ role: 'clerk', account: 'ann', why: 'granted by rolewave' }] });
    expect(names(made.system)).toEqual(['clerk ann rolewave']);
  });

  test('a package that others build on is not clear for rollback, and the line says who clears it', async () => {
    const made = await bench(undefined, { packages: [{ id: 'clerks' }, { id: 'posters', owner: 'hugo', buildsOn: ['clerks'] }] });
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    const clear = { code: 'builtUpon', packages: [], line: 'no released package builds on this one', clear: true };
    expect(await made.run('dependencyCheck', release)).toContainEqual(clear);
    const posters = await made.preview('posters');
    await made.sign(posters, 'hugo');
    await made.run('grantAccess', posters, made.id);
    expect(await made.run('dependencyCheck', release)).toContainEqual({
      code: 'builtUpon',
      packages: ['posters'],
      line: "'posters' is released and builds on this one: roll it back first",
      clear: false,
      clearedBy: { person: 'hugo' },
    });
    await made.run('rollBackAccess', posters, made.id, {
      id: 'r',
      approval: await made.record('decide', 'hugo', posters, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' }),
    });
    expect(await made.run('dependencyCheck', release)).toContainEqual(clear);
  });

  test('the receipt counts grants that someone revoked before', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.removeAll('clerk', 'ann');
    const receipt = await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(receipt).toMatchObject({ granted: 6, revoked: 5, gone: 1, failed: [] });
  });
});

describe('tuning', () => {
  const out = async (made: Awaited<ReturnType<typeof bench>>) => {
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    await made.run('retireLegacy', release, made.id);
    return release;
  };

  test('reconcile grants what is missing and retires what returned, returns the same when run again, and leaves out-of-band access to a person', async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann']) }));
    const release = await out(made);
    made.system.removeAll('clerk', 'ann');
    made.system.grantAs('kim', 'old_reader', 'ann');
    made.system.grantAs('kim', 'clerk', 'dea');
    const reconcile = () => made.run('tuneAccess', release, made.id, { id: 't', step: 'reconcile' });
    expect(await reconcile()).toEqual({ granted: 1, revoked: 0, retired: 1, left: 1 });
    expect(await reconcile()).toEqual({ granted: 1, revoked: 0, retired: 1, left: 1 });
    expect(names(made.system).filter((name) => !name.endsWith('rolewave'))).toEqual(['clerk dea kim']);
    const receipt = await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(receiptLine([receipt])).toBe('6 granted, 6 revoked, 1 kept: granted by kim, 1 legacy grant restored');
    // Both were revoked by this release: the one that was signed, and the one that came back.
    expect(names(made.system)).toEqual(['clerk dea kim', 'old_reader ann dba', 'old_reader ann kim']);
  });

  test.each(points)('killed during a tune, %s, and run again, it keeps all that must be restored later', async (point) => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann']) }));
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    const tune = { id: 't', step: 'retireLegacy' as const };
    await expect(made.runWith({ store: killedAt(1, point) }, 'tuneAccess', release, made.id, tune)).rejects.toThrow('killed');
    expect(await made.run('tuneAccess', release, made.id, tune)).toMatchObject({ retired: 1 });
    expect(names(made.system)).not.toContain('old_reader ann dba');
    await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(names(made.system)).toEqual(['old_reader ann dba']);
  });

  test('a reconcile that keeps returned legacy access for another package does not forget what it took before', async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann', 'kim']) }), {
      packages: [{ id: 'clerks' }, { id: 'readers', cohort: ['ann'], legacy: [] }].map((each, index) =>
        index === 0 ? each : { ...each, entitlements: [{ system: `erp-${number + 1}`, role: 'old_reader' }] },
      ),
    });
    const clerks = await out(made);
    const readers = await made.signed('readers');
    await made.run('grantAccess', readers, made.id);
    await made.run('tuneAccess', clerks, made.id, { id: 't', step: 'reconcile' });
    await made.run('rollBackAccess', readers, made.id, { id: 'r', approval: await approve(made, readers) });
    await made.run('rollBackAccess', clerks, made.id, { id: 'r', approval: await approve(made, clerks) });
    expect(names(made.system)).toEqual(['old_reader ann kim']);
  });

  test('narrowing holds for what had failed or was locked too: no later step grants it', async () => {
    const made = await bench();
    made.system.lockAccount('cem');
    const preview = await made.preview();
    made.system.lockAccount('cem', false);
    const release = await made.signed();
    expect(preview.parts[0]?.people).toBe(2);
    made.system.refuse('ben', 'not today');
    made.system.lockAccount('cem');
    await made.run('grantAccess', release, made.id).catch(() => undefined);
    const id = await made.record('tune', 'olga', release, { step: 'narrow', people: ['ben', 'cem'], reason: 'too wide' });
    await made.run('tuneAccess', release, made.id, { id, step: 'narrow', people: ['ben', 'cem'] });
    made.system.refuse('ben', undefined);
    made.system.lockAccount('cem', false);
    expect(await made.run('tuneAccess', release, made.id, { id: 'next', step: 'reconcile' })).toEqual({ granted: 0, revoked: 0, retired: 0, left: 0 });
    expect(names(made.system)).toEqual(['clerk ann rolewave', 'reader ann rolewave']);
  });

  test('narrowed people lose only what this release granted them, and are not missing afterwards', async () => {
    const made = await bench(noneConnector({ grants: granted(['clerk', 'ben', 'kim']) }));
    const release = await out(made);
    const id = await made.record('tune', 'olga', release, { step: 'narrow', people: ['ben', 'cem'], reason: 'too wide' });
    const narrow = () => made.run('tuneAccess', release, made.id, { id, step: 'narrow', people: ['ben', 'cem'] });
    expect(await narrow()).toEqual({ granted: 0, revoked: 3, retired: 0, left: 1 });
    expect(await narrow()).toEqual({ granted: 0, revoked: 3, retired: 0, left: 1 });
    expect(names(made.system)).toEqual(['clerk ann rolewave', 'clerk ben kim', 'reader ann rolewave']);
    expect(await made.run('tuneAccess', release, made.id, { id: 'next', step: 'reconcile' })).toEqual({ granted: 0, revoked: 0, retired: 0, left: 0 });
  });

  test('a step that names an unknown role is refused with a reason', async () => {
    const made = await bench();
    const release = await out(made);
    const id = await made.record('tune', 'olga', release, { step: 'tighten', entitlement: { system: made.id, role: 'unheard' }, reason: 'x' });
    await expect(made.run('tuneAccess', release, made.id, { id, step: 'tighten', entitlement: { system: made.id, role: 'unheard' } })).rejects.toMatchObject({
      type: 'BadInput',
      nonRetryable: true,
    });
  });
});
