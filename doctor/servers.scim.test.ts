/** `rolewave systems probe` and the doctor, on a real SCIM server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../cli/program.ts';
import { openStore } from '../store/open.ts';
import { testIo } from '../test/support/command-io.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { plan } from '../test/support/plan.ts';
import { startScimmy } from '../test/support/scim-scimmy.ts';
import { tokens, type TestScim } from '../test/support/scim-server.ts';
import { site, siteInput, siteSystem, writeSite } from '../test/support/site.ts';
import { checkSystem } from './systems.ts';

let database: TestDatabase;
let server: TestScim;
let folder: string;
let file: string;
let env: Record<string, string>;
beforeAll(async () => {
  [database, server, folder] = await Promise.all([createDatabase('probed'), startScimmy(), mkdtemp(join(tmpdir(), 'rolewave-probed-'))]);
  await (await openStore(database.url, { migrate: true })).close();
  file = join(folder, 'site.yaml');
  env = { DATABASE_URL: database.url, ERP_DATABASE_URL: server.baseUrl.replace('://', `://bearer:${tokens.rolewave}@`) };
  for (const user of ['probe-a', 'probe-b']) await server.kim.user(user);
});
afterAll(async () => {
  await server?.stop();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

const probe = { accounts: ['probe-a', 'probe-b'] };
const sole = { groups: { soleWriter: true } };
const unencrypted: object = { tls: 'none' };
const systems = (change: object) => [siteSystem('erp', { kind: 'scim', ...unencrypted, ...change })];
const probed = async (change: object) => {
  await writeSite(file, siteInput({ systems: systems(change) }));
  const io = testIo({ env });
  const code = await run(['systems', 'probe', 'erp', '--site', file], io);
  return { code, text: [...io.written, ...io.errors].join('\n') };
};
const doctor = async (change: object, checked = plan()) =>
  (await checkSystem(checked, 'erp', site({ systems: systems(change) }), env, Promise.resolve(new Map()), 5_000)).filter(({ text }) =>
    /really does|releases that grant/.test(text),
  );

test('without leave of the site nothing is tried, and the doctor says what is assumed', async () => {
  const { code, text } = await probed(sole);
  expect([code, text]).toEqual([3, expect.stringContaining("the site file does not let Rolewave measure 'erp'")]);
  const [line, ...more] = await doctor(sole);
  expect([line, more]).toEqual([
    {
      about: 'system erp',
      state: 'warning',
      text: expect.stringMatching(/is not measured .*it adds one holder and leaves the others \(as documented\)/),
      fix: expect.any(String),
    },
    [],
  ]);
});

test('what was measured is said, is on record, and is what the doctor shows', async () => {
  const { code, text } = await probed({ ...sole, probe });
  expect([code, text]).toEqual([0, expect.stringContaining('It lists a holder twice who is added again, and one removal takes both (measured).')]);
  expect(await doctor({ ...sole, probe })).toEqual([{ about: 'system erp', state: 'ok', text: expect.stringMatching(/was measured on .*\(measured\)/) }]);
});

test('releases that would be refused are an error of the doctor and of the command, unless the site accepts it', async () => {
  const { code, text } = await probed({ probe });
  expect([code, text]).toEqual([3, expect.stringMatching(/Releases that grant are refused: the server does not show whether .*groups\.soleWriter/)]);
  expect((await doctor({ probe })).map(({ state }) => state)).toEqual(['ok', 'wrong']);
  expect((await doctor({ probe, withoutRevoke: 'leave' })).map(({ state }) => state)).toEqual(['ok']);
});

test('a probe that is refused says why, and the doctor repeats it', async () => {
  const strange = { ...sole, probe: { accounts: ['probe-a', 'nobody'] } };
  const { code, text } = await probed(strange);
  expect([code, text]).toEqual([3, expect.stringContaining("Nothing was measured: account 'nobody' of probe.accounts does not exist")]);
  expect(await doctor(strange)).toMatchObject([{ state: 'warning', text: expect.stringContaining("account 'nobody' of probe.accounts") }]);
});

test('a plan that only observes is told nothing of releases, also where the site file lets others change the system', async () => {
  const observing = plan({ waves: [{ goLive: '2027-03-01', packages: [{ package: 'clerks', change: 'observe' }] }] });
  expect((await doctor({ probe }, plan())).map(({ state }) => state)).toContain('wrong');
  expect(await doctor({ probe }, observing)).toEqual([]);
  const lines = await checkSystem(observing, 'erp', site({ systems: systems({}) }), env, Promise.resolve(new Map()), 5_000);
  expect(lines.filter(({ text }) => /soleWriter|PATCH|granted/.test(text))).toEqual([]);
});
