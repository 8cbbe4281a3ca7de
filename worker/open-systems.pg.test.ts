/** A site that changes while work runs: only what has changed is opened anew, and what has begun ends with what it began with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { System } from '../domain/site/schema.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import { site, siteSystem } from '../test/support/site.ts';
import { openSystems, refuseStoreAsSystem, type OpenSystems } from './open-systems.ts';

let database: TestDatabase;
let store: TestDatabase;
let logins: TestLogins;
let folder: string;
let file: string;
let open: OpenSystems;
let now = site();
const one = 'one';
const two = 'two';

beforeAll(async () => {
  [database, store, folder] = await Promise.all([createDatabase('opened'), createDatabase('opened_store'), mkdtemp(join(tmpdir(), 'rolewave-opened-'))]);
  logins = await testLogins(database.url);
  await logins.login(logins.of(one), logins.of(two));
  file = join(folder, 'erp');
  open = openSystems({ CRM_URL: logins.url(logins.of(one)), STORE_URL: store.url }, { store: store.url, lockSecret: 'secret', site: () => now });
});
afterAll(async () => {
  await open?.closeAll();
  await logins?.remove();
  await Promise.all([database?.drop(), store?.drop(), rm(folder, { recursive: true, force: true })]);
});

const system = (id: string, change: Parameters<typeof siteSystem>[1]): System =>
  site({ systems: [siteSystem(id, { kind: 'postgres', ...change })] }).systems[0]!;
const signedInAs = async (of: System) => /signed in as (\S+)/.exec((await (await open.open(of)).check([])).lines[0]!.text)?.[1];

test('a file with another login is taken by the next work, and by nothing that has begun', async () => {
  const erp = system('erp', { connection: { file } });
  const crm = system('crm', { connection: { env: 'CRM_URL' } });
  await writeFile(file, `${logins.url(logins.of(one))}\n`);
  const [before, other] = [await open.open(erp), await open.open(crm)];
  expect(await signedInAs(erp)).toBe(logins.of(one));
  await writeFile(file, `${logins.url(logins.of(two))}\n`);
  expect(await signedInAs(erp)).toBe(logins.of(two));
  expect((await before.check([])).lines[0]!.text).toContain(`signed in as ${logins.of(one)}`);
  expect(await open.open(crm)).toBe(other);
});

test('a changed right, text or time zone opens nothing anew; what the connection depends on does', async () => {
  const connection = { env: 'CRM_URL' };
  const first = await open.open(system('hr', { connection }));
  for (const change of [{ description: 'The staff' }, { timeZone: 'UTC' }, { roles: { deny: ['x*'] } }, { usage: 'select 1' }])
    expect(await open.open(system('hr', { connection, ...change }))).toBe(first);
  for (const change of [{ readOnly: true }, { breakGlass: ['emergency_*'] }, { limits: { connections: 2 } }, { measure: connection }])
    expect(await open.open(system('hr', { connection, ...change }))).not.toBe(first);
});

test('what the site says about groups and their one writer counts from the next work on', async () => {
  const scim = (change: object) => site({ systems: [siteSystem('people', { kind: 'scim', connection: { file }, ...change })] }).systems[0]!;
  await writeFile(file, 'https://bearer:token@scim.example.com/v2\n');
  const first = await open.open(scim({}));
  for (const change of [{ probe: { accounts: ['a', 'b'] } }, { withoutRevoke: 'leave' }, { description: 'People' }])
    expect(await open.open(scim(change))).toBe(first);
  expect(await open.open(scim({ groups: { soleWriter: true } }))).not.toBe(first);
});

test('the store is opened neither by its address nor by another name of it, and the error has no password', async () => {
  const asStore = system('mine', { connection: { env: 'STORE_URL' } });
  await expect(open.open(asStore)).rejects.toThrow('the store is never a system');
  await expect(
    refuseStoreAsSystem(site({ systems: [siteSystem('mine', { kind: 'postgres', connection: { env: 'STORE_URL' } })] }), { STORE_URL: store.url }, store.url),
  ).rejects.toThrow("system 'mine': the environment variable STORE_URL leads to Rolewave's own store");
  const elsewhere = openSystems({ STORE_URL: store.url.replace('127.0.0.1', '127.1') }, { store: store.url, lockSecret: 'secret', site: () => now });
  try {
    await expect((await elsewhere.open(asStore)).place()).rejects.toThrow('the store is never a system');
    await expect((await elsewhere.open(asStore)).grant([{ role: 'a', account: 'b' }], async () => undefined)).rejects.toThrow('the store is never a system');
  } finally {
    await elsewhere.closeAll();
  }
});

test('nothing is granted to the login of another system of the same server, or to the login of the store', async () => {
  now = site({
    systems: [
      siteSystem('erp', { kind: 'postgres', connection: { env: 'CRM_URL' } }),
      siteSystem('crm', { kind: 'postgres', connection: { file }, measure: { env: 'STORE_URL' } }),
    ],
  });
  await writeFile(file, `${logins.url(logins.of(two))}\n`);
  const connector = await open.open(now.systems[0]!);
  const stores = new URL(store.url).username;
  const accounts = [logins.of(one), logins.of(two), stores];
  const { grant } = await connector.rehearse({ grant: accounts.map((account) => ({ role: 'pg_monitor', account })), revoke: [], restore: [] });
  expect(grant).toEqual(accounts.map((account) => ({ outcome: 'failed', why: expect.stringContaining(`'${account}' is Rolewave's own login`) })));
});
