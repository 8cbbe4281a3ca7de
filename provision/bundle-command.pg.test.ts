/** The package of the command alone: made, packed, installed elsewhere, and run there. */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../store/open.ts';
import { createDatabase } from '../test/support/database.ts';
import { testLogins } from '../test/support/logins.ts';
import { siteInput, siteSystem, writeSite } from '../test/support/site.ts';
import { smallPlanWith } from '../test/support/small-plan.ts';
import { bundleCommand } from './bundle-command.ts';

const execute = promisify(execFile);
const project = join(import.meta.dirname, '..');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-package-'));
  await bundleCommand(join(folder, 'package'));
  await execute('npm', ['pack', './package', '--silent'], { cwd: folder });
  const [packed = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));
  await execute('npm', ['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', join(folder, 'installed'), join(folder, packed)], {
    cwd: folder,
  });
  await copyFile(join(project, 'examples/role-packages.yaml'), join(folder, 'plan.yaml'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** On this Node, away from the repository. */
const rolewaveWith = (env: Record<string, string>, ...args: string[]) =>
  execute(process.execPath, [join(folder, 'installed/bin/rolewave'), ...args], { cwd: folder, env: { HOME: folder, PATH: '', ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  );

const rolewave = (...args: string[]) => rolewaveWith({}, ...args);

test('the installed command says its version and its help', async () => {
  const { version } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { version: string };
  expect(await rolewave('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const { stdout } = await rolewave('--help');
  expect(stdout).toContain('Usage: rolewave [options] <command>');
}, 30_000);

test('on a Node that is too old, it says which one it needs', async () => {
  const older = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });";
  const started = execute(process.execPath, [
    '--import',
    `data:text/javascript,${encodeURIComponent(older)}`,
    join(folder, 'installed/bin/rolewave'),
    '--help',
  ]);
  await expect(started).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^rolewave needs Node 22\.18\.0 or newer, and this is 20\.20\.2 /),
  });
});

test('it validates a plan, and every command can be loaded', async () => {
  expect(await rolewave('validate', 'plan.yaml')).toMatchObject({ code: 0, stdout: expect.stringContaining("plan.yaml is a valid plan: 'role-packages'") });
  const { stdout } = await rolewave('--help');
  const names = [...stdout.matchAll(/^ {2}([a-z][a-z-]+) {2,}\S/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  expect(names.length).toBeGreaterThan(30);
  for (const name of names) expect(await rolewave(name, '--help')).toMatchObject({ code: 0, stdout: expect.stringContaining(`Usage: rolewave ${name}`) });
}, 120_000);

test('what it needs only at times is in it: the doctor, and reading a database', async () => {
  // Not at the usual address, where somebody's own endpoint may run.
  const url = 'http://127.0.0.1:1';
  expect(await rolewave('--url', url, 'doctor', '--within', '1')).toMatchObject({ code: 1, stdout: expect.stringContaining(`API: ${url} does not answer`) });
  const found = await rolewave('init', '--database-url', 'postgres://nobody@127.0.0.1:1/none', '--yes', '--out', 'first.yaml');
  expect([found.code, found.stderr]).toEqual([4, expect.stringContaining('could not be reached')]);
}, 60_000);

test('it asks a real system as the worker does: the doctor, its metrics and the store, and what init reads', async () => {
  const [store, erp] = await Promise.all([createDatabase('packed_store'), createDatabase('packed')]);
  const logins = await testLogins(erp.url);
  try {
    await (await openStore(store.url, { migrate: true })).close();
    const [login, role, old, intake, eva] = ['rolewave', 'closers', 'all', 'intake', 'eva'].map((one) => logins.of(one)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    await logins.login(login, eva);
    for (const each of [role, old, intake]) await logins.role(each, login);
    await logins.admin(`grant "${role}" to "${eva}"`);
    await writeFile(join(folder, 'asked.yaml'), smallPlanWith(['fin_close', role], ['fin_old', old], ['hr_intake', intake]));
    await writeSite(join(folder, 'asked-site.yaml'), siteInput({ systems: [siteSystem('erp', { kind: 'postgres' }), siteSystem('lab')] }));
    const env = { ERP_DATABASE_URL: logins.url(login), DATABASE_URL: store.url };

    const nowhere = ['--url', 'http://127.0.0.1:1', '--json'];
    const { stdout } = await rolewaveWith(env, ...nowhere, 'doctor', 'asked.yaml', '--site', 'asked-site.yaml', '--within', '30');
    const { lines } = JSON.parse(stdout) as { lines: { about: string; state: string; text: string }[] };
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ about: 'system erp', state: 'ok', text: expect.stringContaining(`signed in as ${login}`) }),
        expect.objectContaining({ about: 'system erp', state: 'ok', text: `role ${role} can be granted and revoked` }),
        expect.objectContaining({ about: 'metric adoption', state: 'ok' }),
        expect.objectContaining({ about: 'store', state: 'ok', text: expect.stringContaining('its tables are up to date') }),
      ]),
    );

    const found = await rolewaveWith(env, 'init', '--database-env', 'ERP_DATABASE_URL', '--role', role, '--yes', '--out', 'read.yaml');
    expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining(`with role ${role} for 1 person, from database`) });
  } finally {
    await logins.remove();
    await Promise.all([store.drop(), erp.drop()]);
  }
}, 120_000);

test('it holds the licenses of what is in it, and names nothing of this machine', async () => {
  const files = await readdir(join(folder, 'package'));
  const programs = ['connectors-own-process-child.mjs', 'discover-child.mjs', 'telemetry-sql-child.mjs'];
  expect(files.toSorted()).toEqual(
    ['LICENSE', 'README.md', 'THIRD-PARTY-LICENSES', 'command.mjs', 'doctor.mjs', 'migrations', 'package.json', 'rolewave.mjs', ...programs].toSorted(),
  );
  expect(await readFile(join(folder, 'package/THIRD-PARTY-LICENSES'), 'utf8')).toMatch(/^commander \d/m);
  for (const file of ['command.mjs', 'doctor.mjs', ...programs]) expect(await readFile(join(folder, 'package', file), 'utf8')).not.toContain(project);
});
