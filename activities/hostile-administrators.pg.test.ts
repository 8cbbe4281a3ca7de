/** Stories that `npm run test:hostile` found, each as small as it became: what administrators did meanwhile, on a real PostgreSQL. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import type { Connector } from '../connectors/connector.ts';
import type { Receipt } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import { olderBinaries, startOlderServer } from '../test/support/older-postgres.ts';
import { roles, type PackageInput } from '../test/support/plan.ts';
import type { ReleaseRef } from './contract.ts';

let database: TestDatabase;
let store: Store;
let logins: TestLogins;
let connector: Connector;
let svc: string;
let kim: string;

beforeAll(async () => {
  database = await createDatabase('hostile_stories');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

beforeEach(() => opened(inject('postgresUrl')));
afterEach(closed);

async function opened(url: string): Promise<void> {
  logins = await testLogins(url);
  [svc, kim] = [logins.of('rolewave'), logins.of('kim')];
  await logins.login(svc, kim, logins.of('ann'), logins.of('ben'));
  for (const role of ['clerk', 'reader', 'old_reader']) await logins.role(logins.of(role), svc, kim);
  connector = postgresConnector({ connectionString: logins.url(svc) });
}

async function closed(): Promise<void> {
  await connector.close();
  await logins.remove();
}

let number = 0;
/** A plan whose packages grant `clerk` to ann and ben, unless they say otherwise. */
async function company(...changes: (Partial<PackageInput> & { id: string })[]) {
  const packages = changes.map((change) => ({ entitlements: roles('erp', 'clerk'), legacy: [], cohort: ['ann', 'ben'], ...change }));
  const plan = benchPlan(`stories-${(number += 1)}`, 'erp', { packages }, (name) => logins.of(name));
  const made = new Bench(store, plan, { erp: connector });
  await made.apply();
  return made;
}

let rollbacks = 0;
async function rolledBack(made: Bench, release: ReleaseRef): Promise<Receipt> {
  const proposal = `rollback-${(rollbacks += 1)}`;
  const approval = await made.record('decide', 'olga', release, { proposal, kind: 'rollback', answer: 'approve', reason: 'back' });
  return made.run('rollBackAccess', release, 'erp', { id: 'r', approval });
}

/** Who holds what, without those who administer it. */
const holders = async (): Promise<string[]> => {
  const rows = await logins.admin<{ line: string }>(
    `select r.rolname || ' ' || m.rolname as line from pg_auth_members a join pg_roles r on r.oid = a.roleid join pg_roles m on m.oid = a.member
     where m.rolname = any($1) order by 1`,
    [['ann', 'ben'].map((person) => logins.of(person))],
  );
  return rows.map(({ line }) => line.replaceAll(logins.of(''), ''));
};
/** ann's account is called ben's, and the other way round. */
async function exchange(): Promise<void> {
  await rename('ann', 'between');
  await rename('ben', 'ann');
  await rename('between', 'ben');
}
const rename = (from: string, to: string) => logins.admin(`alter role "${logins.of(from)}" rename to "${logins.of(to)}"`);

test('what was granted of a role that was renamed since is read back as granted, and is revoked', async () => {
  const made = await company({ id: 'clerks' });
  const release = await made.signed();
  await made.run('grantAccess', release, 'erp');
  await rename('clerk', 'officer');
  try {
    expect(await made.run('verifyAccess', release, 'erp')).toMatchObject({ created: 2, unknown: 0 });
    expect(await rolledBack(made, release)).toMatchObject({ granted: 2, revoked: 2, failed: [] });
    expect(await holders()).toEqual([]);
  } finally {
    await rename('officer', 'clerk');
  }
});

test('legacy access of a role that was renamed since it was signed is the same, and is retired and restored', async () => {
  await logins.admin(`grant "${kim}" to "${svc}"; grant "${logins.of('old_reader')}" to "${logins.of('ann')}" granted by "${kim}"`);
  const made = await company({ id: 'clerks', legacy: roles('erp', 'old_reader') });
  const release = await made.signed();
  await made.run('grantAccess', release, 'erp');
  await rename('old_reader', 'older_reader');
  try {
    expect(await made.run('retireLegacy', release, 'erp')).toMatchObject({ retired: 1 });
    expect(await rolledBack(made, release)).toMatchObject({ restored: 1, failed: [] });
    expect(await holders()).toEqual(['older_reader ann']);
  } finally {
    await rename('older_reader', 'old_reader');
  }
});

test('accounts that exchanged their names since they were signed: a reconcile retires legacy access of none but the account that was signed (R1)', async () => {
  await logins.admin(`grant "${kim}" to "${svc}"; grant "${logins.of('old_reader')}" to "${logins.of('ann')}" granted by "${kim}"`);
  const made = await company({ id: 'clerks', legacy: roles('erp', 'old_reader'), cohort: ['ann'] });
  const release = await made.signed();
  await made.run('grantAccess', release, 'erp');
  await made.run('retireLegacy', release, 'erp');
  await exchange();
  await logins.admin(`grant "${logins.of('old_reader')}" to "${logins.of('ann')}" granted by "${kim}"`);
  expect(await made.run('tuneAccess', release, 'erp', { id: 'r', step: 'retireLegacy' })).toMatchObject({ retired: 0 });
  expect(await holders()).toEqual(['clerk ben', 'old_reader ann']);
  await logins.admin(`grant "${logins.of('old_reader')}" to "${logins.of('ben')}" granted by "${kim}"`);
  expect(await made.run('tuneAccess', release, 'erp', { id: 's', step: 'retireLegacy' })).toMatchObject({ retired: 1 });
  expect(await holders()).toEqual(['clerk ben', 'old_reader ann']);
  await exchange();
});

test('accounts that exchanged their names since they were signed: legacy access comes back to the account that had it, whatever the other one holds', async () => {
  await logins.admin(`grant "${kim}" to "${svc}"; grant "${logins.of('old_reader')}" to "${logins.of('ann')}" granted by "${kim}"`);
  const made = await company({ id: 'clerks', legacy: roles('erp', 'old_reader'), cohort: ['ann'] });
  const release = await made.signed();
  await made.run('grantAccess', release, 'erp');
  await made.run('retireLegacy', release, 'erp');
  await exchange();
  await logins.admin(`grant "${logins.of('old_reader')}" to "${logins.of('ann')}" granted by "${kim}"`);
  expect(await rolledBack(made, release)).toMatchObject({ revoked: 1, restored: 1, notRestored: [], failed: [] });
  expect(await holders()).toEqual(['old_reader ann', 'old_reader ben']);
  await exchange();
});

test('a claim is on the account that was signed: what another package granted to a new account of the same name is revoked, and not handed on', async () => {
  const made = await company({ id: 'clerks' }, { id: 'auditors' });
  const clerks = await made.signed('clerks');
  await logins.admin(`drop role "${logins.of('ann')}"; create role "${logins.of('ann')}" login`);
  await expect(made.run('grantAccess', clerks, 'erp')).rejects.toMatchObject({ type: 'Incomplete' });
  const auditors = await made.signed('auditors');
  expect(await made.run('grantAccess', auditors, 'erp')).toMatchObject({ created: 1, preexisting: 1 });
  expect(await rolledBack(made, auditors)).toMatchObject({ granted: 1, revoked: 1, failed: [] });
  expect(await holders()).toEqual(['clerk ben']);
  expect(await rolledBack(made, clerks)).toMatchObject({ granted: 1, revoked: 1, failed: [] });
  expect(await holders()).toEqual([]);
});

test('a claim is on the account that was signed, under whatever name: who was signed for after a rename keeps what an earlier package granted', async () => {
  const made = await company({ id: 'clerks', cohort: ['ann'] }, { id: 'auditors', cohort: ['ben'] });
  const clerks = await made.signed('clerks');
  await made.run('grantAccess', clerks, 'erp');
  await exchange();
  const auditors = await made.signed('auditors');
  expect(await made.run('grantAccess', auditors, 'erp')).toMatchObject({ created: 0, preexisting: 1 });
  expect(await rolledBack(made, clerks)).toMatchObject({ granted: 1, revoked: 0, kept: [{ why: 'kept for auditors' }] });
  expect(await holders()).toEqual(['clerk ben']);
  expect(await rolledBack(made, auditors)).toMatchObject({ granted: 1, revoked: 1, failed: [] });
  expect(await holders()).toEqual([]);
  await exchange();
});

test('what someone else revoked before the rollback is gone: it is not said to be kept for another package, which would then answer for it', async () => {
  const made = await company({ id: 'clerks', cohort: ['ann'] }, { id: 'auditors', cohort: ['ann'] });
  const [clerks, auditors] = [await made.signed('clerks'), await made.signed('auditors')];
  await made.run('grantAccess', clerks, 'erp');
  await made.run('grantAccess', auditors, 'erp');
  await logins.admin(`revoke "${logins.of('clerk')}" from "${logins.of('ann')}" granted by "${svc}"`);
  expect(await rolledBack(made, clerks)).toMatchObject({ granted: 1, revoked: 0, gone: 1, kept: [] });
  expect(await rolledBack(made, auditors)).toMatchObject({ granted: 0, revoked: 0, failed: [] });
});

describe.skipIf(olderBinaries === undefined)('where the server keeps at most one grant of a pair, no matter who granted it', () => {
  let older: { url: string; stop: () => Promise<void> };
  beforeAll(async () => {
    older = await startOlderServer(olderBinaries ?? '');
  });
  afterAll(() => older?.stop());
  beforeEach(async () => {
    await closed();
    await opened(older.url);
  });

  test.each(['first', 'last'])(
    'legacy access that another package has granted meanwhile is held after both were rolled back, the one that retired it %s',
    async (which) => {
      await logins.admin(`grant "${logins.of('old_reader')}" to "${logins.of('ann')}" granted by "${kim}"`);
      const made = await company(
        { id: 'clerks', legacy: roles('erp', 'old_reader') },
        { id: 'auditors', entitlements: roles('erp', 'old_reader'), cohort: ['ann'] },
      );
      const clerks = await made.signed('clerks');
      await made.run('grantAccess', clerks, 'erp');
      expect(await made.run('retireLegacy', clerks, 'erp')).toMatchObject({ retired: 1 });
      const auditors = await made.signed('auditors');
      expect(await made.run('grantAccess', auditors, 'erp')).toMatchObject({ created: 1 });
      for (const release of which === 'first' ? [clerks, auditors] : [auditors, clerks]) expect(await rolledBack(made, release)).toMatchObject({ failed: [] });
      expect(await holders()).toEqual(['old_reader ann']);
    },
  );
});
