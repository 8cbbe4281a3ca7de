/**
 * Privileges that people were given themselves are the usual access of old that a reviewed role replaces: the whole release, in a real PostgreSQL, from what is
 * held before to what a rollback gives back.
 */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Connector } from '../connectors/connector.ts';
import { postgresConnector } from '../connectors/postgres/connector.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import { site, siteSystem } from '../test/support/site.ts';
import type { PlanChange } from '../test/support/plan.ts';

let database: TestDatabase;
let store: Store;
let logins: TestLogins;
let connector: Connector;
let owner: string;
let kim: string;

beforeAll(async () => {
  database = await createDatabase('privileges');
  store = await openStore(database.url, { migrate: true });
  logins = await testLogins(inject('postgresUrl'));
  const svc = logins.of('rolewave_svc');
  [owner, kim] = [logins.of('erp_owner'), logins.of('dba_kim')];
  await logins.login(svc, kim, ...['ann', 'ben', 'cem', 'dea', 'olga', 'dora', 'ines'].map((person) => logins.of(person)));
  await logins.role(owner);
  await logins.admin(`grant "${owner}" to "${svc}" with inherit false, set true; grant "${kim}" to "${svc}" with inherit false, set true`);
  connector = postgresConnector({ connectionString: logins.url(svc) });
});
afterAll(async () => {
  await connector?.close();
  if (logins) await logins.admin(`drop schema if exists "${logins.of('erp')}" cascade`);
  await logins?.remove();
  await store?.close();
  await database?.drop();
});

const privilege = (table: string, what = 'select') => `table:${logins.of('erp')}.${table}:${what}`;
const asOwner = (sql: string) => logins.admin(`set role "${owner}"; ${sql}; reset role`);
const sqlOf = (table: string) => `"${logins.of('erp')}".${table}`;

let number = 0;
/** Tables of this test alone, and a role that may read and write the invoices. */
async function start(change: (of: { system: string; role: string }) => PlanChange = () => ({})) {
  const [svc, ann, ben] = ['rolewave_svc', 'ann', 'ben'].map((name) => logins.of(name)) as [string, string, string];
  const [tables, role] = [[`invoices_${(number += 1)}`, `ledger_${number}`] as const, logins.of(`clerk_${number}`)];
  await logins.admin(
    `create schema if not exists "${logins.of('erp')}" authorization "${owner}"; grant usage on schema "${logins.of('erp')}" to "${svc}", "${kim}"`,
  );
  for (const table of tables)
    await asOwner(`create table ${sqlOf(table)} (number int); grant select, insert on ${sqlOf(table)} to "${svc}", "${kim}" with grant option`);
  const [invoices, ledger] = tables;
  await logins.role(role, svc);
  await asOwner(
    `grant select, insert on ${sqlOf(invoices)} to "${role}"; grant select on ${sqlOf(invoices)} to "${ann}"; grant insert on ${sqlOf(invoices)} to "${ann}" with grant option`,
  );
  await logins.as(kim, `grant select on ${sqlOf(invoices)} to "${ben}"`);
  const system = logins.of(`erp_${number}`);
  const inServer = (name: string) => (name.startsWith('table:') || name === role ? name : logins.of(name));
  const packages = [{ entitlements: [{ system, role }], legacy: [privilege(invoices), privilege(invoices, 'insert')].map((each) => ({ system, role: each })) }];
  const made = new Bench(store, benchPlan(`privileges-${number}`, system, { packages, ...change({ system, role }) }, inServer), { [system]: connector });
  await made.apply();
  /** Who of the people holds what, by whom and with what. */
  const held = async () =>
    (await connector.snapshot([role, ...tables.flatMap((table) => [privilege(table), privilege(table, 'insert')])], [])).grants
      .filter(({ account }) => account !== kim && account !== svc)
      .map(
        ({ role: of, account, grantor, options }) =>
          `${account.slice(0, 3)} ${of === role ? 'clerk' : of.split(/[.:]/).slice(2).join(' ')} by ${grantor?.slice(0, -9)}${options['grantable'] ? ' with grant option' : ''}`,
      )
      .sort();
  return { made, system, role, invoices, ledger, held };
}

test('a role replaces privileges that people were given themselves: they are retired, each of its own grantor, and a rollback gives them back as they were', async () => {
  const { made, system, invoices, held } = await start();
  const before = await held();
  expect(before).toEqual([`ann ${invoices} insert by erp_owner with grant option`, `ann ${invoices} select by erp_owner`, `ben ${invoices} select by dba_kim`]);
  const release = await made.signed();
  expect(release.parts[0]).toMatchObject({ people: 3, toGrant: 3, toRetire: 3 });
  expect(await made.run('grantAccess', release, system)).toMatchObject({ created: 3, failed: 0 });
  expect(await made.run('verifyAccess', release, system)).toMatchObject({ created: 3, failed: 0 });
  expect(await made.run('retireLegacy', release, system)).toMatchObject({ retired: 3, failed: 0 });
  expect(await made.run('retireLegacy', release, system)).toMatchObject({ retired: 3, failed: 0 });
  expect(await held()).toEqual(['ann', 'ben', 'cem'].map((person) => `${person} clerk by rolewave_svc`));

  const drift = async (at: number) => (await made.evaluate(release, { purpose: 'scheduled', startMs: made.nowMs, dueMs: made.nowMs + at, atEnd: false })).drift;
  expect(await drift(1)).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
  await logins.as(kim, `grant select on ${sqlOf(invoices)} to "${logins.of('ann')}"`);
  expect(await drift(2)).toEqual({ missing: 0, outOfBand: 0, legacy: 1, content: 0, options: 0 });
  expect(await made.run('tuneAccess', release, system, { id: 't', step: 'reconcile' })).toMatchObject({ retired: 1 });

  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  const receipt = await made.run('rollBackAccess', release, system, { id: 'r', approval });
  // Of Ann's SELECT there are two grants.
  expect(receiptLine([receipt])).toBe('3 granted, 3 revoked, 3 legacy grants restored');
  expect(await held()).toEqual([...before, `ann ${invoices} select by dba_kim`].sort());
  // For people to check with: who holds the role, its members' administrator apart, and who the privileges.
  const checked = await logins.admin<{ role: string; account: string }>(receipt.check);
  expect(checked.filter(({ account }) => account === logins.of('ben'))).toMatchObject([{ role: privilege(invoices), granted_by: kim }]);
});

test('after the system has moved to another database of the same server, a rollback asks a person about what was done in the first, and calls none of it gone', async () => {
  const { made, system, invoices, held } = await start(({ system: on }) => ({
    packages: [{ entitlements: [{ system: on, role: privilege(`ledger_${number}`) }], legacy: [{ system: on, role: privilege(`invoices_${number}`) }] }],
  }));
  const release = await made.signed();
  expect(await made.run('grantAccess', release, system)).toMatchObject({ created: 3 });
  expect(await made.run('retireLegacy', release, system)).toMatchObject({ retired: 2 });
  const [grants] = [(await connector.snapshot([privilege(`ledger_${number}`)], [])).grants.filter(({ account }) => account === logins.of('ann'))];
  const moved = new URL(logins.url(logins.of('rolewave_svc')));
  moved.pathname = new URL(database.url).pathname;
  const other = postgresConnector({ connectionString: moved.href });
  try {
    expect(await other.place()).toBe(await connector.place());
    made.systems[system] = other;
    const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    await expect(made.run('rollBackAccess', release, system, { id: 'r', approval })).rejects.toMatchObject({
      type: 'Incomplete',
      message: expect.stringContaining('another database'),
    });
    // The connection may change between the reading and the effect.
    const [outcome] = await other.revoke(grants, async () => undefined);
    expect(outcome).toMatchObject({ outcome: 'failed', why: expect.stringContaining('another database') });
  } finally {
    made.systems[system] = connector;
    await other.close();
  }
  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-2', kind: 'rollback', answer: 'approve', reason: 'once more' });
  expect(receiptLine([await made.run('rollBackAccess', release, system, { id: 'r', approval })])).toBe('3 granted, 3 revoked, 2 legacy grants restored');
  expect(await held()).toEqual([
    `ann ${invoices} insert by erp_owner with grant option`,
    `ann ${invoices} select by erp_owner`,
    `ben ${invoices} select by dba_kim`,
  ]);
});

test('privileges that a package grants are signed with the columns they reach, and a column more is drift of the content', async () => {
  const { made, system, ledger, held } = await start(({ system: on }) => ({
    packages: [{ entitlements: [{ system: on, role: privilege(`ledger_${number}`) }], legacy: [] }],
  }));
  await logins.as(kim, `grant select on ${sqlOf(ledger)} to "${logins.of('cem')}"`);
  const release = await made.signed();
  expect(release.parts[0]).toMatchObject({ toGrant: 2, alreadyThere: 1 });
  expect(await made.run('grantAccess', release, system)).toMatchObject({ created: 2, preexisting: 1, failed: 0 });
  const drift = async (at: number) => (await made.evaluate(release, { purpose: 'scheduled', startMs: made.nowMs, dueMs: made.nowMs + at, atEnd: false })).drift;
  expect(await drift(1)).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });
  await asOwner(`alter table ${sqlOf(ledger)} add column salary numeric`);
  await logins.as(kim, `grant select on ${sqlOf(ledger)} to "${logins.of('dea')}"`);
  expect(await drift(2)).toEqual({ missing: 0, outOfBand: 1, legacy: 0, content: 1, options: 0 });

  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  expect(await made.run('rollBackAccess', release, system, { id: 'r', approval })).toMatchObject({ revoked: 2 });
  expect((await held()).filter((line) => line.includes(ledger))).toEqual([`cem ${ledger} select by dba_kim`, `dea ${ledger} select by dba_kim`]);
});

test('who may not hold a role and a privilege together is switched from the one to the other in one transaction', async () => {
  const { made, system, invoices, held } = await start(({ system: on, role }) => ({
    incompatible: [
      {
        id: 'clerk-or-own',
        reason: 'Four eyes',
        entitlements: [
          { system: on, role },
          { system: on, role: privilege(`invoices_${number}`) },
        ],
      },
    ],
  }));
  const release = await made.signed();
  expect(await made.run('grantAccess', release, system)).toMatchObject({ failed: 0 });
  await made.run('retireLegacy', release, system);
  expect((await held()).filter((line) => line.includes(`${invoices} select`))).toEqual([]);
  expect((await held()).filter((line) => line.includes('clerk'))).toHaveLength(3);
});

test('what the site denies by the name of a privilege is neither granted nor retired', async () => {
  const { made, system, invoices, held } = await start();
  const before = await held();
  const release = await made.signed();
  expect(await made.run('grantAccess', release, system)).toMatchObject({ created: 3 });
  made.site = site({ systems: [siteSystem(system, { roles: { allow: ['*'], deny: [`table:*.${invoices}:insert`], neverEmpty: [] } })] });
  await expect(made.run('retireLegacy', release, system)).rejects.toThrow(/the site lets no plan use the role 'table:.*:insert'/);
  expect((await held()).filter((line) => !line.includes('clerk'))).toEqual(before);
});
