/** Statements of plans through a process of their own, as a worker runs them. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { columns, message, int16, pour, startScriptedPostgres, type ScriptedPostgres } from '../../test/support/postgres-scripted.ts';
import { createDatabase, type TestDatabase } from '../../test/support/database.ts';
import { testLogins, type TestLogins } from '../../test/support/logins.ts';
import { site, siteSystem } from '../../test/support/site.ts';
import { NoData, type MetricQuery, type Provider } from '../provider.ts';
import { readerInOwnProcess } from './own-process.ts';
import { sqlProvider } from './provider.ts';

let logins: TestLogins;
let looker: string;
/** The store's. */
let database: TestDatabase;
let server: ScriptedPostgres;
let provider: Provider<{ query: string }>;
beforeAll(async () => {
  logins = await testLogins(inject('postgresUrl'));
  database = await createDatabase('statements');
  looker = logins.of('looker');
  await logins.login(looker);
});
afterAll(async () => {
  await logins?.remove();
  await database?.drop();
});
beforeEach(async () => {
  server = await startScriptedPostgres();
  const store = database.url;
  provider = sqlProvider(
    { ERP_DATABASE_URL: logins.url(looker), BAD_URL: server.url, STORE_URL: store },
    readerInOwnProcess(store, { silentMs: 3_000, pauseMs: 200, heapMiB: 128 }),
  );
});
afterEach(async () => {
  await provider.close();
  await server.stop();
});

const { systems } = site({
  systems: [
    siteSystem('erp', { kind: 'postgres' }),
    ...['bad', 'store'].map((id) => siteSystem(id, { kind: 'postgres', connection: { env: `${id.toUpperCase()}_URL` } })),
  ],
});
const query = (sql: string, id = 'erp'): MetricQuery<{ query: string }> => ({
  plan: 'p',
  metric: 'm',
  kind: 'gauge',
  provider: { query: sql },
  system: systems.find((system) => system.id === id),
  fromMs: 0,
  toMs: 1_000,
  people: [],
  rolePackage: 'clerk',
});

test('a metric is read, and its errors are of the same kinds as without a process', async () => {
  expect(await provider.read(query('select 3 as value'))).toEqual({ value: 3 });
  await expect(provider.read(query('select null::int as value'))).rejects.toThrow(NoData);
  await expect(provider.read(query('select 1 / 0 as value'))).rejects.toThrow('nullif');
  await expect(provider.read(query('select 1 as other'))).rejects.toThrow('and this one returns');
  await expect(provider.read(query('select 1 as value', 'store'))).rejects.toThrow('store');
  expect(await provider.check?.(systems[0]!)).toMatchObject({ login: looker });
});

test('what nobody waits for any more is ended in the system', async () => {
  const stop = new AbortController();
  const reading = provider
    .read(query('select count(*) as value from generate_series(1, 100000000000) as wait_for_me'), stop.signal)
    .catch((error: unknown) => error);
  const isAsleep = () =>
    logins.admin(`do $$ begin assert exists (select from pg_stat_activity where usename = '${looker}' and query like '%wait_for_me%'); end $$`).then(
      () => true,
      () => false,
    );
  await expect.poll(isAsleep, { timeout: 20_000 }).toBe(true);
  stop.abort(new Error('nobody waits'));
  expect(String(await reading)).toContain('nobody waits');
  await expect.poll(isAsleep, { timeout: 20_000 }).toBe(false);
});

test('a server that sends what fills or holds its reader is unavailable, and metrics of other systems are read', async () => {
  server.answer = (socket) => {
    socket.write(columns(1_000));
    pour(socket, message('D', int16(0)));
  };
  const bad = provider.read(query('select 1 as value', 'bad')).catch((error: unknown) => error);
  expect(await provider.read(query('select 4 as value'))).toEqual({ value: 4 });
  expect(await bad).toBeInstanceOf(SystemUnavailable);
});
