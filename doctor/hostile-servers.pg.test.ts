/** Commands that open systems go on where a system's answers end what reads them. Each runs as a process, as people run it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { deep, lying, searchDone, startScriptedLdap, type ScriptedLdap } from '../test/support/ldap-scripted.ts';
import { columns, int16, message, pour, startScriptedPostgres, type ScriptedPostgres } from '../test/support/postgres-scripted.ts';
import { siteInput, siteSystem, writeSite } from '../test/support/site.ts';
import { smallPlanWith } from '../test/support/small-plan.ts';
import type { Line } from './line.ts';

let store: TestDatabase;
let directory: ScriptedLdap;
let database: ScriptedPostgres;
let folder: string;
let planFile: string;
let siteFile: string;
beforeAll(async () => {
  [store, directory, database, folder] = await Promise.all([
    createDatabase('doctor_hostile'),
    startScriptedLdap(),
    startScriptedPostgres(),
    mkdtemp(join(tmpdir(), 'rolewave-hostile-')),
  ]);
  await (await openStore(store.url, { migrate: true })).close();
  [planFile, siteFile] = [join(folder, 'plan.yaml'), join(folder, 'site.yaml')];
  await writeFile(
    planFile,
    smallPlanWith(['  - lab\n', '  - lab\n  - hr\n'], ['      - { system: erp, role: hr_intake }', '      - { system: hr, role: clerk }']),
  );
  const of = { base: 'dc=x' };
  const hr: object = { connection: { env: 'HR' }, tls: 'none', groups: { ...of, soleWriter: true }, probe: { accounts: ['probe-a', 'probe-b'] } };
  await writeSite(
    siteFile,
    siteInput({ systems: [siteSystem('erp', { kind: 'postgres' }), siteSystem('lab'), siteSystem('hr', { kind: 'ldap', ...hr, accounts: of })] }),
  );
});
afterAll(async () => {
  await directory?.stop();
  await database?.stop();
  await store?.drop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  directory.answer = (socket, id) => void socket.write(deep(id));
  database.answer = (socket) => {
    socket.write(columns(1_000));
    pour(socket, message('D', int16(0)));
  };
});

const nowhere = '127.0.0.1:1';
const atDirectory = () => `ldap://cn%3Dr:p@127.0.0.1:${directory.port}`;
function rolewave(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = {
    HOME: folder,
    PATH: '',
    TEMPORAL_ADDRESS: nowhere,
    ROLEWAVE_URL: `http://${nowhere}`,
    ROLEWAVE_HOME: folder,
    DATABASE_URL: store.url,
    ERP_DATABASE_URL: database.url,
    HR: atDirectory(),
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(import.meta.dirname, '../cli/rolewave.ts'), ...args], { cwd: folder, env }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}
const ended = /the process that reads this server's answers ended: it ended with /;

test('the doctor has a line for each system that ends what reads it, and checks everything else', async () => {
  const { code, out, err } = await rolewave('doctor', planFile, '--site', siteFile, '--json');
  expect([code, err]).toEqual([1, expect.any(String)]);
  const { lines } = JSON.parse(out) as { lines: Line[] };
  const of = (about: string) => lines.filter((line) => line.about === about);
  expect(of('system hr')).toEqual([
    {
      about: 'system hr',
      state: 'wrong',
      text: expect.stringMatching(ended),
      fix: expect.stringContaining('see what answers at the address in the environment variable HR'),
    },
  ]);
  expect(of('system erp')).toMatchObject([{ state: 'wrong' }]);
  expect(of('metric adoption')).toMatchObject([{ state: 'notChecked', fix: 'see the line of its system' }]);
  expect(of('system lab').map(({ state }) => state)).not.toContain('wrong');
  expect(of('store')).toMatchObject([{ state: 'ok' }]);
  // Not the pages that Node writes about a heap that is over.
  expect(err).not.toMatch(/heap|stack/i);
});

test('one that is held by an answer has its line, and does not hold the doctor', async () => {
  directory.answer = (socket, id) => void socket.write(lying(id));
  const { code, out } = await rolewave('doctor', planFile, '--site', siteFile);
  // On a busy machine the check may be over before it is seen to be held.
  expect([code, out]).toEqual([1, expect.stringMatching(/WRONG +system hr: (the process that reads this server's answers ended|no answer within)/i)]);
});

test.each([
  ['init', ['init', '--yes', '--out', 'first.yaml']],
  ['observe', ['observe', 'clerk']],
])('%s says that the directory could not be read', async (_command, args) => {
  const { code, out, err } = await rolewave(...args, '--directory-env', 'HR', '--tls', 'none');
  expect([code, out, err]).toEqual([4, '', expect.stringMatching(/^The process that reads this server's answers ended: it ended with [^\n]*\n$/)]);
});

test('systems probe says that the server could not be measured', async () => {
  const { code, out, err } = await rolewave('systems', 'probe', 'hr', '--site', siteFile);
  expect([code, out, err]).toEqual([3, '', expect.stringMatching(/^the process that reads this server's answers ended: it ended with [^\n]*\n$/)]);
  directory.answer = (socket, id) => void socket.write(searchDone(id));
  expect((await rolewave('systems', 'probe', 'hr', '--site', siteFile)).err).not.toContain('ended');
});
