/** The doctor against real servers: its lines for healthy and broken parts, without any secret. */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../cli/program.ts';
import { testIo } from '../test/support/command-io.ts';
import { testLogins, type TestLogins } from '../test/support/logins.ts';
import { siteInput, siteSystem, writeSite } from '../test/support/site.ts';
import { smallPlan } from '../test/support/small-plan.ts';
import { keepEndpoint } from '../settings/own-endpoint.ts';
import { openStore } from '../store/open.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import type { Line } from './line.ts';

const nowhere = '127.0.0.1:1';
let database: TestDatabase;
let logins: TestLogins;
let folder: string;
let planFile: string;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createDatabase('doctor');
  logins = await testLogins(database.url);
  folder = await mkdtemp(join(tmpdir(), 'rolewave-doctor-'));
  planFile = join(folder, 'plan.yaml');
  await onSite({});
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await logins?.remove();
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** The site file beside the plan: PostgreSQL and a system in memory. */
const onSite = (erp: Parameters<typeof siteSystem>[1]) =>
  writeSite(join(folder, 'site.yaml'), siteInput({ systems: [siteSystem('erp', { kind: 'postgres', ...erp }), siteSystem('lab')] }));

/** Not the files of who runs the tests: a plan and a site in this folder, and their profile. */
const nobodysFiles = { XDG_CONFIG_HOME: '/nowhere' };

/** Runs with only the given environment; every other address is one where nothing listens. */
async function doctor(env: Record<string, string>, ...args: string[]) {
  const io = testIo({
    env: {
      TEMPORAL_ADDRESS: nowhere,
      ROLEWAVE_URL: `http://${nowhere}`,
      ROLEWAVE_HOME: folder,
      TEMPORAL_CONFIG_FILE: join(folder, 'none.toml'),
      ...nobodysFiles,
      // Where no plan is named, it looks for a site in this folder.
      ...(args.some((each) => each.endsWith('.yaml')) ? {} : { ROLEWAVE_SITE: join(folder, 'none.yaml') }),
      ...env,
    },
  });
  const code = await run(['doctor', '--within', '2', '--json', ...args], io);
  const { lines, ok } = JSON.parse(io.written.join('')) as { lines: Line[]; ok: boolean };
  return { code, ok, lines, of: (about: string) => lines.filter((line) => line.about === about).map(({ state, text, fix }) => [state, text, fix ?? '']) };
}

async function listen(server: Server | ReturnType<typeof createServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
const says = (text: string) =>
  createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(text);
  });
const silent = () => createServer(() => undefined);

describe('the store', () => {
  test('is ok when its tables are those of this version', async () => {
    const store = await createDatabase('doctor_store');
    closing.push(() => store.drop());
    expect((await doctor({ DATABASE_URL: store.url })).of('store')).toContainEqual([
      'warning',
      expect.stringMatching(/its tables are not those of this version yet \(\d+ migrations pending\)/),
      expect.stringContaining('start the API or a worker'),
    ]);
    await (await openStore(store.url, { migrate: true })).close();
    expect((await doctor({ DATABASE_URL: store.url })).of('store')).toEqual([
      ['ok', expect.stringMatching(/^PostgreSQL 18\S*, database doctor_store_\w+, login \w+; its tables are up to date$/), ''],
    ]);
  });

  test('a login without rights, and tables of a newer version', async () => {
    const store = await createDatabase('doctor_store');
    closing.push(() => store.drop());
    const stranger = logins.of('stranger');
    await logins.login(stranger);
    const asStranger = store.urlAs(stranger, new URL(logins.url(stranger)).password);
    expect((await doctor({ DATABASE_URL: asStranger })).of('store')).toEqual([
      ['wrong', expect.stringContaining(`${stranger} may not create schema rolewave in database`), expect.stringContaining('the owner of the database')],
    ]);
    const opened = await openStore(store.url, { migrate: true });
    await opened.close();
    const client = new Client({ connectionString: store.url });
    await client.connect();
    await client.query(`insert into rolewave.migrations (name, run_on) values ('9999_future', now())`);
    await client.query(`grant usage on schema rolewave to "${stranger}"`);
    await client.end();
    expect((await doctor({ DATABASE_URL: store.url })).of('store')).toContainEqual([
      'warning',
      'a newer Rolewave has migrated its tables (9999_future)',
      'update this one',
    ]);
    expect((await doctor({ DATABASE_URL: asStranger })).of('store')[0]).toEqual([
      'wrong',
      expect.stringMatching(/may not .*read and write .*\bledger\b.* in database/),
      expect.anything(),
    ]);
  });

  test.each([
    ['nothing listens', () => `postgres://me:s3cret@${nowhere}/x`, 'nothing listens at its address', 'start the server, or fix host and port in DATABASE_URL'],
    ['a wrong password', () => database.urlAs('postgres', 's3cret'), 'it does not accept the password', 'put the right login and password into DATABASE_URL'],
    [
      'no such database',
      () => database.url.replace(database.name, 'nowhere'),
      'it has no such database',
      'create the database, or name another one in DATABASE_URL',
    ],
    ['no connection string', () => 's3cret', 'DATABASE_URL does not hold a connection string', 'write it like postgres://'],
  ])('%s', async (_, url, why, fix) => {
    const { code, of, lines } = await doctor({ DATABASE_URL: url() });
    expect(of('store')).toEqual([['wrong', expect.stringContaining(why), expect.stringContaining(fix)]]);
    expect(code).toBe(1);
    expect(JSON.stringify(lines)).not.toContain('s3cret');
  });
});

describe('the systems of a plan', () => {
  const whoChangedLast = ['ok', expect.stringMatching(/does not tell who changed an access last.*: set track_commit_timestamp = on/), ''];
  const withRoles = (roles: [string, string, string], change = (text: string) => text) =>
    writeFile(planFile, change(smallPlan.replace('fin_close', roles[0]).replace('fin_old', roles[1]).replace('hr_intake', roles[2])));

  test('each role that the login may not grant is named, with the statement that fixes it', async () => {
    const svc = logins.of('svc');
    const [may, mayNot, gone] = [logins.of('may'), logins.of('maynot'), logins.of('gone')];
    await logins.login(svc);
    await logins.role(may, svc);
    await logins.role(mayNot);
    await withRoles([may, mayNot, gone]);
    expect((await doctor({ ERP_DATABASE_URL: logins.url(svc) }, planFile)).of('system erp')).toEqual([
      ['ok', expect.stringContaining(`signed in as ${svc}`), ''],
      ['wrong', `role ${gone} does not exist`, 'create it, or fix the plan'],
      ['ok', `role ${may} can be granted and revoked`, ''],
      ['wrong', `Rolewave may not grant role ${mayNot}`, expect.stringContaining(`GRANT "${mayNot}" TO "${svc}" WITH ADMIN TRUE`)],
      whoChangedLast,
    ]);
  });

  test('a readOnly system needs only read access', async () => {
    const reader = logins.of('reader');
    const role = logins.of('watched');
    await logins.login(reader);
    await logins.role(role);
    await onSite({ readOnly: true });
    closing.push(() => onSite({}));
    await withRoles([role, role, role], (text) => text.replace(/ {4}legacy:\n.*\n/, '').replaceAll(/- package: (\w+)/g, '- { package: $1, change: observe }'));
    expect((await doctor({ ERP_DATABASE_URL: logins.url(reader) }, planFile)).of('system erp')).toEqual([
      ['ok', expect.stringContaining('the session can only read'), ''],
      ['ok', `who holds role ${role} can be read`, ''],
      whoChangedLast,
    ]);
  });

  test('the store is never a system, and neither is one that the site does not let the plan use', async () => {
    await withRoles(['a', 'b', 'c']);
    expect((await doctor({ ERP_DATABASE_URL: database.url, DATABASE_URL: database.url }, planFile)).of('system erp')).toEqual([
      ['wrong', expect.stringContaining('the store is never a system'), expect.stringContaining('the environment variable ERP_DATABASE_URL')],
    ]);
    await writeSite(join(folder, 'site.yaml'), siteInput({ plans: [{ plan: 'other' }] }));
    closing.push(() => onSite({}));
    expect((await doctor({ ERP_DATABASE_URL: database.url }, planFile)).of('system erp')).toEqual([
      ['wrong', "the site lets nobody have a plan 'small'", expect.stringContaining('add it to the site file')],
    ]);
    await rm(join(folder, 'site.yaml'));
    expect((await doctor({ ERP_DATABASE_URL: database.url }, planFile)).of('system erp')).toEqual([
      ['notChecked', expect.stringContaining('there is no site file here'), expect.stringContaining('--site')],
    ]);
  });

  test('the store is found behind a file, too', async () => {
    await withRoles(['a', 'b', 'c']);
    const file = join(folder, 'erp-connection');
    await writeFile(file, `${database.url}\n`);
    await onSite({ connection: { file } });
    closing.push(() => onSite({}));
    expect((await doctor({ DATABASE_URL: database.url }, planFile)).of('system erp')).toEqual([
      ['wrong', expect.stringContaining('the store is never a system'), `put another database into the file ${file}`],
    ]);
  });

  test('a role that is a login is wrong, although Rolewave’s login could grant it', async () => {
    const [svc, colleague, may] = [logins.of('svc2'), logins.of('colleague'), logins.of('may2')];
    await logins.login(svc, colleague);
    await logins.role(may, svc);
    await logins.admin(`grant "${colleague}" to "${svc}" with admin option`);
    await withRoles([colleague, may, may]);
    expect((await doctor({ ERP_DATABASE_URL: logins.url(svc) }, planFile)).of('system erp')).toContainEqual([
      'wrong',
      expect.stringContaining(`role '${colleague}' is never granted: it is a login`),
      'take it out of the plan',
    ]);
  });

  test('a superuser is a warning, and so is a variable that is not set here', async () => {
    await withRoles(['a', 'b', 'c']);
    expect((await doctor({ ERP_DATABASE_URL: database.url }, planFile)).of('system erp')).toContainEqual([
      'warning',
      expect.stringContaining('is a superuser'),
      expect.stringContaining('a login of Rolewave'),
    ]);
    expect((await doctor({}, planFile)).of('system erp')).toEqual([
      ['warning', 'ERP_DATABASE_URL is not set here, so the system was not checked', expect.stringContaining('where the worker runs')],
    ]);
  });

  test('an unreachable or silent system does not hold up the others', async () => {
    await withRoles(['a', 'b', 'c']);
    const port = await listen(silent());
    for (const [url, why] of [
      [`postgres://me:s3cret@${nowhere}/x`, 'nothing listens at its address'],
      [`postgres://me:s3cret@127.0.0.1:${port}/x`, 'no answer within'],
      ['me:s3cret', 'does not hold a connection string'],
    ] as const) {
      const { of, lines } = await doctor({ ERP_DATABASE_URL: url }, planFile);
      expect(of('system erp')).toEqual([['wrong', expect.stringContaining(why), expect.anything()]]);
      expect(of('Node')).toHaveLength(1);
      expect(JSON.stringify(lines)).not.toContain('s3cret');
    }
  });

  describe('its metrics', () => {
    const withMetric = (kind: string, query: string, more = '') =>
      writeFile(
        planFile,
        smallPlan
          .replace('clock: { epoch: 2026-04-06, day: 2s }\n', '')
          .replaceAll('2026-', '2056-')
          .replace('    kind: ratio\n', `    kind: ${kind}\n${more}`)
          .replace("'select 1 as count, 2 as of where :from < :to'", JSON.stringify(query)),
      );
    const lineOf = async () => (await doctor({ ERP_DATABASE_URL: database.url }, planFile)).of('metric adoption');
    const inRange = 'where at > :from and at <= :to';

    beforeAll(async () => {
      await logins.admin(`
        create table fresh as select now() - hours * interval '1 hour' as at from generate_series(0, 700) hours;
        create table late as select at from fresh where at < now() - interval '36 hours';
        create table local_late as select (now() at time zone 'America/New_York') - hours * interval '1 hour' as at from generate_series(0, 700) hours`);
    });

    test('that count rows say how old the newest one is', async () => {
      await withMetric('ratio', `select 0 as count, count(*) as of from fresh ${inRange}`);
      expect(await lineOf()).toEqual([['ok', expect.stringMatching(/^its newest row is about \d+ (s|min) old$/), '']]);
    });

    test('whose rows arrive late are a warning that says which delay would do, and none with that delay', async () => {
      const query = `select 0 as count, count(*) as of from late ${inRange}`;
      await withMetric('ratio', query);
      expect(await lineOf()).toEqual([
        [
          'warning',
          expect.stringMatching(/^its newest row is about 3[67](\.\d)? h old, with no delay: either nothing has happened since, or its rows arrive late$/),
          expect.stringMatching(/^if they arrive late, write delay: 4[4-6]h, so that evaluations wait for them$/),
        ],
      ]);
      await withMetric('ratio', query, '    delay: 45h\n');
      expect(await lineOf()).toEqual([['ok', expect.stringMatching(/^its newest row is about 3[67]/), '']]);
    });

    test('of local times in another zone look late, and do not once the system names the zone', async () => {
      await withMetric('rate', `select count(*) as count from local_late ${inRange}`);
      expect(await lineOf()).toEqual([['ok', expect.stringMatching(/^its newest row is about (4|5)(\.\d)? h old$/), '']]);
      await onSite({ timeZone: 'America/New_York' });
      closing.push(() => onSite({}));
      expect(await lineOf()).toEqual([['ok', expect.stringMatching(/^its newest row is about \d+ (s|min) old$/), '']]);
    });

    test.each([
      ['no row at all', 'rate', `select count(*) as count from fresh where at > :to and at > :from`, 'warning', /^it counts no row in the last 14 days$/],
      ['a table that is not there', 'rate', `select count(*) as count from nowhere ${inRange}`, 'wrong', /check its name and schema/],
      [
        'the wrong columns',
        'rate',
        `select * from (select 1 as cases ${inRange.replaceAll('at ', "'today'::date ")}) as x`,
        'wrong',
        /a rate returns `count` and nothing else/,
      ],
      ['a gauge', 'gauge', 'select 3 as value', 'ok', /^it answers$/],
      ['a gauge without a value', 'gauge', 'select null::int as value', 'warning', /has no value/],
    ])('%s', async (_what, kind, query, state, words) => {
      await withMetric(kind, query);
      expect(await lineOf()).toEqual([[state, expect.stringMatching(words), expect.any(String)]]);
    });

    test('of a system that does not answer are left to its own line', async () => {
      await withMetric('gauge', 'select 3 as value');
      const { of } = await doctor({ ERP_DATABASE_URL: `postgres://me:x@${nowhere}/x` }, planFile);
      expect(of('metric adoption')).toEqual([['notChecked', expect.stringContaining('nothing listens'), 'see the line of its system']]);
    });
  });

  test('mistakes of a plan are reported before any check', async () => {
    await writeFile(planFile, smallPlan.replace('owner: ana', 'owner: anna'));
    const io = testIo();
    expect(await run(['doctor', planFile], io)).toBe(2);
    expect(io.errors.join()).toContain("unknown owner 'anna'");
  });
});

describe('the endpoint and the caller', () => {
  /** An endpoint with these answers. */
  async function endpoint(answers: Record<string, [status: number, body: unknown]>): Promise<string> {
    const usual: typeof answers = {
      '/healthz': [200, { status: 'ok' }],
      '/openapi.json': [200, { info: { version: '1' } }],
      '/readyz': [200, { status: 'ready' }],
      '/v1/plans': [200, []],
    };
    const answer: RequestListener = (request, response) => {
      const [status, body] = { ...usual, ...answers }[request.url ?? ''] ?? [404, {}];
      response.writeHead(status, { 'content-type': 'application/json', 'x-rolewave-person': 'olga' }).end(JSON.stringify(body));
    };
    return `http://127.0.0.1:${await listen(createHttpServer(answer))}`;
  }
  const token = (seconds: number) =>
    `e30.${Buffer.from(JSON.stringify({ sub: 'auth0|5f7c', exp: Math.floor(Date.now() / 1_000) + seconds })).toString('base64url')}.s1gnature`;

  test('everything ok', async () => {
    const url = await endpoint({});
    const { of } = await doctor({ ROLEWAVE_URL: url, ROLEWAVE_TOKEN: token(3_600) });
    expect(of('API')).toEqual([
      ['ok', `${url} answers (interface version 1)`, ''],
      ['ok', 'it reaches its store and Temporal', ''],
    ]);
    expect(of('you')).toEqual([['ok', "you are 'olga' to the endpoint", '']]);
  });

  test('names which of its servers the API does not reach', async () => {
    const url = await endpoint({ '/readyz': [503, { status: 'not-ready', store: 'ok', engine: 'unreachable' }] });
    expect((await doctor({ ROLEWAVE_URL: url })).of('API')[1]).toEqual(['wrong', 'it does not reach Temporal', expect.stringContaining('TEMPORAL_ADDRESS')]);
  });

  test('another server, and one that never answers', async () => {
    const html = createHttpServer((_, response) => response.end('<html>'));
    expect((await doctor({ ROLEWAVE_URL: `http://127.0.0.1:${await listen(html)}` })).of('API')).toEqual([
      ['wrong', expect.stringContaining('its answer is not JSON'), expect.stringContaining('ROLEWAVE_URL')],
    ]);
    expect((await doctor({ ROLEWAVE_URL: `http://127.0.0.1:${await listen(silent())}` })).of('API')).toEqual([
      ['wrong', expect.stringContaining('no answer in time'), expect.anything()],
    ]);
  });

  const tokens: [what: string, given: () => string, answers: Parameters<typeof endpoint>[0], line: unknown[]][] = [
    ['has expired', () => token(-60), {}, ['wrong', expect.stringMatching(/^your token has expired \(\d{4}/), expect.stringContaining('get a new one')]],
    ['soon expires', () => token(200), {}, ['warning', "you are 'olga' to the endpoint, for 3 more minutes", expect.stringContaining('get a new token')]],
    [
      'is not accepted',
      () => token(3_600),
      { '/v1/plans': [401, { title: 'A token is required', detail: 'The token is of another issuer.' }] },
      ['wrong', 'the endpoint does not accept your token: it answered 401: A token is required: The token is of another issuer', expect.anything()],
    ],
    [
      'is malformed',
      () => 's3cret',
      { '/v1/plans': [401, { title: 'No', detail: 's3cret cannot be read' }] },
      ['wrong', expect.stringContaining('*** cannot be read'), expect.anything()],
    ],
    ['is missing', () => '', {}, ['notChecked', 'ROLEWAVE_TOKEN is not set here', expect.stringContaining('--as PERSON')]],
  ];
  test.each(tokens)('a token that %s', async (_, given, answers, line) => {
    const { of, lines } = await doctor({ ROLEWAVE_URL: await endpoint(answers), ROLEWAVE_TOKEN: given() });
    expect(of('you')).toEqual([line]);
    expect(JSON.stringify(lines)).not.toMatch(/s1gnature|s3cret/);
  });
});

test('without a Temporal server in the environment, the doctor checks that of the npm start or the demo of this folder whose endpoint it is', async () => {
  const home = await mkdtemp(join(tmpdir(), 'rolewave-doctor-home-'));
  closing.push(() => rm(home, { recursive: true }));
  await writeFile(join(home, 'temporal.toml'), `[profile.default]\naddress = "${nowhere}"\nnamespace = "mine"\n`);
  const [started, demo, third] = ['http://127.0.0.1:3', 'http://127.0.0.1:4', 'http://127.0.0.1:5'];
  const asked = async (url: string) => (await doctor({ TEMPORAL_ADDRESS: '', ROLEWAVE_HOME: home, ROLEWAVE_URL: url })).of('Temporal');
  const isNot = (address: string) => ['wrong', expect.stringContaining(`${address} cannot be reached`), expect.anything()];
  keepEndpoint(home, started);
  expect(await asked(started)).not.toContainEqual(isNot(nowhere));
  await writeFile(join(home, 'running.json'), '{}');
  expect(await asked(started)).toEqual([isNot(nowhere)]);

  await mkdir(join(home, 'demo'));
  await writeFile(join(home, 'demo', 'temporal.toml'), `[profile.default]\naddress = "127.0.0.1:2"\nnamespace = "default"\n`);
  keepEndpoint(join(home, 'demo'), demo);
  expect(await asked(demo)).toEqual([isNot('127.0.0.1:2')]);
  expect(await asked(third)).toEqual([
    ['notChecked', expect.stringContaining(`another Rolewave than that of ${third}`), expect.stringContaining('set TEMPORAL_ADDRESS')],
  ]);
});

describe('channels of notices', () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

  test('a mail server and a webhook that answer', async () => {
    const [mail, web] = [await listen(says('220 mail.example.com ESMTP\r\n')), await listen(silent())];
    const { of } = await doctor({
      SMTP_URL: `smtp://u:s3cret@127.0.0.1:${mail}`,
      NOTICE_FROM: 'rolewave@example.com',
      NOTICE_WEBHOOK_URL: `http://127.0.0.1:${web}/hook`,
      NOTICE_WEBHOOK_SECRET: secret,
    });
    expect(of('notices')).toEqual([
      ['ok', `the webhook at 127.0.0.1:${web} answers`, ''],
      ['ok', `the mail server at 127.0.0.1:${mail} answers`, ''],
    ]);
  });

  test.each([
    [
      'an address without its secret',
      { NOTICE_WEBHOOK_URL: 'http://127.0.0.1:1/' },
      ['wrong', expect.stringContaining('NOTICE_WEBHOOK_SECRET is not set, and NOTICE_WEBHOOK_URL is'), expect.anything()],
    ],
    [
      'a mail server without a sender',
      { SMTP_URL: `smtp://${nowhere}` },
      ['wrong', expect.stringContaining('NOTICE_FROM is not set, and SMTP_URL is'), expect.anything()],
    ],
    [
      'a secret without its address',
      { NOTICE_WEBHOOK_SECRET: secret },
      ['warning', 'NOTICE_WEBHOOK_SECRET is set, and NOTICE_WEBHOOK_URL is not', expect.anything()],
    ],
    [
      'nobody listens',
      { SMTP_URL: `smtp://${nowhere}`, NOTICE_FROM: 'a@example.com' },
      ['wrong', expect.stringContaining(`the mail server at ${nowhere} cannot be reached`), expect.stringContaining('fix SMTP_URL')],
    ],
    ['none', {}, ['notChecked', expect.stringContaining('no channel is set here'), expect.anything()]],
  ])('%s', async (_, env, line) => {
    expect((await doctor(env as Record<string, string>)).of('notices')).toContainEqual(line);
  });

  test('a mail server, and a site that names no domains for mail', async () => {
    const env = { SMTP_URL: `smtp://127.0.0.1:${await listen(says('220 mail.example.com ESMTP\r\n'))}`, NOTICE_FROM: 'a@example.com' };
    const [silentSite, naming] = [join(folder, 'no-mail.yaml'), join(folder, 'mail.yaml')];
    await writeSite(silentSite);
    await writeSite(naming, siteInput({ mail: { domains: ['example.com'] } }));
    const asked = async (ROLEWAVE_SITE: string) => (await doctor({ ...env, ROLEWAVE_SITE })).of('notices');
    expect(await asked(silentSite)).toEqual([
      ['ok', expect.any(String), ''],
      ['warning', expect.stringContaining('the site file names no domains for mail, so nobody gets any'), expect.stringContaining('mail.domains')],
    ]);
    expect(await asked(naming)).toEqual([['ok', expect.any(String), '']]);
  });

  test('a server that is not a mail server, and a silent one', async () => {
    for (const [server, why] of [
      [says('HTTP/1.1 400\r\n'), 'but not as a mail server'],
      [silent(), 'no answer within 2 s'],
    ] as const) {
      const url = `smtp://127.0.0.1:${await listen(server)}`;
      expect((await doctor({ SMTP_URL: url, NOTICE_FROM: 'a@example.com' })).of('notices')).toEqual([
        ['wrong', expect.stringContaining(why), expect.anything()],
      ]);
    }
  });
});

test('broken trusted keys are wrong, and valid ones are counted', async () => {
  const file = join(folder, 'keys.json');
  const keys = async (text: string) => {
    await writeFile(file, text);
    return (await doctor({ ROLEWAVE_TRUSTED_KEYS_FILE: file })).of('trusted keys');
  };
  expect(await keys('{"keys":[{"kid":"a","kty":"OKP","crv":"Ed25519","x":"AAAA"}]}')).toEqual([['ok', `one key in ${file}`, '']]);
  expect(await keys('{"keys":[]}')).toEqual([['wrong', expect.stringContaining('is not a set of public keys'), expect.anything()]]);
  expect((await doctor({ ROLEWAVE_TRUSTED_KEYS_FILE: join(folder, 'none.json') })).of('trusted keys')).toEqual([
    ['wrong', expect.stringContaining('does not exist'), expect.anything()],
  ]);
});

test('a named Temporal that does not answer is wrong; the text has one line for each check and a count at the end', async () => {
  const io = testIo({ env: { TEMPORAL_ADDRESS: nowhere, ROLEWAVE_URL: `http://${nowhere}`, ROLEWAVE_HOME: folder, ...nobodysFiles } });
  expect(await run(['doctor', '--within', '1'], io)).toBe(1);
  const said = io.written.join('\n').split('\n');
  expect(said[0]).toMatch(/^ok {9}Node: v24\S+\.$/);
  expect(said).toContainEqual(expect.stringMatching(/^WRONG {6}Temporal: 127\.0\.0\.1:1 cannot be reached: .+ → start the server, or fix TEMPORAL_ADDRESS/));
  expect(io.errors).toEqual(['2 problems found.']);
});
