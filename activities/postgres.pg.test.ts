import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import type { Connector } from '../connectors/connector.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { people as everybody, roles } from '../test/support/plan.ts';

let database: TestDatabase;
let store: Store;
let logins: TestLogins;
let connector: Connector;
let kim: string;
let records: string;

beforeAll(async () => {
  database = await createDatabase('real');
  store = await openStore(database.url, { migrate: true });
  logins = await testLogins(inject('postgresUrl'));
  const svc = logins.of('rolewave_svc');
  kim = logins.of('dba_kim');
  records = logins.of('records_admin');
  await logins.login(svc, kim, records, ...['ann', 'ben', 'cem', 'dea'].map((person) => logins.of(person)));
  for (const role of ['clerk', 'reader', 'old_reader', 'old_admin']) await logins.role(logins.of(role), svc, kim, records);
  await logins.admin(`grant "${records}" to "${svc}" with inherit true, set false`);
  connector = postgresConnector({ connectionString: logins.url(svc) });
});
afterAll(async () => {
  await connector?.close();
  await logins?.remove();
  await store?.close();
  await database?.drop();
});

const role = (name: string) => logins.of(name);
/** Who holds the four roles, without their administrators. */
const holders = async () =>
  (await connector.snapshot(['clerk', 'reader', 'old_reader', 'old_admin'].map(role), [])).grants
    .filter(({ options }) => options['admin'] !== true)
    .map((grant) => [grant.role, grant.account, grant.grantor].map((name) => name?.slice(0, -9)).join(' '));

test('in a real PostgreSQL a release grants, retires, is tuned and is rolled back, and leaves the grants of another administrator', async () => {
  for (const person of ['ann', 'ben']) await logins.as(records, `grant "${role('old_reader')}" to "${logins.of(person)}" granted by "${records}"`);
  await logins.as(records, `grant "${role('old_admin')}" to "${logins.of('ann')}" granted by "${records}"`);
  await logins.as(kim, `grant "${role('reader')}" to "${logins.of('ben')}" granted by "${kim}"`);
  const before = await holders();

  const system = logins.of('erp');
  const made = new Bench(
    store,
    benchPlan('real', system, {}, (name) => logins.of(name)),
    { [system]: connector },
  );
  await made.apply();
  const release = await made.signed();
  expect(release.parts[0]).toMatchObject({ people: 3, toGrant: 5, alreadyThere: 1, toRetire: 3 });
  expect(await made.run('recheckSystem', release, system)).toEqual({ readMs: expect.any(Number), shrunk: 0, wider: 0, lines: [] });

  expect(await made.run('grantAccess', release, system)).toEqual({ created: 5, preexisting: 1, failed: 0, unknown: 0, refusals: [] });
  expect(await made.run('grantAccess', release, system)).toEqual({ created: 5, preexisting: 1, failed: 0, unknown: 0, refusals: [] });
  expect(await made.run('verifyAccess', release, system)).toEqual({ created: 5, preexisting: 1, failed: 0, unknown: 0, refusals: [] });
  expect(await made.run('retireLegacy', release, system)).toMatchObject({ retired: 3, kept: 0, failed: 0 });
  const evaluation = (number: number) =>
    made.evaluate(release, {
      purpose: 'scheduled',
      startMs: made.nowMs,
      dueMs: made.nowMs + number,
      atEnd: false,
    });
  expect((await evaluation(1)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });

  await logins.as(records, `grant "${role('old_reader')}" to "${logins.of('ann')}" granted by "${records}"`);
  await logins.as(kim, `grant "${role('clerk')}" to "${logins.of('ann')}" granted by "${kim}"`);
  await logins.as(kim, `grant "${role('clerk')}" to "${logins.of('dea')}" granted by "${kim}"`);
  expect((await evaluation(2)).drift).toEqual({ missing: 0, outOfBand: 1, legacy: 1, content: 0, options: 0 });
  expect(await made.run('tuneAccess', release, system, { id: 't', step: 'reconcile' })).toEqual({ granted: 0, revoked: 0, retired: 1, left: 1 });

  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  const receipt = await made.run('rollBackAccess', release, system, { id: 'r', approval });
  const after = await holders();
  expect(after).toEqual([...before.filter((line) => !line.startsWith('old_admin')), 'clerk ann dba_kim', 'clerk dea dba_kim'].sort());
  expect(receiptLine([receipt])).toBe(
    `5 granted, 5 revoked, 3 kept (granted by ${kim}; had it before), 2 legacy grants restored, 1 legacy grant not restored: its design was rejected`,
  );
  expect(await made.run('rollBackAccess', release, system, { id: 'r', approval })).toEqual(receipt);
  const checked = await logins.admin(receipt.check);
  expect(checked.length).toBeGreaterThan(0);
});

const matrix = new URL('../../shared/data/domino.txt', import.meta.url);

test.skipIf(!existsSync(matrix))('the grants of a real company, 79 people and 231 permissions, are made, confirmed and revoked', async () => {
  const pairs = readFileSync(matrix, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((pair) => pair.length === 2) as [string, string][];
  const people = [...new Set(pairs.map(([person]) => person))];
  const permissions = [...new Set(pairs.map(([, permission]) => permission))];
  const company = await testLogins(inject('postgresUrl'));
  const svc = company.of('rolewave_svc');
  await company.login(svc, ...people.map((person) => company.of(`u${person}`)));
  for (const permission of permissions) await company.role(company.of(`p${permission}`), svc);
  const real = postgresConnector({ connectionString: company.url(svc) });
  try {
    const system = company.of('domino');
    const packages = permissions.map((permission) => ({
      id: `p${permission}`,
      entitlements: roles(system, `p${permission}`),
      legacy: [],
      cohort: pairs.filter(([, other]) => other === permission).map(([person]) => `u${person}`),
    }));
    const plan = benchPlan('domino', system, { packages, people: everybody(...people.map((person) => `u${person}`), 'olga', 'dora', 'ines') }, (name) =>
      company.of(name),
    );
    const made = new Bench(store, plan, { [system]: real });
    await made.apply();
    // The eight largest packages cover the cases and are quick enough for every run.
    const largest = packages.toSorted((a, b) => b.cohort.length - a.cohort.length).slice(0, 8);
    for (const { id, cohort } of largest) {
      const release = await made.signed(id);
      expect(await made.run('grantAccess', release, system)).toMatchObject({ created: cohort.length, failed: 0 });
      expect(await made.run('verifyAccess', release, system)).toMatchObject({ created: cohort.length, unknown: 0 });
      const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
      expect(await made.run('rollBackAccess', release, system, { id: 'r', approval })).toMatchObject({
        granted: cohort.length,
        revoked: cohort.length,
        kept: [],
        failed: [],
      });
    }
    expect(
      (
        await real.snapshot(
          permissions.map((permission) => company.of(`p${permission}`)),
          [],
        )
      ).grants,
    ).toEqual([]);
  } finally {
    await real.close();
    await company.remove();
  }
});

test('in a real PostgreSQL that has forgotten the transactions of a worker that died, what is held settles them', async () => {
  const system = logins.of('erp_restored');
  const forgetful: Connector = { ...connector, wasCommitted: () => connector.wasCommitted('4000000000000000000') };
  const made = new Bench(
    store,
    benchPlan('forgotten', system, { packages: [{ legacy: [] }] }, (name) => logins.of(name)),
    { [system]: forgetful },
  );
  await made.apply();
  const release = await made.signed();
  const dies = { store: { ...store, settle: () => Promise.reject(new Error('killed')) } };
  const before = await holders();
  await expect(made.runWith(dies, 'grantAccess', release, system)).rejects.toThrow('killed');
  expect(await forgetful.wasCommitted('1')).toBe('unknown');
  const approval = await made.record('abort', 'olga', release, { reason: 'stop' });
  const receipt = await made.run('rollBackAccess', release, system, { id: 'r', approval });
  expect(receipt).toMatchObject({ revoked: receipt.granted, failed: [] });
  expect(receipt.granted).toBeGreaterThan(0);
  expect(await holders()).toEqual(before);
});
