/**
 * The environment of API and worker holds connection strings, passwords and keys. Every way to fail is provoked with them, and nothing of them, not even a
 * host, a path or a login, is found in an answer, a log, a history or a row of the store.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { freePort } from '../../provision/free-port.ts';
import { startServerProcess, type ServerProcess } from '../../provision/server-process.ts';
import { startSite, untilSeen, type Site } from '../server/site.ts';
import { planInput, metric, roles, watch, type PlanInput } from '../support/plan.ts';
import { siteSystem } from '../support/site.ts';
import { historyText } from './history-text.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
/** In every value that must not be seen, and nowhere else. */
const planted = /pl4nted/i;

let site: Site;
let api: ServerProcess | undefined;
let url: string;
let environment: Record<string, string>;
const answers: string[] = [];
const systems = ['socket', 'host', 'password', 'database', 'tls', 'file', 'unreadable'];
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const postgres = new URL(inject('postgresUrl'));
  const at = (change: (url: URL) => void) => {
    const made = new URL(postgres);
    change(made);
    return made.href;
  };
  environment = {
    SOCKET_DATABASE_URL: '/pl4nted-folder/of/a/socket pl4nted-database',
    HOST_DATABASE_URL: 'postgres://pl4nted-login:pl4nted-password@pl4nted-host.invalid:5432/pl4nted-database',
    PASSWORD_DATABASE_URL: at((made) => void ([made.username, made.password, made.pathname] = ['pl4nted-login', 'pl4nted-password', '/pl4nted-database'])),
    DATABASE_DATABASE_URL: at((made) => void (made.pathname = '/pl4nted-database')),
    TLS_DATABASE_URL: at((made) => {
      made.searchParams.set('sslmode', 'require');
      made.searchParams.set('application_name', 'pl4nted-application');
    }),
    FILE_DATABASE_URL: at((made) => void made.searchParams.set('sslrootcert', '/pl4nted-folder/root.crt')),
    UNREADABLE_DATABASE_URL: 'postgres://pl4nted-login:pl4nted-password@[half/pl4nted-database',
    SMTP_URL: 'smtp://pl4nted-login:pl4nted-password@127.0.0.1:1',
    NOTICE_FROM: 'rolewave@example.com',
    NOTICE_WEBHOOK_URL: 'http://127.0.0.1:1/pl4nted-path?key=pl4nted-key',
    NOTICE_WEBHOOK_SECRET: 'pl4nted-secret-of-the-webhook-0123456789',
    TEMPORAL_GRPC_META_X_PLANTED: 'pl4nted-header',
    ROLEWAVE_TOKEN: 'pl4nted-token',
  };
  const declared = systems.map((id) => siteSystem(id, { kind: 'postgres', connection: { env: `${id.toUpperCase()}_DATABASE_URL` } }));
  site = await startSite({ logLevel: 'info' }, { ...environment, LOG_LEVEL: 'debug' }, { systems: declared });
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const { home, temporal, databaseUrl, signingKeyFile, trustedKeysFile, siteFile } = site.api.config;
  api = await startServerProcess({
    name: 'the API',
    command: process.execPath,
    args: [join(project, 'api/main.ts')],
    cwd: project,
    env: {
      PATH: process.env['PATH'],
      ...environment,
      ROLEWAVE_HOME: home,
      ROLEWAVE_SITE: siteFile,
      ROLEWAVE_SIGNING_KEY_FILE: signingKeyFile,
      ROLEWAVE_TRUSTED_KEYS_FILE: trustedKeysFile,
      ROLEWAVE_DEMO: '1',
      ROLEWAVE_PORT: String(port),
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'debug',
    },
    logFile: join(home, 'api.log'),
    recordFile: join(home, 'api.json'),
    stopSignal: 'SIGTERM',
    isReady: async () => (await fetch(`${url}/healthz`)).ok,
  });
});
afterAll(async () => {
  await api?.stop();
  for (const close of closing) await close();
  await site?.close();
});

async function asked(method: 'GET' | 'POST', path: string, body?: string): Promise<{ status: number; body: Record<string, any> }> {
  const issued = await fetch(`${url}/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: 'ines', plan: JSON.stringify(planOn('socket')) }),
  });
  const { token } = (await issued.json()) as { token: string };
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/yaml' },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  answers.push(`${method} ${path}: ${response.status} ${text}`);
  return { status: response.status, body: JSON.parse(text) as Record<string, any> };
}

const planOn = (system: string): PlanInput =>
  planInput({
    plan: `on-${system}`,
    systems: [system],
    people: ['olga', 'otto', 'dora', 'ines', 'hugo', 'sam', 'ann', 'ben', 'cem', 'dea'].map((id) => ({
      id,
      name: id,
      team: 'finance',
      email: `${id}@example.com`,
    })),
    metrics: [metric('m', { provider: { kind: 'sql', system, query: 'select 1 as value' } })],
    packages: [{ legacy: [], entitlements: roles(system, 'clerk'), watch: watch('14d', 'm') }],
  });

test.each(systems)('a system that cannot be reached (%s) is named with what is wrong, and nothing of its connection string', async (system) => {
  const body = JSON.stringify(planOn(system));
  const trial = await asked('POST', '/v1/plans/metric-trial?metric=m', body);
  expect(trial.body['evaluation']?.measured ?? trial.body).toMatchObject({ kind: 'error' });
  const simulated = await asked('POST', '/v1/plans/simulate', body);
  expect(simulated.status).toBeGreaterThanOrEqual(400);
  expect(JSON.stringify(simulated.body)).toContain(`'${system}'`);
  expect((await asked('POST', '/v1/plans', body)).status).toBe(200);
});

test('notices that cannot be delivered say why', async () => {
  const seen = await untilSeen(
    async () => (await site.store.notices({ plan: 'on-socket' })).flatMap(({ deliveries }) => deliveries.map(({ channel }) => channel)),
    () => true,
  );
  expect(Array.isArray(seen)).toBe(true);
  // Both channels have failed at least once in a history by now.
  await expect
    .poll(async () => (await histories()).join('\n'), { timeout: 60_000, interval: 1_000 })
    .toMatch(/the webhook cannot be reached[^]*the mail server cannot be reached|the mail server cannot be reached[^]*the webhook cannot be reached/);
});

async function histories(): Promise<string[]> {
  const found: string[] = [];
  const { client } = site.api;
  for await (const run of client.workflow.list()) found.push(historyText(await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory()));
  return found;
}

async function rowsOfTheStore(): Promise<string[]> {
  const client = new Client({ connectionString: site.api.config.databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>("select tablename as name from pg_tables where schemaname = 'rolewave'");
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from rolewave.${escapeIdentifier(name)} t`);
      found.push(...rows.map(({ row }) => `${name}: ${row}`));
    }
    return found;
  } finally {
    await client.end();
  }
}

test.each<[string, () => Promise<string[]>]>([
  ['an answer', async () => answers],
  ['a history', histories],
  ['a row of the store', rowsOfTheStore],
  [
    'a log',
    async () =>
      (await Promise.all(['worker.log', 'api.log'].map((file) => readFile(join(site.api.config.home, file), 'utf8')))).flatMap((text) => text.split('\n')),
  ],
])('nothing of the environment is in %s', async (_where, texts) => {
  const all = await texts();
  expect(all.length).toBeGreaterThan(3);
  expect(all.filter((text) => planted.test(text))).toEqual([]);
});

test.each([
  ['api/main.ts', '/pl4nted-folder pl4nted-database'],
  ['worker/main.ts', '/pl4nted-folder pl4nted-database'],
  ['api/main.ts', 'wrong password'],
  ['worker/main.ts', 'wrong password'],
  ['api/main.ts', 'postgres://pl4nted-login:pl4nted-password@[half/x'],
  ['worker/main.ts', 'postgres://pl4nted-login:pl4nted-password@[half/x'],
])('%s with a store that it cannot use (%s) ends, and says DATABASE_URL and nothing of it', async (program, value) => {
  const login = new URL(inject('postgresUrl'));
  [login.username, login.password, login.pathname] = ['pl4nted-login', 'pl4nted-password', '/pl4nted-database'];
  const { temporal, trustedKeysFile, siteFile, home } = site.api.config;
  const child = spawn(process.execPath, [join(project, program)], {
    env: {
      PATH: process.env['PATH'],
      ...environment,
      DATABASE_URL: value === 'wrong password' ? login.href : value,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      ROLEWAVE_HOME: home,
      ROLEWAVE_SITE: siteFile,
      ROLEWAVE_TRUSTED_KEYS_FILE: trustedKeysFile,
      ROLEWAVE_DEMO: '1',
      ROLEWAVE_PORT: '0',
      ROLEWAVE_WORKER_HEALTH_PORT: '0',
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code).toBe(1);
  expect(said).toContain('DATABASE_URL');
  expect(said).not.toMatch(planted);
});
