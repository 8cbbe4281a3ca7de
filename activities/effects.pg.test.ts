import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connector } from '../connectors/connector.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { noneConnector, type NoneConnector } from '../connectors/none/connector.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { createActivities } from './index.ts';
import type { ReleaseRef } from './contract.ts';
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
async function bench(system: NoneConnector = noneConnector(), change: PlanChange = {}): Promise<Bench & { system: NoneConnector; id: string }> {
  const id = `erp-${(number += 1)}`;
  const made = new Bench(store, benchPlan(`effects-${number}`, id, change), { [id]: system });
  await made.apply();
  return Object.assign(made, { system, id });
}

const granted = (...pairs: [string, string, string?][]) => pairs.map(([role, account, grantor = 'dba']) => ({ role, account, grantor, options: {} }));
const names = (system: NoneConnector) => system.held().map(({ role, account, grantor }) => `${role} ${account} ${grantor}`);
const approve = (made: Bench, release: ReleaseRef) =>
  made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });

describe('granting', () => {
  test('everyone is granted what was signed; what is already there stays as it is', async () => {
    const made = await bench(noneConnector({ grants: granted(['clerk', 'ann']) }));
    const release = await made.signed();
    expect(await made.run('grantAccess', release, made.id)).toEqual({ created: 5, preexisting: 1, failed: 0, unknown: 0 });
    expect(await made.run('verifyAccess', release, made.id)).toEqual({ created: 5, preexisting: 1, failed: 0, unknown: 0 });
    expect(names(made.system).filter((name) => name.includes(' ann'))).toEqual(['clerk ann dba', 'reader ann rolewave']);
  });

  test('run again, it returns the same and changes nothing (R4)', async () => {
    const made = await bench();
    const release = await made.signed();
    const first = await made.run('grantAccess', release, made.id);
    const held = names(made.system);
    expect(await made.run('grantAccess', release, made.id)).toEqual(first);
    expect(names(made.system)).toEqual(held);
  });

  test.each([0, 1, 3, 5])('killed after %i grants, before any outcome was written, and run again: nothing missing, nothing twice', async (survived) => {
    const made = await bench();
    const release = await made.signed();
    let left = survived;
    const dying: Connector = { ...made.system, grant: async (...args) => ((left -= 1) < 0 ? Promise.reject(new Error('killed')) : made.system.grant(...args)) };
    const killed: Store = { ...store, settle: async () => Promise.reject(new Error('killed')) };
    await expect(made.runWith({ store: killed, openSystem: async () => dying }, 'grantAccess', release, made.id)).rejects.toThrow('killed');
    expect(made.system.held().length).toBe(survived);
    expect(await made.run('grantAccess', release, made.id)).toEqual({ created: 6, preexisting: 0, failed: 0, unknown: 0 });
    expect(made.system.held()).toHaveLength(6);
  });

  test('Temporal retries a system that cannot be reached, and earlier grants are on record', async () => {
    const made = await bench();
    const release = await made.signed();
    let left = 2;
    const failing: Connector = {
      ...made.system,
      grant: async (...args) => ((left -= 1) < 0 ? Promise.reject(new SystemUnavailable('connection lost')) : made.system.grant(...args)),
    };
    await expect(made.runWith({ openSystem: async () => failing }, 'grantAccess', release, made.id)).rejects.toMatchObject({
      type: 'SystemUnavailable',
      nonRetryable: false,
    });
    expect((await made.outcomes(release)).filter((line) => line.endsWith('created'))).toHaveLength(2);
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
  });

  test("a refusal is one failed grant, in the system's words, and the others continue", async () => {
    const made = await bench();
    const release = await made.signed();
    const refusing: Connector = {
      ...made.system,
      grant: async (role, account) => (account === 'ben' ? { outcome: 'failed', why: 'locked' } : made.system.grant(role, account)),
    };
    expect(await made.runWith({ openSystem: async () => refusing }, 'grantAccess', release, made.id)).toMatchObject({
      created: 4,
      failed: 2,
    });
  });

  test('a cancellation stops between two grants, records, and revokes nothing', async () => {
    const made = await bench(undefined, { packages: [{ id: 'clerks', cohort: ['ann', 'ben', 'cem', 'dea', 'sam', 'hugo', 'ines', 'dora', 'olga'] }] });
    const release = await made.signed();
    const environment = quiet();
    let count = 0;
    const stopping: Connector = {
      ...made.system,
      grant: async (...args) => {
        if ((count += 1) === 5) environment.cancel('CANCELLED');
        return made.system.grant(...args);
      },
    };
    const { grantAccess } = createActivities({ ...made.deps, openSystem: async () => stopping });
    await expect(environment.run(grantAccess, release, made.id)).rejects.toMatchObject({ name: 'CancelledFailure' });
    const created = (await made.outcomes(release)).filter((line) => line.endsWith('created')).length;
    expect(created).toBe(made.system.held().length);
    expect(created).toBeGreaterThanOrEqual(5);
    expect(created).toBeLessThan(18);
  });

  test('a leaver is granted nothing, and neither is anyone outside the signed preview', async () => {
    const made = await bench();
    const release = await made.signed();
    const left: Connector = {
      ...made.system,
      snapshot: async (roles, accounts) => ({ ...(await made.system.snapshot(roles, accounts)), unknownAccounts: ['cem'] }),
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
    expect(await made.run('dependencyCheck', release)).toContainEqual(expect.objectContaining({ clear: false, clearedBy: { person: 'olga' } }));
    expect(await made.run('tuneAccess', release, made.id, { id: 't', step: 'reconcile' })).toMatchObject({ granted: 1, left: 0 });
    expect(await made.run('verifyAccess', release, made.id)).toMatchObject({ created: 6, unknown: 0 });

    const [ours, kims] = (await store.ledger(release)).filter(({ kind }) => kind === 'grant');
    await store.settle([ours, kims].flatMap((entry) => (entry ? [{ ...entry, outcome: 'unknown' as const }] : [])));
    made.system.removeAll(kims?.role ?? '', kims?.account ?? '');
    made.system.grantAs('kim', kims?.role ?? '', kims?.account ?? '');
    expect(await made.run('tuneAccess', release, made.id, { id: 'later', step: 'reconcile' })).toMatchObject({ granted: 0, left: 0 });
    expect((await made.outcomes(release)).slice(0, 2)).toEqual([`${ours?.role} ${ours?.account} created`, `${kims?.role} ${kims?.account} preexisting`]);
  });
});

describe('retiring legacy access', () => {
  test('exactly the grants of the signed preview are revoked, no matter who granted them; a later one stays (R1)', async () => {
    const made = await bench(
      noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ann', 'kim'], ['old_admin', 'ben'], ['old_reader', 'dea']) }),
    );
    const release = await made.signed();
    made.system.grantAs('late', 'old_reader', 'ann');
    expect(await made.run('retireLegacy', release, made.id)).toEqual({ retired: 2, kept: 0, failed: 0 });
    expect(names(made.system)).toEqual(['old_reader ann late', 'old_reader dea dba']);
    expect(await made.run('retireLegacy', release, made.id)).toEqual({ retired: 2, kept: 0, failed: 0 });
  });

  test('killed in the middle and run again, it knows what it revoked', async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben']) }));
    const release = await made.signed();
    await expect(
      made.runWith({ store: { ...store, settle: async () => Promise.reject(new Error('killed')) } }, 'retireLegacy', release, made.id),
    ).rejects.toThrow('killed');
    expect(made.system.held()).toEqual([]);
    expect(await made.run('retireLegacy', release, made.id)).toEqual({ retired: 2, kept: 0, failed: 0 });
  });

  test('what another package needs is kept for it', async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben']) }), {
      packages: [{ id: 'clerks' }, { id: 'readers', entitlements: [], cohort: ['ann'], legacy: [] }].map((each, index) =>
        index === 0 ? each : { ...each, entitlements: [{ system: `erp-${number + 1}`, role: 'old_reader' }] },
      ),
    });
    const [clerks, readers] = [await made.signed(), await made.signed('readers')];
    expect(await made.run('grantAccess', readers, made.id)).toMatchObject({ preexisting: 1 });
    expect(await made.run('retireLegacy', clerks, made.id)).toEqual({ retired: 1, kept: 1, failed: 0 });
    expect(names(made.system)).toEqual(['old_reader ann dba']);
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
      '5 granted, 5 revoked, 2 kept: granted by dba_kim, had it before, 1 legacy grant restored, 1 legacy grant not restored: its design was rejected',
    );
    expect(await made.run('rollBackAccess', release, made.id, rollback)).toEqual(receipt);
    expect(await store.claimsOn({ system: made.id, roles: ['clerk', 'reader'] })).toEqual([]);
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject({ type: 'NotCoveredBySignOffs' });
  });

  test.each([0, 1, 4, 6, 7])('killed after %i effects and run again, it ends with the same receipt', async (survived) => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann'], ['old_reader', 'ben']) }));
    const before = names(made.system);
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    await made.run('retireLegacy', release, made.id);
    let left = survived;
    const dying: Connector = {
      ...made.system,
      revoke: async (grant) => ((left -= 1) < 0 ? Promise.reject(new Error('killed')) : made.system.revoke(grant)),
      restore: async (grant) => ((left -= 1) < 0 ? Promise.reject(new Error('killed')) : made.system.restore(grant)),
    };
    let settles = 0;
    // The worst moment for a crash: marks are written, outcomes are not.
    const forgetful: Store = {
      ...store,
      settle: async (entries) =>
        entries.every(({ why }) => why?.startsWith('being undone'))
          ? store.settle(entries)
          : survived < 6 || (settles += 1) > 1
            ? undefined
            : store.settle(entries),
    };
    const rollback = { id: 'r', approval: await approve(made, release) };
    await expect(made.runWith({ store: forgetful, openSystem: async () => dying }, 'rollBackAccess', release, made.id, rollback)).rejects.toThrow('killed');
    expect(await made.run('rollBackAccess', release, made.id, rollback)).toMatchObject({ granted: 6, revoked: 6, restored: 2, kept: [], failed: [] });
    expect(names(made.system)).toEqual(before);
  });

  test('two packages that need the same grant: it stays for the other one (R1)', async () => {
    const made = await bench(undefined, { packages: [{ id: 'clerks' }, { id: 'posters', cohort: ['ann', 'ben'] }] });
    const [clerks, posters] = [await made.signed(), await made.signed('posters')];
    await made.run('grantAccess', clerks, made.id);
    expect(await made.run('grantAccess', posters, made.id)).toEqual({ created: 0, preexisting: 4, failed: 0, unknown: 0 });
    expect(await made.run('dependencyCheck', clerks)).toContainEqual({
      code: 'shared',
      grants: 4,
      line: "4 grants stay: 'posters' needs them too",
      clear: true,
    });
    const receipt = await made.run('rollBackAccess', clerks, made.id, { id: 'r', approval: await approve(made, clerks) });
    expect(receiptLine([receipt])).toBe('6 granted, 2 revoked, 4 kept: kept for posters');
    expect(made.system.held()).toHaveLength(4);
    expect(receiptLine([await made.run('rollBackAccess', posters, made.id, { id: 'r', approval: await approve(made, posters) })])).toBe(
      '0 granted, 0 revoked, 4 kept: had it before',
    );
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

  test('the receipt counts grants that someone revoked before, and leaves what a person has to decide', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.system.removeAll('clerk', 'ann');
    const [entry] = (await store.ledger(release)).filter(({ role, account }) => role === 'reader' && account === 'ben');
    await store.settle([{ ...entry!, outcome: 'unknown' }]);
    const receipt = await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(receipt).toMatchObject({ granted: 5, revoked: 4, gone: 1, failed: [{ role: 'reader', account: 'ben' }] });
    expect(names(made.system)).toEqual(['reader ben rolewave']);
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
    expect(names(made.system)).toEqual(['clerk dea kim', 'old_reader ann dba']);
  });

  test('killed during a tune and run again, it keeps all that must be restored later', async () => {
    const made = await bench(noneConnector({ grants: granted(['old_reader', 'ann']) }));
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    const tune = { id: 't', step: 'retireLegacy' as const };
    let settles = 0;
    await expect(
      made.runWith(
        { store: { ...store, settle: async (entries) => ((settles += 1) > 1 ? Promise.reject(new Error('killed')) : store.settle(entries)) } },
        'tuneAccess',
        release,
        made.id,
        tune,
      ),
    ).rejects.toThrow('killed');
    expect(names(made.system)).not.toContain('old_reader ann dba');
    expect(await made.run('tuneAccess', release, made.id, tune)).toMatchObject({ retired: 1 });
    await made.run('rollBackAccess', release, made.id, { id: 'r', approval: await approve(made, release) });
    expect(names(made.system)).toEqual(['old_reader ann dba']);
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
