/** The worker process: it finds new systems while it runs, reports its health, refuses a demo clock without its flag, and shuts down cleanly. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineTaskQueue, systemTaskQueue, waveWorkflowId } from '../../domain/messages.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { waveSection } from '../../domain/plan/section.ts';
import { simulationOf } from '../../domain/plan/simulation.ts';
import { openStore } from '../../store/open.ts';
import type { WorkerConfig } from '../../worker/config.ts';
import { startWorker } from '../../worker/start.ts';
import type { RunningWorker } from '../../worker/start.ts';
import { createDatabase } from '../support/database.ts';
import { startEndpoint } from '../support/endpoint.ts';
import type { Endpoint } from '../support/endpoint.ts';
import { newKey } from '../support/keys.ts';
import { plan as planFor } from '../support/plan.ts';
import { saveRevision } from '../support/revisions.ts';
import { siteSystem } from '../support/site.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
let endpoint: Endpoint;
let config: WorkerConfig;
let worker: RunningWorker;
const quiet = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' });
/** One package for two people in one system in memory. */
const planOver = (on: string, plan: string): Plan =>
  planFor({
    plan,
    systems: [on],
    packages: [{ id: 'access', legacy: [], cohort: ['ann', 'ben'] }],
  });

beforeAll(async () => {
  endpoint = await startEndpoint();
  const { temporal, databaseUrl, trustedKeysFile, siteFile } = endpoint.config;
  config = {
    temporal: { connection: { address: temporal.address }, namespace: temporal.namespace },
    databaseUrl,
    trustedKeysFile,
    siteFile,
    home: join(project, '.rolewave'),
    allowDemoClock: false,
    workflows: true,
    healthPort: 0,
    env: {},
    graceMs: 2_000,
  };
  worker = await startWorker(config, quiet);
});

afterAll(async () => {
  await worker.shutdown();
  await endpoint.close();
});

test('the worker is ready, and reports what it polls', async () => {
  const ready = await fetch(`${worker.healthUrl}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ ready: true, alive: true, store: 'ok', temporal: 'ok', taskQueues: { [engineTaskQueue]: 'RUNNING' } });
  expect((await fetch(`${worker.healthUrl}/healthz`)).status).toBe(200);
  expect((await fetch(`${worker.healthUrl}/elsewhere`)).status).toBe(404);
});

test('a worker starts while the store takes long to say which systems are in use, and polls them once it does', async () => {
  const client = new pg.Client({ connectionString: config.databaseUrl });
  await client.connect();
  const store = await openStore(config.databaseUrl, { migrate: false });
  let second: RunningWorker | undefined;
  try {
    await saveRevision(store, planOver('erp', 'slow-store'), newKey());
    await client.query('begin; lock table rolewave.planned_systems in access exclusive mode');
    second = await startWorker(config, quiet);
    const { health } = second;
    expect(await health()).toMatchObject({ ready: true, taskQueues: { [engineTaskQueue]: 'RUNNING' } });
    expect((await health()).taskQueues).not.toHaveProperty(systemTaskQueue('erp'));
    await client.query('commit');
    await expect.poll(async () => (await health()).taskQueues[systemTaskQueue('erp')], { timeout: 30_000 }).toBe('RUNNING');
  } finally {
    await client.end();
    await Promise.all([store.close(), second?.shutdown()]);
  }
});

test('a system of the site that appears with a new revision is polled without a restart', async () => {
  await endpoint.changeSite({ systems: [siteSystem(), siteSystem('crm'), siteSystem('wms')] });
  const store = await openStore(config.databaseUrl, { migrate: false });
  const document = planOver('crm', 'applied');
  await saveRevision(store, document, newKey());
  await store.close();
  await expect.poll(async () => (await worker.health()).taskQueues[systemTaskQueue('crm')], { timeout: 60_000 }).toBe('RUNNING');
});

test('a system that the site file names anew is asked which place it is, before anybody uses it', async () => {
  const database = await createDatabase('first_place');
  const known = [siteSystem(), siteSystem('crm'), siteSystem('wms')];
  const store = await openStore(endpoint.config.databaseUrl, { migrate: false });
  try {
    (config.env as Record<string, string>)['LEDGER_URL'] = database.url;
    await endpoint.changeSite({ systems: [...known, siteSystem('ledger', { kind: 'postgres', connection: { env: 'LEDGER_URL' } })] });
    await expect.poll(() => store.systemsAtPlaces(), { timeout: 60_000 }).toContain('ledger');
  } finally {
    await endpoint.changeSite({ systems: known });
    await store.close();
    await database.drop();
  }
});

test('the systems of a plan that is only simulated are polled, although no revision names them', async () => {
  const document = planOver('wms', 'simulated');
  // That it polls the system above shows that it has read its site file, which it looks at every few seconds: until then it refuses a new system.
  const store = await openStore(config.databaseUrl, { migrate: false });
  let tries = 0;
  const simulated = async () =>
    endpoint.client.workflow.execute('simulation', {
      taskQueue: engineTaskQueue,
      workflowId: `simulation-of-a-new-system-${(tries += 1)}`,
      args: [simulationOf(document, await store.saveDraft(document), {})],
      workflowExecutionTimeout: '60s',
    });
  await expect.poll(simulated, { timeout: 90_000, interval: 1_000 }).toMatchObject({ totals: { wms: { toGrant: 4 } } });
  await store.close();
  expect((await worker.health()).taskQueues).toMatchObject({ [systemTaskQueue('wms')]: 'RUNNING' });
});

test('a workflow with a demo clock makes no progress on this worker, and its history says why', async () => {
  const plan = planOver('erp', 'demo');
  const input = { section: waveSection(plan, 1, 'wave-1'), clock: { epochMs: 0, anchorMs: Date.now(), dayMs: 2_000 } };
  const handle = await endpoint.client.workflow.start('wave', { taskQueue: engineTaskQueue, workflowId: waveWorkflowId('demo', 'wave-1'), args: [input] });
  const failures = async () =>
    (await handle.fetchHistory()).events?.flatMap(({ workflowTaskFailedEventAttributes }) => workflowTaskFailedEventAttributes?.failure?.message ?? []) ?? [];
  await expect.poll(failures, { timeout: 60_000 }).toEqual(expect.arrayContaining([expect.stringContaining('--allow-demo-clock')]));
  expect((await handle.describe()).status.name).toBe('RUNNING');
  await handle.terminate();
});

test('two workers can serve the same systems, and a limited worker polls only the systems that it is given', async () => {
  const limited = await startWorker({ ...config, systems: ['erp'], workflows: false }, quiet);
  expect(Object.keys((await limited.health()).taskQueues)).toEqual([systemTaskQueue('erp')]);
  await limited.shutdown();
  await limited.ended;
});

describe('the process', () => {
  const run = (args: string[], env: Record<string, string>) => {
    const child = spawn(process.execPath, [join(project, 'worker/main.ts'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', LOG_LEVEL: 'info', ROLEWAVE_WORKER_HEALTH_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const code = new Promise<number | null>((resolve) => {
      child.once('close', resolve);
    });
    return { child, code, output: () => output };
  };

  test('shuts down cleanly on SIGTERM, with exit code 0', async () => {
    const { temporal, databaseUrl, trustedKeysFile, siteFile } = endpoint.config;
    const { child, code, output } = run([], {
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      DATABASE_URL: databaseUrl,
      ROLEWAVE_TRUSTED_KEYS_FILE: trustedKeysFile,
      ROLEWAVE_SITE: siteFile,
    });
    await expect.poll(output, { timeout: 60_000 }).toContain('the worker is running');
    child.kill('SIGTERM');
    expect(await code).toBe(0);
    expect(output()).toContain('the worker has ended');
  });

  test.each([
    ['a missing store', [], {}, 'DATABASE_URL is not set'],
    [
      'a missing keys file',
      [],
      { DATABASE_URL: 'postgres://a@127.0.0.1:1/x', ROLEWAVE_TRUSTED_KEYS_FILE: '/nowhere/keys.json' },
      '/nowhere/keys.json does not exist',
    ],
    ['an unknown option', ['--sistems', 'a'], { DATABASE_URL: 'postgres://a@127.0.0.1:1/x' }, "Unknown option '--sistems'"],
  ])('%s stops it with exit code 1 and one clear sentence', async (_what, args, env, words) => {
    const { code, output } = run(args, env);
    expect(await code).toBe(1);
    expect(output()).toContain(words);
  });

  test('a missing site file stops it with exit code 1 and one clear sentence', async () => {
    const { code, output } = run([], {
      DATABASE_URL: 'postgres://a@127.0.0.1:1/x',
      ROLEWAVE_TRUSTED_KEYS_FILE: endpoint.config.trustedKeysFile,
      ROLEWAVE_SITE: '/nowhere/site.yaml',
    });
    expect(await code).toBe(1);
    expect(output()).toContain('the site file /nowhere/site.yaml does not exist: write it');
  });

  test('--help lists the options', async () => {
    const { code, output } = run(['--help'], {});
    expect(await code).toBe(0);
    expect(output()).toContain('--systems a,b');
  });
});
