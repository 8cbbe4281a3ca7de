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
import { startSite, type Site } from '../server/site.ts';
import { planInput, metric, roles, watch, type PlanInput } from '../support/plan.ts';
import { siteSystem } from '../support/site.ts';
import { historyText } from './history-text.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
/** In every value that must not be seen, and nowhere else. */
const planted = /pl4nted/i;
type SystemInput = NonNullable<Parameters<typeof siteSystem>[1]> & { oauth?: { tokenUrl: string } };
/** What a directory needs besides. */
const bases = { groups: { base: 'ou=groups,dc=example' }, accounts: { base: 'ou=people,dc=example' } };

let site: Site;
let api: ServerProcess | undefined;
let url: string;
let environment: Record<string, string>;
const answers: string[] = [];
const systems = ['socket', 'host', 'password', 'database', 'tls', 'file', 'unreadable'];
/** Of the other kinds. A `-text` is one that cannot be read, and `-address` one that can be and whose address is none. */
const otherKinds: Record<string, SystemInput> = {
  'ldap-host': { kind: 'ldap', ...bases },
  'ldap-nobody': { kind: 'ldap', ...bases },
  'ldap-address': { kind: 'ldap', ...bases },
  'ldap-text': { kind: 'ldap', ...bases },
  'scim-host': { kind: 'scim' },
  'scim-nobody': { kind: 'scim', oauth: { tokenUrl: 'https://127.0.0.1:9/token' } },
  'scim-text': { kind: 'scim' },
  'keycloak-host': { kind: 'keycloak' },
  'keycloak-nobody': { kind: 'keycloak' },
  'keycloak-text': { kind: 'keycloak' },
};
const variableOf = (system: string) => `${system.toUpperCase().replaceAll('-', '_')}_DATABASE_URL`;

beforeAll(async () => {
  const postgres = new URL(inject('postgresUrl'));
  const at = (change: (url: URL) => void) => {
    const made = new URL(postgres);
    change(made);
    return made.href;
  };
  const nobody = await freePort();
  environment = {
    SOCKET_DATABASE_URL: '/pl4nted-folder/of/a/socket pl4nted-database',
    HOST_DATABASE_URL: 'postgres://pl4nted-login:pl4nted-password@pl4nted-host.invalid:5432/pl4nted-database',
    PASSWORD_DATABASE_URL: at((made) => void ([made.username, made.password, made.pathname] = ['pl4nted-login', 'pl4nted-password', '/pl4nted-database'])),
    DATABASE_DATABASE_URL: at((made) => void (made.pathname = '/pl4nted-database')),
    TLS_DATABASE_URL: at((made) => {
      made.searchParams.set('sslmode', 'require');
      made.searchParams.set('application_name', 'pl4nted-application');
    }),
    FILE_DATABASE_URL: at((made) => made.searchParams.set('sslrootcert', '/pl4nted-folder/root.crt')),
    UNREADABLE_DATABASE_URL: 'postgres://pl4nted-login:pl4nted-password@[half/pl4nted-database',
    LDAP_HOST_DATABASE_URL: 'ldaps://cn%3Dpl4nted-login:pl4nted-password@pl4nted-host.invalid:636',
    LDAP_NOBODY_DATABASE_URL: `ldap://cn%3Dpl4nted-login:pl4nted-password@127.0.0.1:${nobody}`,
    LDAP_ADDRESS_DATABASE_URL: 'ldaps://cn%3Dpl4nted-login:pl4nted-password@pl4nted host:99999',
    LDAP_TEXT_DATABASE_URL: '/pl4nted-folder/of/a/socket',
    SCIM_HOST_DATABASE_URL: 'https://bearer:pl4nted-token@pl4nted-host.invalid/pl4nted-path',
    SCIM_NOBODY_DATABASE_URL: `https://pl4nted-client:pl4nted%0Asecret@127.0.0.1:${nobody}/pl4nted-path`,
    SCIM_TEXT_DATABASE_URL: 'https://bearer:pl4nted%0Atoken@127.0.0.1/pl4nted-path',
    KEYCLOAK_HOST_DATABASE_URL: 'https://pl4nted-client:pl4nted-secret@pl4nted-host.invalid/realms/pl4nted-realm',
    KEYCLOAK_NOBODY_DATABASE_URL: `https://pl4nted-client:pl4nted%0Asecret@127.0.0.1:${nobody}/pl4nted-path/realms/pl4nted-realm`,
    KEYCLOAK_TEXT_DATABASE_URL: '/pl4nted-folder/of/a/socket',
    SMTP_URL: `smtp://pl4nted-login:pl4nted-password@127.0.0.1:${nobody}`,
    NOTICE_FROM: 'rolewave@example.com',
    NOTICE_WEBHOOK_URL: `http://127.0.0.1:${nobody}/pl4nted-path?key=pl4nted-key`,
    NOTICE_WEBHOOK_SECRET: 'pl4nted-secret-of-the-webhook-0123456789',
    TEMPORAL_GRPC_META_X_PLANTED: 'pl4nted-header',
    ROLEWAVE_TOKEN: 'pl4nted-token',
  };
  const kinds = { ...Object.fromEntries(systems.map((id) => [id, { kind: 'postgres' as const }])), ...otherKinds };
  const declared = Object.entries(kinds).map(([id, system]) => siteSystem(id, { connection: { env: variableOf(id) }, ...system }));
  site = await startSite({ logLevel: 'info' }, { ...environment, LOG_LEVEL: 'debug' }, { systems: declared, mail: { domains: ['example.com'] } });
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
    stopSignal: 'SIGKILL',
    isReady: async () => (await fetch(`${url}/healthz`)).ok,
  });
});
afterAll(async () => {
  await api?.stop();
  await site?.close();
});

async function asked(method: 'GET' | 'POST', path: string, body?: string, person = 'ines'): Promise<{ status: number; body: Record<string, any> }> {
  const issued = await fetch(`${url}/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person, plan: JSON.stringify(planOn('socket')) }),
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

const people = ['olga', 'otto', 'dora', 'ines', 'hugo', 'sam', 'ann', 'ben', 'cem', 'dea'];
const planOn = (system: string, change: Partial<PlanInput> = {}): PlanInput =>
  planInput({
    plan: `on-${system}`,
    systems: [system],
    operators: people,
    people: people.map((id) => ({
      id,
      name: id,
      team: 'finance',
      email: `${id}@example.com`,
    })),
    metrics: [metric('m', { provider: { kind: 'sql', system, query: 'select 1 as value' } })],
    packages: [{ legacy: [], entitlements: roles(system, 'clerk'), watch: watch('14d', 'm') }],
    ...change,
  });

test('systems that cannot be reached are named with what is wrong', async () => {
  const told = await Promise.all(
    systems.map(async (system, index) => {
      const body = JSON.stringify(planOn(system));
      // A simulation waits half a minute for a system, and all of them wait at the same time: two answers at a time for each person.
      const person = people[index];
      const [applied, trial] = await Promise.all([asked('POST', '/v1/plans', body, person), asked('POST', '/v1/plans/metric-trial?metric=m', body, person)]);
      // Not beside the trial: all plans under one right have eight of both at a time.
      const simulated = await asked('POST', '/v1/plans/simulate', body, person);
      expect([system, applied.status]).toEqual([system, 200]);
      expect(JSON.stringify(simulated.body)).toContain(system);
      return [system, (trial.body['evaluation'] as { measured: { why: string } }).measured.why];
    }),
  );
  expect(Object.fromEntries(told)).toEqual({
    socket: expect.stringContaining('the socket or file that the connection string names does not exist'),
    host: expect.stringContaining('the name of its host cannot be resolved'),
    password: expect.stringContaining('it does not accept the password (SQLSTATE 28P01)'),
    database: expect.stringContaining('it has no such database (SQLSTATE 3D000)'),
    tls: expect.stringContaining('its certificate or its encryption is not accepted'),
    file: expect.stringContaining("system 'file': the environment variable FILE_DATABASE_URL does not hold a connection string"),
    unreadable: expect.stringContaining("system 'unreadable': the environment variable UNREADABLE_DATABASE_URL does not hold a connection string"),
  });
});

test('and so are those of the other kinds, whatever cannot be read or reached', async () => {
  const ids = Object.keys(otherKinds);
  const told = await Promise.all(
    ids.map(async (system, index) => {
      const role = system.startsWith('keycloak') ? '/clerk' : 'clerk';
      // Statements are for databases only.
      const plan = planOn(system, {
        metrics: [],
        packages: planOn(system).packages.map((one) => ({ ...one, entitlements: roles(system, role), watch: watch('14d') })),
      });
      const body = JSON.stringify(plan);
      const person = people[index];
      const applied = await asked('POST', '/v1/plans', body, person);
      expect([system, applied.status, applied.body]).toMatchObject([system, 200, {}]);
      const why = await untilSaid(plan.plan, system, person);
      return [system, why];
    }),
  );
  const unread = (id: string) => expect.stringContaining(`the environment variable ${variableOf(id)} does not hold a connection string`);
  const unresolved = expect.stringContaining('the name of its host cannot be resolved');
  const nobody = expect.stringMatching(/could not be reached|nothing listens/);
  expect(Object.fromEntries(told)).toEqual({
    'ldap-host': unresolved,
    'ldap-nobody': nobody,
    'ldap-address': unread('ldap-address'),
    'ldap-text': unread('ldap-text'),
    'scim-host': unresolved,
    'scim-nobody': nobody,
    'scim-text': unread('scim-text'),
    'keycloak-host': unresolved,
    'keycloak-nobody': nobody,
    'keycloak-text': unread('keycloak-text'),
  });
});

/** What the preview of a plan's wave failed with, in its history or in what is tried again, once somebody has read all of the plan over HTTP. */
async function untilSaid(plan: string, system: string, person: string | undefined): Promise<string> {
  const handle = site.api.client.workflow.getHandle(`${plan}/wave-1`);
  const said = async () => {
    const { raw } = await handle.describe();
    return `${historyText(raw.pendingActivities)}${historyText(await handle.fetchHistory())}`;
  };
  const isTold = /could not be reached|nothing listens|does not hold a connection string|cannot be resolved/;
  await expect.poll(said, { timeout: 60_000, interval: 500, message: system }).toMatch(isTold);
  for (const path of [`/v1/waves/${plan}/wave-1`, `/v1/packages/${plan}/wave-1/package-1`, '/v1/systems']) await asked('GET', path, undefined, person);
  return said();
}

test('notices that cannot be delivered say why', async () => {
  const said = async () => (await histories()).join('\n');
  await expect.poll(async () => (await said()).includes('the webhook cannot be reached: nothing listens'), { timeout: 60_000, interval: 1_000 }).toBe(true);
  await expect.poll(async () => (await said()).includes('the mail server cannot be reached: nothing listens'), { timeout: 60_000, interval: 1_000 }).toBe(true);
});

async function histories(): Promise<string[]> {
  const found: string[] = [];
  const { client } = site.api;
  for await (const run of client.workflow.list()) {
    const handle = client.workflow.getHandle(run.workflowId, run.runId);
    // What an activity failed with is only there until it is tried for the last time.
    const { raw } = await handle.describe();
    found.push(historyText(await handle.fetchHistory()), historyText(raw.pendingActivities));
  }
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
