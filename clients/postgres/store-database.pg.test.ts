/** The store is never a system, under whatever address, by whatever login, for grants or for statements. */
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSystem } from '../../connectors/registry.ts';
import { postgresConnector } from '../../connectors/postgres/connector.ts';
import type { System } from '../../domain/site/schema.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { openTelemetry } from '../../telemetry/providers.ts';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { site, siteSystem } from '../../test/support/site.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';
import { refuseStore } from './store-database.ts';

let store: TestDatabase;
let other: TestDatabase;
let logins: TestLogins;
let login: string;
const refused = "this is the database of Rolewave's own store, and the store is never a system";
const erp: System = site({ systems: [siteSystem('erp', { kind: 'postgres' })] }).systems[0]!;
const changed = (url: string, change: (url: URL) => void) => {
  const made = new URL(url);
  change(made);
  return made.href;
};
const usage = { plan: 'p', statement: "select 'a' as account, 'r' as role, now() as at", roles: ['r'], accounts: ['a'], fromMs: 0, toMs: Date.now() + 1_000 };
const metric = {
  plan: 'p',
  metric: 'm',
  kind: 'gauge' as const,
  provider: { kind: 'sql' as const, system: 'erp', query: 'select 1 as value' },
  system: erp,
  fromMs: 0,
  toMs: 1,
  people: [],
  rolePackage: 'r',
};

beforeAll(async () => {
  [store, other] = await Promise.all([createDatabase('store'), createDatabase('system')]);
  logins = await testLogins(store.url);
  login = logins.of('owner_of_a_plan');
  await logins.login(login);
});
afterAll(async () => {
  await logins?.remove();
  await Promise.all([store?.drop(), other?.drop()]);
});

test.each<[string, () => string]>([
  ['by its own connection string', () => store.url],
  ['by another name of its host', () => changed(store.url, (url) => void (url.hostname = 'localhost'))],
  ['by another login', () => logins.url(login)],
  ['with options', () => changed(store.url, (url) => url.searchParams.set('application_name', 'erp'))],
])('%s, it is refused to connectors, usage statements and metrics', async (_how, url) => {
  const env = { ERP_DATABASE_URL: url() };
  const connector = await openSystem(erp, env, { store: store.url });
  await expect(connector.snapshot(['r'], ['a'])).rejects.toThrow(refused);
  await expect(connector.snapshot(['r'], ['a'])).rejects.toThrow(refused);
  await expect(connector.grant([{ role: 'r', account: 'a' }], async () => undefined)).rejects.toThrow(refused);
  await expect(connector.usage?.(usage)).rejects.toThrow(refused);
  await connector.close();
  const telemetry = openTelemetry(env, { store: store.url });
  await expect(telemetry.read(metric)).rejects.toThrow(refused);
  await telemetry.close();
});

test('another database of the same server is a system like any other', async () => {
  const connector = await openSystem(erp, { ERP_DATABASE_URL: other.url }, { store: store.url });
  expect((await connector.snapshot([], [])).roles).toEqual([]);
  expect(await connector.usage?.(usage)).toHaveLength(1);
  await connector.close();
  const telemetry = openTelemetry({ ERP_DATABASE_URL: other.url }, { store: store.url });
  expect(await telemetry.read(metric)).toEqual({ value: 1 });
  await telemetry.close();
});

test('the login of statements is checked too', async () => {
  const connector = postgresConnector({ connectionString: other.url, refuse: refuseStore(store.url) }, { measure: store.url });
  expect((await connector.snapshot([], [])).roles).toEqual([]);
  await expect(connector.usage?.(usage)).rejects.toThrow(refused);
  await connector.close();
});

test('where the server does not show its identifier, the address decides', async () => {
  const admin = new Client({ connectionString: store.url });
  await admin.connect();
  await admin.query('revoke execute on function pg_catalog.pg_control_system() from public');
  const connector = postgresConnector({ connectionString: logins.url(login), refuse: refuseStore(store.url) });
  await expect(connector.snapshot([], [])).rejects.toThrow(refused);
  await connector.close();
  await admin.query(`grant execute on function pg_catalog.pg_control_system() to public; comment on database ${escapeIdentifier(store.name)} is 'as it was'`);
  await admin.end();
});

test('while the store does not answer, no system is opened, and it is tried again', async () => {
  const connector = postgresConnector({ connectionString: other.url, refuse: refuseStore(changed(store.url, (url) => void (url.port = '1'))) });
  const error = await connector.snapshot([], []).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SystemUnavailable);
  expect(String(error)).toContain('the store could not be asked which database it is');
  await connector.close();
});
