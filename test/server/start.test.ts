/** `npm start` as a person runs it, with nothing configured and no data yet: the process, its output, the command used with it, and Ctrl-C. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import { readSite } from '../../settings/site.ts';
import { writeSite } from '../support/site.ts';
import { testIo } from '../support/command-io.ts';
import { removePostgres } from '../../provision/postgres.ts';
import { isStillRunning, type ProcessIdentity } from '../../provision/process-identity.ts';
import { planText } from '../support/endpoint.ts';

const script = fileURLToPath(new URL('../../provision/start.ts', import.meta.url));
const records = ['api.json', 'worker.json', 'temporal/server.json', 'postgres/server.json'];
let home: string;
const started: Start[] = [];

interface Start {
  process: ChildProcess;
  said: () => string;
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rolewave-start-'));
  // As root, PostgreSQL runs as another user, who must be able to reach its files.
  await chmod(home, 0o711);
});
afterAll(async () => {
  for (const { process } of started) {
    if (process.exitCode !== null || process.signalCode !== null) continue;
    process.kill('SIGTERM');
    await once(process, 'exit');
  }
  await removePostgres(join(home, 'postgres'));
  await rm(home, { recursive: true, force: true });
});

function start(): Start {
  // Without the servers that this machine names: the test is about those that npm start brings.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(ROLEWAVE_|TEMPORAL_|NOTICE_|SMTP_|DATABASE_URL$)/.test(name)));
  const child = spawn(process.execPath, [script], {
    env: { ...env, NOTICE_TERMINAL: '1', ROLEWAVE_HOME: home, ROLEWAVE_SITE: join(home, 'site.yaml'), TEMPORAL_CONFIG_FILE: join(home, 'none.toml') },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const one = { process: child, said: () => text };
  started.push(one);
  return one;
}

/** The API's address, once everything serves. */
async function serving({ said, process }: Start): Promise<string> {
  await expect.poll(() => said().includes('Three commands to try') || process.exitCode !== null, { timeout: 120_000 }).toBe(true);
  const url = /API +(http\S+)/.exec(said())?.[1];
  if (url === undefined) throw new Error(`it does not serve:\n${said()}`);
  return url;
}

async function serversOf(folder: string): Promise<ProcessIdentity[]> {
  const texts = await Promise.all(records.map((file) => readFile(join(folder, file), 'utf8')));
  return texts.map((text) => (JSON.parse(text) as { server: ProcessIdentity }).server);
}

async function exitOf({ process }: Start): Promise<unknown> {
  return process.exitCode ?? (await once(process, 'exit'))[0];
}

test('npm start serves a plan, refuses a second start, recovers from being killed, and leaves nothing running after Ctrl-C', async () => {
  const first = start();
  const url = await serving(first);
  expect(first.said()).toContain('No identity is set (ROLEWAVE_IDENTITY_JWKS): on this machine anyone may sign in as anyone');
  // The board comes first, and asks who one is.
  const [board = '', api = ''] = [/^Board: (http\S+)$/m.exec(first.said())?.[1], /^ +API/m.exec(first.said())?.[0]];
  expect(first.said().indexOf(board)).toBeLessThan(first.said().indexOf(api));
  const page = await fetch(board, { headers: { accept: 'text/html' } });
  expect([page.status, new URL(page.url).pathname, await page.text()]).toEqual([200, '/sign-in', expect.stringContaining('No plan is applied')]);
  for (const path of ['healthz', 'readyz']) expect((await fetch(`${url}/${path}`)).status, path).toBe(200);

  // It wrote a first site file, which knows no system, and takes the one that a person writes next.
  const siteFile = join(home, 'site.yaml');
  expect(first.said()).toContain(`${siteFile}, new: it lists no system yet`);
  expect(await readSite(siteFile)).toMatchObject({ systems: [], plans: [{ plan: '*', systems: [] }] });
  await writeSite(siteFile);

  const plan = join(home, 'plan.yaml');
  await writeFile(plan, planText({ goLive: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10) }));
  const rolewave = async (...args: string[]) => {
    // The command finds the API of npm start by itself.
    const io = testIo({ env: { ROLEWAVE_HOME: home } });
    return { code: await run(args, io), said: [...io.written, ...io.errors].join('\n') };
  };
  expect(await rolewave('validate', plan)).toMatchObject({ code: 0, said: expect.stringContaining('is a valid plan') });
  // Once API and worker have the new site.
  await expect
    .poll(() => rolewave('--as', 'ines', 'plan', plan), { timeout: 60_000, interval: 1_000 })
    .toMatchObject({ code: 0, said: expect.stringContaining("Plan 'test' would grant 3") });
  expect(await rolewave('--as', 'ines', 'apply', plan)).toMatchObject({ code: 0, said: expect.stringContaining("Applied 'test' as revision 1") });

  // The owner is asked, in this terminal, with a link to the page where it is signed.
  const asked = /── Sign-off needed: test\/wave-1\/clerk [^]*Page: +http:\/\/127\.0\.0\.1:\d+\/requests\/test\/wave-1\/clerk\n/;
  await expect.poll(() => first.said(), { timeout: 60_000 }).toMatch(asked);

  const second = start();
  expect(await exitOf(second)).toBe(1);
  expect(second.said()).toContain(`Another Rolewave already runs on ${home} (process ${first.process.pid}). Stop it with Ctrl-C`);

  const orphans = await serversOf(home);
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');
  expect(orphans.length).toBeGreaterThanOrEqual(2);
  expect(orphans.filter(isStillRunning)).toEqual(orphans);

  const third = start();
  const newUrl = await serving(third);
  expect(orphans.filter(isStillRunning)).toEqual([]);
  const { token } = (await (
    await fetch(`${newUrl}/v1/tokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"person":"ines"}' })
  ).json()) as { token: string };
  const plans = await (await fetch(`${newUrl}/v1/plans`, { headers: { authorization: `Bearer ${token}` } })).text();
  expect(plans).toContain('"test"');

  const servers = await serversOf(home);
  third.process.kill('SIGINT');
  expect(await exitOf(third)).toBe(0);
  expect(servers.filter(isStillRunning)).toEqual([]);
  for (const file of [...records, 'running.json']) await expect(readFile(join(home, file)), file).rejects.toThrow('ENOENT');
});
