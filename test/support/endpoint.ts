/**
 * The real HTTP endpoint, for tests of its answers. It has a real Temporal server (in its own namespace), its own store in PostgreSQL and, if a test
 * wants one, a real worker over a system in memory.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { RecordActivities } from '../../activities/contract.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { inject } from 'vitest';
import { createActivities, type ActivityDeps } from '../../activities/index.ts';
import { startApi } from '../../api/start.ts';
import type { ApiConfig } from '../../api/config.ts';
import { noneConnector, type NoneConnector } from '../../connectors/none/connector.ts';
import type { TrustedKey } from '../../domain/authority/keys.ts';
import { engineTaskQueue, measuringTaskQueue, noticesTaskQueue, recordsTaskQueue, systemTaskQueue } from '../../domain/messages.ts';
import { ensureSearchAttributes } from '../../provision/search-attributes.ts';
import type { CurrentSite } from '../../settings/site.ts';
import { openStore } from '../../store/open.ts';
import { runningStateOf } from '../../worker/running-state.ts';
import { bundle } from '../../worker/bundle.ts';
import { createDatabase } from './database.ts';
import { metric, people, planFile, roles, usualPeople, watch, type PackageInput, type PlanChange, type WaveInput } from './plan.ts';
import { answerInForm } from './in-form.ts';
import { siteInput, writeSite, type SiteChange } from './site.ts';
import { asPlanned } from './telemetry.ts';

export interface Answered {
  status: number;
  body: Record<string, any>;
  headers: Headers;
}
export interface Endpoint {
  url: string;
  client: Client;
  config: ApiConfig;
  /** The system `erp`. */
  system: NoneConnector;
  /** Sends JSON, or a plan as text, as this person. Without a token if `by` is empty. */
  send(by: string, method: 'GET' | 'POST', path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>;
  /** Starts a worker over the system `erp` in memory. */
  /** `records`: answers to what workflows record, as of somebody in the namespace who polls that queue. */
  startWorker(change?: Pick<ActivityDeps, 'rules'>, records?: Partial<RecordActivities>): Promise<void>;
  stopWorker(): Promise<void>;
  /** Rewrites the site file: the usual one with this change. Resolves when the endpoint has it; a worker in another process reads it within seconds. */
  changeSite(change: SiteChange): Promise<void>;
  /** Closes the API alone, with all its connections, as when its process ends. */
  stopApi(): Promise<void>;
  /** Starts it again at the same address, over the same store and keys. */
  startApi(): Promise<void>;
  close(): Promise<void>;
}

// The SDK's messages about workers that start and stop are not part of a test's output.
Runtime.install({ logger: new DefaultLogger('ERROR') });

/** `site`: what the site file says differently from the tests' usual one, which lets everybody do everything with the system `erp`. */
export async function startEndpoint(changes: Partial<ApiConfig> = {}, site: SiteChange = {}): Promise<Endpoint> {
  const address = inject('temporalAddress');
  const namespace = `api-${randomBytes(6).toString('hex')}`;
  const home = await mkdtemp(join(tmpdir(), 'rolewave-api-'));
  const database = await createDatabase('api');
  const connection = await Connection.connect({ address });
  await registerNamespace(connection, namespace);

  const config: ApiConfig = {
    host: '127.0.0.1',
    port: 0,
    temporal: { address, namespace },
    databaseUrl: database.url,
    signingKeyFile: join(home, 'signing-key.json'),
    trustedKeysFile: join(home, 'trusted-keys.json'),
    siteFile: join(home, 'site.yaml'),
    demo: true,
    home,
    logLevel: 'silent',
    answerWithinMs: 5_000,
    ...changes,
  };
  await writeSite(config.siteFile, siteInput(site));
  const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
  let api = await startApi(config, log);
  let apiRuns = true;
  const { url } = api;
  const tokens = new Map<string, Promise<string>>();
  // What it granted is there when another worker comes.
  const system = noneConnector({ grants: [{ role: 'old_reader', account: 'ann', grantor: 'dba', options: {} }] });
  let stop: (() => Promise<void>) | undefined;
  const stopWorker = async (): Promise<void> => {
    const stopping = stop;
    stop = undefined;
    await stopping?.();
  };

  function tokenOf(person: string): Promise<string> {
    const asked = tokens.get(person) ?? askToken(person);
    tokens.set(person, asked);
    return asked;
  }
  async function askToken(person: string): Promise<string> {
    const response = await fetch(`${url}/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person, plan: planText({ people: people(...new Set([...usualPeople, person])) }) }),
    });
    const { token } = (await response.json()) as { token?: string };
    if (token === undefined) throw new Error(`no token for ${person}: the endpoint answered ${response.status}`);
    return token;
  }

  return {
    url,
    client: new Client({ connection, namespace }),
    config,
    system,
    async send(by, method, path, body, headers = {}) {
      const sent = async () =>
        fetch(url + path, {
          method,
          headers: {
            ...(by === '' ? {} : { authorization: `Bearer ${await tokenOf(by)}` }),
            'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json',
            ...headers,
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        });
      let response = await sent();
      // On a busy machine a workflow may not answer a reader in time, although a worker runs.
      for (let tries = 1; tries < 6 && method === 'GET' && response.status === 503 && stop !== undefined; tries += 1) response = await sent();
      const answer = (await response.json()) as Record<string, any>;
      answerInForm(method, path, response.status, answer);
      return { status: response.status, body: answer, headers: response.headers };
    },
    async startWorker(change, records) {
      await stopWorker();
      stop = await startWorker(config, api.site, system, change, records);
    },
    stopWorker,
    async changeSite(change) {
      await writeSite(config.siteFile, siteInput(change));
      await api.site.reload();
    },
    async stopApi() {
      apiRuns = false;
      await api.close();
    },
    async startApi() {
      api = await startApi({ ...config, port: Number(new URL(url).port) }, log);
      apiRuns = true;
    },
    async close() {
      await stopWorker();
      if (apiRuns) await api.close();
      await connection.close();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function startWorker(
  config: ApiConfig,
  site: CurrentSite,
  system: NoneConnector,
  change: Pick<ActivityDeps, 'rules'> = {},
  records: Partial<RecordActivities> = {},
): Promise<() => Promise<void>> {
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const store = await openStore(config.databaseUrl, { migrate: true });
  const { keys } = JSON.parse(await readFile(config.trustedKeysFile, 'utf8')) as { keys: TrustedKey[] };
  const activities = createActivities({
    store,
    openSystem: async () => system,
    telemetry: asPlanned(),
    runningState: runningStateOf(connection, config.temporal.namespace),
    trustedKeys: keys,
    site: site.now,
    allowDemoClock: true,
    ...change,
  });
  const shared = { connection, namespace: config.temporal.namespace, activities };
  const workers = [
    await Worker.create({ ...shared, taskQueue: engineTaskQueue, workflowBundle: await bundle() }),
    await Worker.create({ ...shared, taskQueue: systemTaskQueue('erp') }),
    await Worker.create({ ...shared, taskQueue: recordsTaskQueue, activities: { ...activities, ...records } }),
    await Worker.create({ ...shared, taskQueue: measuringTaskQueue }),
    await Worker.create({ ...shared, taskQueue: noticesTaskQueue, workflowBundle: await bundle() }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  return async () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await running;
    await store.close();
    await connection.close();
  };
}

/** Registers a namespace and waits until all parts of the server know it. */
async function registerNamespace(connection: Connection, namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds: 86_400 as never } });
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace });
      return await ensureSearchAttributes(connection, namespace);
    } catch (error) {
      if (attempt === 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Calls `read` until `shows` accepts what it returns. */
export async function until<T>(read: () => Promise<T>, shows: (seen: T) => boolean, withinMs = 60_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const seen = await read();
    if (shows(seen)) return seen;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms; last seen: ${JSON.stringify(seen).slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface ApiPlan extends PlanChange {
  goLive?: string;
  /** What is different about the package `clerk`. */
  clerk?: Partial<PackageInput>;
  /** Adds a tentative wave with its own package, `reader`. A list adds these packages to that wave too. */
  second?: boolean | NonNullable<WaveInput['packages']>;
}

/** The plan of the API's tests, as it is sent: one package, `clerk`, over one system in memory. */
export function planText({ goLive = '2027-03-01T18:00:00Z', clerk = {}, second = false, ...change }: ApiPlan = {}): string {
  const others = second === true ? [] : second || undefined;
  const on = change.systems?.[0] ?? 'erp';
  const usual = (id: string) => ({ id, entitlements: roles(on, id), watch: watch('14d', { metric: 'exceptions', tune: { above: 10 } }) });
  return planFile({
    metrics: [metric('exceptions')],
    packages: [{ ...usual('clerk'), legacy: roles(on, 'old_reader'), ...clerk }, ...(others ? [{ ...usual('reader'), legacy: [] }] : [])],
    waves: [{ goLive, packages: [{ package: 'clerk' }] }, ...(others ? [{ status: 'tentative' as const, packages: [{ package: 'reader' }, ...others] }] : [])],
    ...change,
  });
}
