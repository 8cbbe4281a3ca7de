/** `rolewave init` and `rolewave observe` against a real PostgreSQL: what they write, what they ask, and how they fail. */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hire, password, startCompany, type Company } from '../../test/support/company.ts';
import { loadPlan } from '../../domain/plan/load.ts';
import { readSite } from '../../settings/site.ts';
import { siteInput, siteSystem, writeSite } from '../../test/support/site.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { run } from '../program.ts';
import { testIo } from '../../test/support/command-io.ts';
import { startPeer, type Peer } from '../../test/support/peer.ts';

let company: Company;
let nobodyYet: Awaited<ReturnType<typeof rolewave>>;
let folder: string;
let file: string;
let peer: Peer;

beforeAll(async () => {
  company = await startCompany();
  folder = await mkdtemp(join(tmpdir(), 'rolewave-init-'));
  file = join(folder, 'plan.yaml');
  nobodyYet = await rolewave(['init', '--database-env', 'ERP_DATABASE_URL', '--yes', '--out', file]);
  await hire(company);
}, 60_000);
beforeEach(async () => {
  peer = await startPeer([]);
});
afterEach(async () => {
  await peer.close();
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
});
afterAll(async () => {
  await company?.close();
  await rm(folder, { recursive: true, force: true });
});

async function rolewave(args: string[], world: { answers?: string[]; answer?: boolean; env?: Record<string, string> } = {}) {
  const io = testIo({
    env: { ERP_DATABASE_URL: company.url, ROLEWAVE_URL: peer?.url ?? 'http://127.0.0.1:1', ...world.env },
    ...(world.answers ? { answers: [...world.answers] } : {}),
    ...(world.answer === undefined ? {} : { answer: world.answer }),
  });
  const code = await run(args, io);
  return { code, out: io.written.join('\n'), err: io.errors.join('\n'), questions: io.questions };
}

const init = (...more: string[]) => rolewave(['init', '--database-env', 'ERP_DATABASE_URL', '--out', file, ...more]);
const written = () => readFile(file, 'utf8');
const files = () => readdir(folder);
const site = () => readSite(join(folder, 'site.yaml'));
function planOf(text: string): Plan {
  const loaded = loadPlan(text, file, { nowMs: Date.now() });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
  return loaded.plan;
}

describe('init writes a plan that is valid as it is', () => {
  test('for the role that most people hold, with the defaults', async () => {
    const { code, out } = await init('--yes');
    expect(out).toMatch(
      /^Wrote .+plan\.yaml: plan 'fin_all' with role fin_all for 3 people, from database books \(PostgreSQL \S+\)\. Nothing was changed there\.\nWrote .+site\.yaml: it says where the system is, and who may apply the plan\.\nSeparation of duties is OFF there, because .+ is alone: [^\n]+\nNext: /,
    );
    expect(code).toBe(0);
    expect(await rolewave(['validate', file])).toMatchObject({ code: 0, out: expect.stringContaining('site.yaml lets it') });
  });

  test('for a chosen role: its holders are the people, an administrator of the role is the owner, and the wave waits for its date', async () => {
    await init('--role', 'fin_close', '--yes');
    const plan = planOf(await written());
    expect(plan.systems).toEqual(['erp']);
    expect(await site()).toMatchObject({
      systems: [{ id: 'erp', kind: 'postgres', connection: { env: 'ERP_DATABASE_URL' }, readOnly: false }],
      plans: [{ plan: 'fin_close', apply: { people: plan.operators }, systems: [{ system: 'erp', roles: ['fin_close'] }] }],
    });
    expect(plan.people).toEqual([
      { id: 'Bruno.K', name: 'Bruno K', team: 'unassigned', accounts: {} },
      { id: 'anna.berg', name: 'Anna Berg', team: 'unassigned', accounts: {} },
    ]);
    expect(plan.packages).toMatchObject([
      {
        id: 'fin_close',
        description: 'Runs the month-end close: accruals and allocations',
        owner: 'anna.berg',
        cohort: ['Bruno.K', 'anna.berg'],
        legacy: [],
        watch: { metrics: [{ metric: 'access-drift' }] },
      },
    ]);
    expect(plan.waves).toMatchObject([{ id: 'wave-1', status: 'tentative', packages: [{ package: 'fin_close', change: 'release' }] }]);
    expect(plan.operators).toEqual(['anna.berg']);
  });

  test('other findings are listed as suggestions, and every section says what belongs there', async () => {
    await init('--role', 'fin_close', '--yes');
    const text = await written();
    for (const part of [
      '#   - { system: erp, role: fin_all } # held by 2 of the 2: Bruno.K, anna.berg',
      '# metrics:',
      '#   INSERT on table public.posting',
      '# - { id: carla, name: Carla, team: unassigned }',
      '# blackouts:',
      '# Who receives it. They already hold the role',
    ])
      expect(text).toContain(part);
    expect(text).not.toMatch(/dba|night_shift|pg_/);
    const sections = text.split('\n').flatMap((line, index, lines) => (/^(systems|people|operators|packages|waves):/.test(line) ? [lines[index - 1]] : []));
    expect(sections).toHaveLength(5);
    for (const before of sections) expect(before).toMatch(/^# /);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(180);
  });

  test('the suggestions are valid too when their comment marks are removed', async () => {
    await init('--role', 'fin_close', '--yes');
    const text = (await written()).split('\n');
    const block = (from: string, lines: number) => {
      const start = text.findIndex((line) => line.trim() === from);
      expect(start, from).toBeGreaterThan(-1);
      for (let at = start; at < start + lines; at++) text[at] = text[at]!.replace('# ', '');
    };
    block('# metrics:', 21);
    block('# legacy:', 2);
    const plan = planOf(text.join('\n'));
    expect(plan.metrics.map(({ id }) => id)).toEqual(['adoption', 'exceptions']);
    expect(plan.packages[0]?.legacy).toMatchObject([{ role: 'fin_all' }]);
  });

  test('with legacy access to retire, further people, an owner without an account and operators', async () => {
    await init(
      '--role',
      'fin_new',
      '--legacy',
      'fin_all',
      '--people',
      'reader',
      '--owner',
      'olga',
      '--operators',
      'ines,anna.berg',
      '--plan',
      'first',
      '--system',
      'books',
      '--yes',
    );
    const plan = planOf(await written());
    expect(plan).toMatchObject({ plan: 'first', operators: ['ines', 'anna.berg'], systems: ['books'] });
    expect(plan.packages).toMatchObject([
      { owner: 'olga', cohort: ['Bruno.K', 'anna.berg', 'carla', 'reader'], legacy: [{ system: 'books', role: 'fin_all' }] },
    ]);
  });

  test('the same from a login that may only connect, and the database is unchanged', async () => {
    await init('--role', 'fin_close', '--yes');
    const before = await company.memberships();
    const seen = (await written()).replace(/# Others.*/s, '');
    await rm(file);
    expect(await rolewave(['init', '--role', 'fin_close', '--yes', '--out', file], { env: { ERP_DATABASE_URL: company.urlAs('reader') } })).toMatchObject({
      code: 0,
    });
    expect(planOf(await written())).toEqual(planOf(seen));
    expect(await company.memberships()).toBe(before);
  });

  test('neither the plan nor the output contains the connection string', async () => {
    const { out } = await rolewave(['init', '--database-url', company.urlAs('reader'), '--role', 'fin_close', '--yes', '--out', file, '--json'], {
      env: { ERP_DATABASE_URL: '' },
    });
    expect(JSON.parse(out)).toEqual({
      file,
      plan: 'fin_close',
      system: 'erp',
      connection: 'ERP_DATABASE_URL',
      role: 'fin_close',
      people: 2,
      site: join(folder, 'site.yaml'),
    });
    expect(`${out}${await written()}${await readFile(join(folder, 'site.yaml'), 'utf8')}`).not.toContain(password);
  });
});

test('a site file that is there is not changed: init says what to add to it, and nothing once it lets the plan', async () => {
  const siteFile = join(folder, 'site.yaml');
  await writeSite(siteFile, siteInput({ systems: [], plans: [{ plan: 'other' }] }));
  const before = await readFile(siteFile, 'utf8');
  const { out } = await init('--role', 'fin_close', '--owner', 'olga', '--yes');
  expect(out).toContain('site.yaml does not let the plan use it yet. Those who run Rolewave add to it:\nunder systems:\n  - id: erp\n    kind: postgres');
  expect(out).toContain('under plans:\n  - plan: fin_close\n    apply: { people: [olga] }\n    systems:\n      - { system: erp, roles: [fin_close] }');
  expect(await readFile(siteFile, 'utf8')).toBe(before);
  await writeSite(siteFile, siteInput());
  expect((await init('--role', 'fin_close', '--yes', '--force')).out).toContain('site.yaml lets the plan use it.');
});

describe('init asks for what the options leave out', () => {
  test('the variable, the role by its number, who receives it, and the owner', async () => {
    const { code, err, questions } = await rolewave(['init', '--out', file], { answers: ['', '2', 'carla', 'carla', 'ines'] });
    expect(code).toBe(0);
    expect(questions).toEqual([
      'Which environment variable holds the connection string of a PostgreSQL database, an LDAP directory, a SCIM server or a realm of Keycloak? The site file will contain only its name. [ERP_DATABASE_URL]',
      'Which one should be the first package? Enter its number or name. [1]',
      'Who else should receive fin_close, in addition to those who hold it now? Accounts, separated by commas. [nobody]',
      'Who owns fin_close? An account, or an id such as olga.berg. [its administrator, or else its first holder]',
      'Who applies the plan and runs its waves? Accounts or ids, separated by commas; somebody besides the owner, where nobody may decide alone. [the owner]',
    ]);
    expect(err).toContain('   1  fin_all: held by 3 people\n   2  fin_close: held by 2 people, held by 1 group role');
    const plan = planOf(await written());
    expect(plan.packages[0]).toMatchObject({ id: 'fin_close', owner: 'carla', cohort: expect.arrayContaining(['carla']) });
    expect([plan.operators, (await site()).separationOfDuties.applierMayBeOnlySigner]).toEqual([['ines'], false]);
  });

  test('again after each wrong answer, with what was wrong, and only for that answer', async () => {
    const answers = ['erp', 'DATABASE_URL', '', '9', 'fin_clos', '2', 'carlo', 'carla', 'Olga Berg', 'olga', 'Ines B', 'ines'];
    const { code, err, questions } = await rolewave(['init', '--out', file], { answers });
    expect([code, questions.length]).toEqual([0, answers.length]);
    for (const wrong of [
      "'erp' is not the name of an environment variable",
      'DATABASE_URL names the database where Rolewave keeps its own records',
      'Number 9 is not on the list.',
      "has no role 'fin_clos'; did you mean 'fin_close'?",
      "has no login 'carlo'; did you mean 'carla'?",
      "'Olga Berg' is neither an account of the database nor a valid id of a person",
      "'Ines B' is neither an account of the database nor a valid id of a person",
    ])
      expect(err).toContain(wrong);
    expect(planOf(await written())).toMatchObject({ operators: ['ines'], packages: [{ owner: 'olga', cohort: expect.arrayContaining(['carla']) }] });
  });

  test('again for the database whose connection string does not lead to one', async () => {
    const wrong = Object.assign(new URL(company.url), { password: 'wrong' }).href;
    const answers = ['CRM_DATABASE_URL', 'ldap://127.0.0.1', 'CRM_DATABASE_URL', wrong, 'CRM_DATABASE_URL', company.url, '', '', 'ines'];
    const { code, err } = await rolewave(['init', '--out', file, '--role', 'fin_all'], { answers });
    expect(code).toBe(0);
    expect(err).toMatch(/That is not the connection string of a directory[^]*The password is wrong for this login/);
    expect(planOf(await written()).systems).toEqual(['crm']);
  });

  test('nothing again that an option says: it is as wrong the next time', async () => {
    const { code, err, questions } = await rolewave(['init', '--out', file, '--role', 'fin_clos'], { answers: [''] });
    expect([code, questions.length, err]).toEqual([2, 1, expect.stringContaining("did you mean 'fin_close'?")]);
    expect(await files()).toEqual([]);
  });

  test.each([
    [true, 'Separation of duties is OFF there, because olga is alone'],
    [false, 'Separation of duties is on, and olga is alone: until the plan names a second person'],
  ])('whether one person may decide alone (%j), and says what the site file does', async (answer, says) => {
    const { code, out, questions } = await rolewave(['init', '--out', file, '--role', 'fin_all'], { answer, answers: ['', '', 'olga', ''] });
    expect([code, questions.at(-1)]).toEqual([0, expect.stringContaining('olga alone would apply this plan and sign it off.')]);
    expect(out).toContain(says);
    expect((await site()).separationOfDuties).toEqual({ applierMayBeOnlySigner: answer, signerMayBeGranted: answer });
    expect((await rolewave(['validate', file])).code).toBe(answer ? 0 : 2);
  });

  test('everything before it writes anything: who leaves at the last question leaves nothing behind', async () => {
    const io = testIo({ env: { ERP_DATABASE_URL: company.url }, answers: ['', '', 'olga', ''] });
    const leaves = () => Promise.reject(new Error('it was left'));
    expect(await run(['init', '--out', file, '--role', 'fin_all'], { ...io, confirm: leaves })).not.toBe(0);
    expect(await files()).toEqual([]);
  });

  test('the connection string where the variable is not set', async () => {
    const { code, questions } = await rolewave(['init', '--out', file, '--role', 'fin_all'], { answers: ['CRM_DATABASE_URL', company.url, '', '', 'ines'] });
    expect(code).toBe(0);
    expect(questions[1]).toBe('CRM_DATABASE_URL is not set. Connection string (not shown, used now, never stored):');
    expect(planOf(await written()).systems).toEqual(['crm']);
    expect(await site()).toMatchObject({ systems: [{ id: 'crm', connection: { env: 'CRM_DATABASE_URL' } }] });
  });
});

describe('nothing is written when something is wrong', () => {
  const cases: [name: string, args: string[], env: () => Record<string, string>, code: number, says: RegExp][] = [
    [
      'without a terminal and a database',
      ['init'],
      () => ({ ERP_DATABASE_URL: '' }),
      2,
      /Which system\? Name the environment variable that holds its connection string: --database-env for a PostgreSQL database, such as ERP_DATABASE_URL/,
    ],
    [
      'without a terminal and a role',
      ['init', '--database-env', 'ERP_DATABASE_URL'],
      () => ({}),
      2,
      /Which role\? Name it with --role:\n {3}1 {2}fin_all: held by 3 people/,
    ],
    ['a variable that is not set', ['init', '--database-env', 'CRM_URL', '--yes'], () => ({}), 2, /CRM_URL is not set\. Set it to a connection string/],
    ['a value instead of a name', ['init', '--database-env', 'postgres://x', '--yes'], () => ({}), 2, /is not the name of an environment variable/],
    [
      'Rolewave’s own store',
      ['init', '--database-env', 'DATABASE_URL', '--yes'],
      () => ({}),
      2,
      /DATABASE_URL names the database where Rolewave keeps its own records/,
    ],
    [
      'an address where nothing listens',
      ['init', '--yes'],
      () => ({ ERP_DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/x' }),
      4,
      /PostgreSQL could not be reached: nothing listens at its address/,
    ],
    [
      'a wrong password',
      ['init', '--yes'],
      () => ({ ERP_DATABASE_URL: company.urlAs('reader', 's3cret') }),
      2,
      /refused the connection: it does not accept the password\. The password is wrong for this login\./,
    ],
    [
      'a database that does not exist',
      ['init', '--yes'],
      () => ({ ERP_DATABASE_URL: company.urlOf('nowhere') }),
      2,
      /refused the connection: it has no such database/,
    ],
    ['no connection string', ['init', '--yes'], () => ({ ERP_DATABASE_URL: 's3cret' }), 2, /That is not the connection string of a PostgreSQL database/],
    [
      'a directory without a login',
      ['init', '--yes'],
      () => ({ ERP_DATABASE_URL: 'ldaps://dc.example.com' }),
      2,
      /That is not the connection string of a directory/,
    ],
    [
      'a role that does not exist',
      ['init', '--role', 'fin_clsoe', '--yes'],
      () => ({}),
      2,
      /has no role 'fin_clsoe'; did you mean 'fin_close'\? There are fin_all, fin_close, /,
    ],
    ['an account instead of a role', ['init', '--role', 'carla', '--yes'], () => ({}), 2, /'carla' may log in, so it is an account/],
    [
      'a role that nobody holds',
      ['init', '--role', 'fin_new', '--yes'],
      () => ({}),
      2,
      /Nobody holds 'fin_new' yet: name the people who receive it with --people/,
    ],
    [
      'an account that does not exist',
      ['init', '--role', 'fin_new', '--people', 'carlo', '--yes'],
      () => ({}),
      2,
      /has no login 'carlo'; did you mean 'carla'\?/,
    ],
    [
      'an owner whose name is not a valid id',
      ['init', '--owner', 'Olga Berg', '--yes'],
      () => ({}),
      2,
      /'Olga Berg' is neither an account of the database nor a valid id of a person: .+such as olga-berg/,
    ],
    ['an invalid plan id', ['init', '--plan', 'My Plan', '--yes'], () => ({}), 2, /is not valid \(plan: 'My Plan' is not an id/],
    [
      'a role that only groups hold, to observe',
      ['observe', 'night_shift', '--database-env', 'ERP_DATABASE_URL'],
      () => ({}),
      2,
      /Nobody holds 'night_shift' directly/,
    ],
    ['a watch that is not a duration', ['observe', 'fin_close', '--watch', 'soon'], () => ({}), 2, /--watch 'soon' is not a duration/],
  ];
  test.each(cases)('%s', async (_, args, env, code, says) => {
    const ended = await rolewave([...args, '--out', file], { env: env() });
    expect(ended.err).toMatch(says);
    expect(ended.code).toBe(code);
    expect(`${ended.err}${ended.out}`).not.toContain('s3cret');
    expect(await files()).toEqual([]);
  });

  test('a server in which nobody holds a role', () => {
    expect(nobodyYet).toMatchObject({ code: 2, err: expect.stringContaining("No role of database 'books' looks like access") });
  });

  test('an existing file is refused before anything is asked; --force replaces it', async () => {
    await writeFile(file, 'mine');
    expect(await rolewave(['init', '--out', file], { answers: [] })).toMatchObject({
      code: 2,
      err: expect.stringContaining('already exists, and nothing was written'),
      questions: [],
    });
    expect(await written()).toBe('mine');
    expect(await init('--force', '--role', 'no_such', '--yes')).toMatchObject({ code: 2 });
    expect(await written()).toBe('mine');
    expect(await init('--force', '--yes')).toMatchObject({ code: 0 });
    expect(await written()).toContain('plan: fin_all');
    expect(await files()).toEqual(['plan.schema.json', 'plan.yaml', 'site.schema.json', 'site.yaml']);
  });

  test('a folder that does not exist', async () => {
    expect(await rolewave(['init', '--yes', '--out', join(folder, 'none', 'plan.yaml')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('could not be written'),
    });
  });
});

describe('unusual names', () => {
  test('roles and accounts of any spelling make a valid plan, and stay inside their comments', { timeout: 180_000 }, async () => {
    const odd = ['y\n  owner: mallory', 'Ünïcode "quoted" — role', '{flow: true}', "it's #1", 'on'];
    const quoted = odd.map((name) => `"${name.replaceAll('"', '""')}"`);
    await company.run(
      quoted.map((name, index) => `create role ${name}; create role "odd,${index}: x" login; grant ${name} to "odd,${index}: x", carla;`).join('\n'),
    );
    try {
      for (const role of odd) {
        expect(await rolewave(['init', '--role', role, '--yes', '--force', '--out', file]), role).toMatchObject({ code: 0 });
        const [{ entitlements, cohort } = {}] = planOf(await written()).packages;
        expect(entitlements).toMatchObject([{ role }]);
        expect(cohort).toHaveLength(2);
        expect(await rolewave(['observe', role, '--database-env', 'ERP_DATABASE_URL', '--force', '--out', file]), role).toMatchObject({ code: 0 });
      }
    } finally {
      await company.run(quoted.map((name, index) => `drop role ${name}; drop role "odd,${index}: x";`).join('\n'));
    }
  });
});

describe('observe writes a plan that only observes', () => {
  const observe = (...more: string[]) => rolewave(['observe', 'fin_close', '--database-env', 'ERP_DATABASE_URL', '--out', file, ...more]);

  test('its holders are the reviewed people, its system is read-only, and its wave observes', async () => {
    const { code, out } = await observe('--owner', 'olga', '--watch', '21d');
    expect(out).toMatch(
      /it observes fin_close, which 2 people hold now, and changes nothing\.\nWrote .+site\.yaml: [^]+\nThe watch begins on \d{4}-\d\d-\d\d \d\d:\d\d[^.]*, once the plan is applied\. Next: run 'rolewave apply .+' before then/,
    );
    expect(code).toBe(0);
    const plan = planOf(await written());
    expect(plan).toMatchObject({ plan: 'observe-fin_close', systems: ['erp'], operators: ['olga'] });
    expect(await site()).toMatchObject({ systems: [{ id: 'erp', readOnly: true }] });
    expect(plan.packages).toMatchObject([{ owner: 'olga', cohort: ['Bruno.K', 'anna.berg'], watch: { length: 21 * 86_400_000 } }]);
    expect(plan.waves).toMatchObject([{ id: 'observe', packages: [{ package: 'fin_close', change: 'observe' }] }]);
    expect(plan.waves[0]!.goLive! - Date.now()).toBeGreaterThan(55 * 60_000);
    expect(await written()).toContain('# Group roles hold it too, and pass it on to their members: night_shift.');
  });

  test('where the site file opens the system for changes already, it says so, and what keeps them out', async () => {
    const readOnly = async (is: boolean) => {
      await writeSite(join(dirname(file), 'site.yaml'), siteInput({ systems: [siteSystem('erp', { kind: 'postgres', readOnly: is })] }));
      return (await observe('--force')).out;
    };
    const said = 'It opens erp for changes, as plans that release need it. This plan changes nothing all the same; with readOnly: true nothing could.';
    expect(await readOnly(false)).toContain(`site.yaml lets the plan use it.\n${said}`);
    expect(await written()).toContain('It does neither, because the wave only observes');
    expect(await readOnly(true)).not.toContain('for changes');
  });

  test('with --apply it is sent to the endpoint and begins at once; the person who applies it is its operator', async () => {
    peer.will('POST /v1/plans?file=' + encodeURIComponent(file), {
      status: 200,
      body: { plan: 'observe-fin_close', revision: 1, changed: true, waves: [{ wave: 'observe', status: 'accepted' }] },
    });
    const { code, out } = await rolewave(['--as', 'carla', 'observe', 'fin_close', '--database-env', 'ERP_DATABASE_URL', '--out', file, '--apply']);
    expect(out).toContain("The watch begins within half a minute. Next: 'rolewave --as carla status observe-fin_close --watch'");
    expect(code).toBe(0);
    const sent = peer.heard.find(({ path }) => path.startsWith('/v1/plans'));
    expect(sent?.body).toBe(await written());
    const plan = planOf(await written());
    expect(plan.operators).toEqual(['carla']);
    expect(plan.waves[0]!.goLive! - Date.now()).toBeLessThan(21_000);
  });

  test('a plan that the endpoint refuses leaves no file behind', async () => {
    peer.will('POST /v1/plans?file=' + encodeURIComponent(file), { status: 403, body: { code: 'not-authorized', title: 'No', detail: 'Only operators may.' } });
    expect(await observe('--apply')).toMatchObject({ code: 3, err: expect.stringContaining('Only operators may.') });
    expect(await files()).toEqual([]);
  });

  test('where the site of the endpoint does not have the plan, it says what to add to the site file', async () => {
    const refusal = {
      status: 422,
      body: { code: 'site-refuses', title: 'The site does not let the plan do this', detail: "The site has no plan 'observe-fin_close'." },
    };
    peer.will('POST /v1/plans?file=' + encodeURIComponent(file), refusal);
    const { code, err } = await observe('--apply');
    expect([code, await files()]).toEqual([2, []]);
    expect(err).toMatch(
      /under systems:\n {2}- id: \w+\n[^]*under plans:\n {2}- plan: observe-fin_close\n[^]*roles: \[fin_close\][^]*Then run the same command again\.$/,
    );
  });

  test('--out - shows it and writes nothing', async () => {
    const { out } = await rolewave(['observe', 'fin_close', '--database-env', 'ERP_DATABASE_URL', '--out', '-']);
    expect(planOf(out).plan).toBe('observe-fin_close');
    expect((await observe('--write', file)).err).toContain('--write is an older name of --out. Keep one of them.');
    expect(await files()).toEqual([]);
    const older = await rolewave(['observe', 'fin_close', '--database-env', 'ERP_DATABASE_URL', '--write', file]);
    expect([older.code, planOf(await written()).plan]).toEqual([0, 'observe-fin_close']);
  });
});

describe('privileges that people were given themselves', () => {
  beforeAll(() =>
    company.run(`create schema "Year End"; create table "Year End".accruals (id int); grant usage on schema "Year End" to "anna.berg", reader;
      grant select, insert on "Year End".accruals to "anna.berg", "Bruno.K"; grant select on "Year End".accruals to fin_close`),
  );
  afterAll(() => company.run('drop schema "Year End" cascade'));

  test('are suggested as legacy access, retired where they are named, and never the first choice of a role', async () => {
    await init('--role', 'fin_close', '--yes');
    expect(await written()).toContain(String.raw`#   - { system: erp, role: "table:\"Year End\".accruals:insert" } # held by 2 of the 2: Bruno.K, anna.berg`);
    const legacy = ['table:"Year End".accruals:insert', 'schema:"Year End":usage'];
    await rm(join(folder, 'site.yaml'));
    expect(await init('--role', 'fin_close', '--legacy', legacy.join(','), '--yes', '--force')).toMatchObject({ code: 0 });
    const plan = planOf(await written());
    expect(plan.packages[0]?.legacy.map(({ role }) => role)).toEqual(legacy);
    expect(plan.packages[0]?.cohort).toEqual(['Bruno.K', 'anna.berg', 'reader']);
    expect((await site()).plans[0]?.systems[0]?.roles).toEqual(['fin_close', ...legacy]);
    expect(await rolewave(['validate', file])).toMatchObject({ code: 0 });
    expect((await init('--yes', '--force')).out).toContain("plan 'fin_all' with role fin_all");
  });

  test('can be observed, with what the privilege gives', async () => {
    const observed = await rolewave(['observe', 'table:"Year End".accruals:select', '--database-env', 'ERP_DATABASE_URL', '--owner', 'olga', '--out', file]);
    expect(observed).toMatchObject({ code: 0 });
    const plan = planOf(await written());
    expect(plan.packages).toMatchObject([{ cohort: ['Bruno.K', 'anna.berg'], entitlements: [{ role: 'table:"Year End".accruals:select' }] }]);
    expect(await written()).toContain('column id integer');
    expect(await rolewave(['validate', file])).toMatchObject({ code: 0 });
  });

  test('that are written in another way than they are named are refused by validate, with the right name', async () => {
    await init('--role', 'fin_close', '--legacy', 'table:"Year End".accruals:insert', '--yes');
    await writeFile(file, (await written()).replaceAll('.accruals:insert', String.raw`.\"accruals\":insert`));
    const { code, err, out } = await rolewave(['validate', file]);
    expect(code).not.toBe(0);
    expect(err + out).toContain('it is written table:"Year End".accruals:insert');
  });
});
