/** Roles that are never granted, on a real server: each is a failure with its reason in the grant's own transaction, and in a rehearsal. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';
import type { Connector } from '../connector.ts';
import { storeRoles } from '../../clients/postgres/store-database.ts';
import { postgresConnector } from './connector.ts';

let database: TestDatabase;
let store: TestDatabase;
let logins: TestLogins;
let connector: Connector;
const of = (name: string) => logins.of(name);
const unrecorded = async () => undefined;

beforeAll(async () => {
  database = await createDatabase('protected');
  store = await createDatabase('protected_store');
  logins = await testLogins(database.url);
  await logins.login(of('ann'), of('breakglass_1'), of('colleague'));
  for (const name of [
    'as_colleague',
    'store_owner',
    'store_reader',
    'above_store',
    'plain',
    'above_super',
    'group',
    'managed',
    'breakglass_role',
    'under_breakglass',
  ])
    await logins.role(of(name));
  await logins.admin(`
    create role "${of('super')}" superuser; create role "${of('creator')}" createrole; create role "${of('copier')}" replication; create role "${of('bypass')}" bypassrls;
    grant "${of('super')}" to "${of('above_super')}"; grant "${of('managed')}" to "${of('group')}" with admin option;
    grant "${of('breakglass_role')}" to "${of('under_breakglass')}";
    create role "${of('files')}"; grant pg_read_server_files to "${of('files')}"; create role "${of('reader')}"; grant pg_read_all_stats to "${of('reader')}"`);
  await logins.admin(`grant "${of('colleague')}" to "${of('as_colleague')}"; grant "${of('store_reader')}" to "${of('above_store')}"`);
  const inStore = new Client({ connectionString: store.url });
  await inStore.connect();
  await inStore.query(`alter database "${store.name}" owner to "${of('store_owner')}"; create schema rolewave; create table rolewave.messages (jws text);
    grant select on rolewave.messages to "${of('store_reader')}"`);
  await inStore.end();
  // As a superuser it could grant all of them, and so only Rolewave itself keeps it from doing so.
  connector = postgresConnector({
    connectionString: database.url,
    storeRoles: storeRoles(store.url, database.url),
    breakGlass: [of('breakglass_role'), of('breakglass_1')],
  });
});
afterAll(async () => {
  await connector?.close();
  const names = ['super', 'creator', 'copier', 'bypass', 'files', 'reader'].map((name) => `"${of(name)}"`).join(', ');
  await logins?.admin(`drop role if exists ${names}`);
  await store?.drop();
  await logins?.remove();
  await database?.drop();
});

const held = async (role: string) => (await connector.snapshot([role], [of('ann')])).grants.filter(({ account }) => account === of('ann'));

describe('a role that gives power over everything', () => {
  test.each([
    ['a superuser', 'super', 'it is a superuser'],
    ['a member of a superuser', 'above_super', 'which is a superuser'],
    ['one with CREATEROLE', 'creator', 'it may create and change roles (CREATEROLE)'],
    ['one with REPLICATION', 'copier', 'it may copy the whole server (REPLICATION)'],
    ['one with BYPASSRLS', 'bypass', 'it ignores row security (BYPASSRLS)'],
    ['one that reads the files of the server', 'files', "which is one of PostgreSQL's own roles"],
    ["one of PostgreSQL's own", 'pg_read_all_data', "it is one of PostgreSQL's own roles"],
    ['one for emergencies', 'breakglass_role', 'it is for emergencies'],
    ['a login', 'colleague', 'it is a login'],
    ['a member of a login', 'as_colleague', 'which is a login'],
    ['one that owns the database of the store', 'store_owner', "it reaches Rolewave's own store"],
    ['one that may read a table of the store', 'store_reader', "it reaches Rolewave's own store"],
    ['a member of one that may', 'above_store', "which reaches Rolewave's own store"],
    ['a member of one for emergencies', 'under_breakglass', 'which is for emergencies'],
  ])('%s is granted to nobody', async (_what, name, why) => {
    const role = name.startsWith('pg_') ? name : of(name);
    const wanted = [
      { role, account: of('ann') },
      { role: of('plain'), account: of('ann') },
    ];
    const refused = { outcome: 'failed', why: expect.stringContaining(`role '${role}' is never granted: `) };
    const outcomes = await connector.grant(wanted, unrecorded);
    expect(outcomes).toMatchObject([refused, {}]);
    expect(outcomes[0]).toMatchObject({ why: expect.stringContaining(why) });
    expect(outcomes[1]!.outcome).not.toBe('failed');
    expect((await connector.rehearse({ grant: wanted.slice(0, 1), revoke: [], restore: [] })).grant).toMatchObject([refused]);
    expect(await held(role)).toEqual([]);
  });

  test('and a rollback does not give it back: it is not restored, with the reason', async () => {
    const grant = { role: of('super'), account: of('ann'), grantor: 'postgres', options: { admin: false, inherit: true, set: true } };
    expect(await connector.restore([grant], unrecorded)).toMatchObject([
      { outcome: 'failed', nothingThere: true, why: expect.stringContaining('is never granted: it is a superuser') },
    ]);
    expect(await held(of('super'))).toEqual([]);
  });
});

test('an account for emergencies is granted nothing', async () => {
  expect(await connector.grant([{ role: of('plain'), account: of('breakglass_1') }], unrecorded)).toMatchObject([
    { outcome: 'failed', why: expect.stringContaining('is for emergencies') },
  ]);
});

test("a role with a harmless membership in one of PostgreSQL's own is granted", async () => {
  expect(await connector.grant([{ role: of('reader'), account: of('ann') }], unrecorded)).toMatchObject([{ outcome: 'created' }]);
});

test('Rolewave grants nothing to the logins that it works with and takes nothing from them, and neither its own login nor the group that it has its right to grant from', async () => {
  const svc = of('svc');
  await logins.login(svc);
  await logins.admin(
    `grant "${of('group')}" to "${svc}" with inherit true; grant "${of('group')}" to "${svc}" with admin option; grant "${of('plain')}" to "${svc}" with admin option`,
  );
  await logins.login(of('metrics'));
  const own = postgresConnector({ connectionString: logins.url(svc) }, { measure: logins.url(of('metrics')) });
  try {
    const outcomes = await own.grant(
      [svc, of('group'), of('managed'), of('plain')].map((role) => ({ role, account: of('ann') })),
      unrecorded,
    );
    expect(outcomes).toMatchObject([
      { outcome: 'failed', why: expect.stringContaining("it is Rolewave's own login") },
      { outcome: 'failed', why: expect.stringContaining("it is one from which Rolewave's login has its right to grant") },
      { outcome: 'created' },
      {},
    ]);
    expect(outcomes[3]!.outcome).not.toBe('failed');
    // What these could read, every plan with a metric could.
    const toOwn = await own.grant(
      [svc, of('metrics')].map((account) => ({ role: of('plain'), account })),
      unrecorded,
    );
    expect(toOwn.map((each) => (each.outcome === 'failed' ? each.why : each.outcome))).toEqual(
      [svc, of('metrics')].map((account) => `'${account}' is Rolewave's own login: name the person's own in the plan`),
    );
    // Nor is anything taken from them: a metric of another plan may need it.
    await logins.as(svc, `grant "${of('plain')}" to "${of('metrics')}"`);
    const { grants } = await own.snapshot([of('plain')], []);
    const held = grants.filter(({ account }) => account === of('metrics'));
    expect(held).toHaveLength(1);
    expect(await own.revoke(held, unrecorded)).toEqual([
      { outcome: 'failed', why: `'${of('metrics')}' is Rolewave's own login: revoke it by hand if it must go` },
    ]);
    expect((await own.rehearse({ grant: [], revoke: held, restore: [] })).revoke).toMatchObject([{ outcome: 'failed' }]);
    await logins.admin(`revoke "${of('plain')}" from "${of('metrics')}" granted by "${svc}"`);
    expect(await own.restore(held, unrecorded)).toMatchObject([{ outcome: 'failed', nothingThere: true, why: expect.stringContaining('own login') }]);
  } finally {
    await own.close();
  }
});
