/** `rolewave init` and `rolewave observe` against real SCIM servers: what they write, what a connector and the doctor make of it, and how they fail. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../provision/free-port.ts';
import { makeCertificate } from '../../test/support/certificate.ts';
import { firstFiles, type FirstFiles } from '../../test/support/first-files.ts';
import { hasScim2Server, ifNoScim2Server, startScim2Server } from '../../test/support/scim-scim2-server.ts';
import { startScimmy } from '../../test/support/scim-scimmy.ts';
import { startScripted, type Scripted } from '../../test/support/scim-scripted.ts';
import { tokens, type TestScim } from '../../test/support/scim-server.ts';

const stringOf = (baseUrl: string, token = tokens.rolewave) => baseUrl.replace('://', `://bearer:${encodeURIComponent(token)}@`);
const withoutTls = ['--tls', 'none'];

describe.each([
  { name: `scim2-server${ifNoScim2Server}`, start: startScim2Server, isMissing: !hasScim2Server },
  { name: 'scimmy-routers', start: startScimmy, isMissing: false },
])('a first plan of a SCIM server: $name', ({ start, isMissing }) => {
  describe.skipIf(isMissing)('read by init and observe', () => {
    let server: TestScim;
    let files: FirstFiles;
    const person = (userName: string, more: object = {}) =>
      server.kim.ask('POST', 'Users', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, active: true, ...more });

    beforeAll(async () => {
      server = await start();
      files = await firstFiles({ SCIM_URL: stringOf(server.baseUrl) });
      for (const name of ['ann', 'ben', 'cem', 'dea', 'Éva Müller', 'locked']) await server.kim.user(name);
      await server.kim.deactivate('locked');
      for (const name of ['Service Desk', 'shared-admins', 'everything', 'nobody-yet']) await server.kim.group(name);
      for (const name of ['ann', 'ben', 'Éva Müller', 'locked']) await server.kim.add('Service Desk', name);
      for (const name of ['ann', 'dea']) await server.kim.add('shared-admins', name);
    }, 60_000);
    afterEach(() => files?.empty());
    afterAll(async () => {
      await server?.stop();
      await files?.remove();
    });

    const init = (...more: string[]) =>
      files.rolewave(['init', '--scim-env', 'SCIM_URL', ...withoutTls, '--owner', 'olga', '--yes', '--out', files.plan, ...more]);

    test('the group with the most members: plan and site file are valid, and connector and doctor find the same group and people', async () => {
      const { code, out, err } = await init();
      expect([code, err]).toEqual([0, '']);
      const host = new URL(server.baseUrl).host;
      expect(out).toContain(`plan 'service-desk' with role Service Desk for 3 people, from SCIM server ${host} (SCIM 2.0). Nothing was changed there.`);
      expect(await files.rolewave(['validate', files.plan, '--site', join(files.folder, 'site.yaml')])).toMatchObject({
        code: 0,
        out: expect.stringContaining('site.yaml lets it'),
      });
      expect(await files.readPlan()).toMatchObject({
        systems: ['scim'],
        packages: [{ owner: 'olga', cohort: ['ann', 'ben', expect.any(String)], entitlements: [{ system: 'scim', role: 'Service Desk' }], legacy: [] }],
      });
      expect((await files.readSite()).systems).toMatchObject([
        {
          id: 'scim',
          kind: 'scim',
          connection: { env: 'SCIM_URL' },
          tls: 'none',
          groups: { name: 'displayName', soleWriter: false },
          accounts: { name: 'userName' },
        },
      ]);
      const { holders, accounts, unknownAccounts } = await files.asTheSiteReadsIt();
      // Who is locked has no access, and is no person of the plan.
      expect([holders.filter((name) => name !== 'locked'), unknownAccounts]).toEqual([accounts, []]);
      const found = await files.doctor();
      // What init and the site file say has to be decided.
      expect(out).toContain(
        'Releases are refused until the site file says what a rollback may do, because SCIM does not show who granted something: set groups.soleWriter',
      );
      expect(found.filter(({ state }) => ['WRONG', 'skipped'].includes(state))).toEqual([
        { state: 'WRONG', text: expect.stringContaining('set groups.soleWriter in the site file where nobody else changes it, or withoutRevoke: leave') },
      ]);
      expect(found.map(({ text }) => text).join('\n')).toMatch(/role Service Desk is there/);
      expect(found.map(({ text }) => text).join('\n')).toMatch(/groups\.soleWriter/);
    });

    test('with soleWriter, as the site file says how to write it, the doctor finds nothing wrong', async () => {
      await init();
      const text = await files.siteText();
      expect(text).toContain('soleWriter: true in groups, where nobody else changes members of these groups; or withoutRevoke: leave');
      await writeFile(join(files.folder, 'site.yaml'), text.replace('groups: { name: displayName }', 'groups: { name: displayName, soleWriter: true }'));
      expect((await files.readSite()).systems).toMatchObject([{ groups: { soleWriter: true } }]);
      const found = await files.doctor();
      expect(found.filter(({ state }) => ['WRONG', 'skipped'].includes(state))).toEqual([]);
      expect(found.map(({ text: line }) => line).join('\n')).not.toMatch(/soleWriter/);
    });

    test('suggests groups of the same people as legacy access, and says what SCIM does not show', async () => {
      await init();
      const text = await files.planText();
      expect(text).toContain('#   - { system: scim, role: shared-admins } # held by 1 of the 3: ann');
      expect(text).toContain('# SCIM does not show what Service Desk may do; the applications that ask for it decide.');
      expect(text).toContain('A SCIM server cannot be asked: name a database of the site');
    });

    test('two groups of one displayName are named by their id', async () => {
      const { id } = await server.kim.ask('POST', 'Groups', { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'shared-admins' });
      try {
        const other = server.kim.id('Groups', 'shared-admins');
        expect(await init('--role', other)).toMatchObject({ code: 0 });
        expect((await files.readSite()).systems).toMatchObject([{ groups: { name: 'id' } }]);
        expect(await files.asTheSiteReadsIt()).toMatchObject({ holders: ['ann', 'dea'], accounts: ['ann', 'dea'], unknownAccounts: [] });
      } finally {
        await server.kim.ask('DELETE', `Groups/${id}`);
      }
    });

    test('values of an attribute of users: the site file lists those that users have', async () => {
      const made = [await person('fay', { roles: [{ value: 'sales' }, { value: 'all areas' }] }), await person('gus', { roles: [{ value: 'sales' }] })];
      try {
        expect(await init('--attribute', 'roles')).toMatchObject({ code: 0, out: expect.stringContaining('with role sales for 2 people') });
        expect((await files.readSite()).systems).toMatchObject([{ attribute: { name: 'roles', values: ['all areas', 'sales'], soleWriter: false } }]);
        expect(await files.asTheSiteReadsIt()).toMatchObject({ holders: ['fay', 'gus'], accounts: ['fay', 'gus'], unknownAccounts: [] });
        const wrong = (await files.doctor()).filter(({ state }) => ['WRONG', 'skipped'].includes(state));
        expect(wrong).toEqual([{ state: 'WRONG', text: expect.stringContaining('set attribute.soleWriter') }]);
        expect(await files.planText()).toContain('#   - { system: scim, role: all areas } # held by 1 of the 2: fay');
      } finally {
        for (const { id } of made) await server.kim.ask('DELETE', `Users/${id}`);
      }
    });

    test('observe: its members count as reviewed, the site opens it read-only, and no group has changed', async () => {
      const groups = async () => JSON.stringify(await server.kim.ask('GET', 'Groups?count=100'));
      const before = await groups();
      const { code, out, err } = await files.rolewave([
        'observe',
        'Service Desk',
        '--scim-env',
        'SCIM_URL',
        ...withoutTls,
        '--owner',
        'olga',
        '--out',
        files.plan,
      ]);
      expect([code, err]).toEqual([0, '']);
      expect(out).toContain('it observes Service Desk, which 3 people hold now, and changes nothing.');
      expect((await files.readSite()).systems).toMatchObject([{ kind: 'scim', readOnly: true }]);
      expect(await files.siteText()).not.toContain('soleWriter');
      expect((await files.doctor()).filter(({ state }) => state !== 'ok')).toEqual([
        { state: 'warning', text: expect.stringContaining('the connection is not encrypted') },
      ]);
      expect(await groups()).toBe(before);
    });

    test.each([
      ['a group that is not there', ['--role', 'Service Dsk'], /SCIM server '127\.0\.0\.1:\d+' has no role 'Service Dsk'/],
      ['an account as a role', ['--role', 'cem'], /'cem' may log in, so it is an account and not a role to grant\. Choose a group\./],
      ['people who are not there', ['--role', 'nobody-yet', '--people', 'zoe'], /has no account 'zoe'/],
      ['an account that is locked', ['--role', 'nobody-yet', '--people', 'locked'], /has no account 'locked'/],
      ['an attribute that nobody has', ['--account-name', 'externalId'], /No user has the attribute externalId, by which a plan would name people/],
      ['an attribute that is none', ['--account-name', 'mail'], /--account-name of a SCIM server is userName, externalId or id, not 'mail'/],
      ['values that nobody has', ['--attribute', 'entitlements'], /No user of SCIM server '127\.0\.0\.1:\d+' has a value of entitlements/],
      ['a scope without an endpoint', ['--scope', 'read'], /--scope belongs to --token-url, which is missing/],
      ['what only a directory has', ['--base', 'dc=example'], /--base is about an LDAP directory\. Leave it out/],
      ['a wrong token', ['--scim-url', 'WRONG'], /status 401\. Put a current token/],
    ])('refuses %s, and writes nothing', async (_what, more, says) => {
      const args = more.map((each) => (each === 'WRONG' ? stringOf(server.baseUrl, 'secret-word') : each));
      const found = await init(...args);
      expect(found).toMatchObject({ code: 2, err: expect.stringMatching(says) });
      expect(found.err).not.toContain('secret-word');
      expect(await files.names()).toEqual([]);
    });
  });
});

describe('a SCIM server that cannot be read', () => {
  let scim: Scripted;
  let files: FirstFiles;
  beforeAll(async () => {
    scim = await startScripted(['ann', 'ben'], ['clerk', 'lead']);
    files = await firstFiles({});
  });
  afterEach(async () => {
    scim.answer = () => undefined;
    scim.members.clear();
    scim.members.set('clerk', ['ann']).set('lead', []);
    await files.empty();
  });
  afterAll(async () => {
    await scim.stop();
    await files.remove();
  });
  const init = (url: string, ...more: string[]) => files.rolewave(['init', '--scim-url', url, '--owner', 'olga', '--yes', '--out', files.plan, ...more]);

  test.each([
    ['at an address without encryption', () => stringOf(scim.baseUrl, 'secret-word'), [], 2, /http:\/\/ address.*--tls none for a server on the same machine/],
    [
      'that nobody listens at',
      async () => `http://bearer:secret-word@127.0.0.1:${await freePort()}/v2`,
      withoutTls,
      4,
      /The SCIM server could not be reached: nothing listens/,
    ],
    [
      'by the string of a client, without its endpoint',
      () => 'https://id:secret-word@127.0.0.1/v2',
      [],
      2,
      /name the endpoint for its tokens with --token-url/,
    ],
    ['by the string of a database', () => 'postgres://a:secret-word@c/d', [], 2, /--scim-url does not hold the connection string of a SCIM server/],
  ])('refuses a server %s', async (_what, url, more, code, says) => {
    const found = await init(await url(), ...more);
    expect(found).toMatchObject({ code, err: expect.stringMatching(says) });
    expect(found.err).not.toContain('secret-word');
    expect(await files.names()).toEqual([]);
  });

  test('asks nothing but questions', async () => {
    scim.members.set('clerk', ['ann']);
    expect(await init(stringOf(scim.baseUrl), ...withoutTls)).toMatchObject({ code: 0 });
    expect(new Set(scim.asked.map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  test('a group within a group is named, and observe says which to observe', async () => {
    scim.members.set('clerk', ['ann']).set('lead', ['clerk']);
    const found = await files.rolewave(['observe', 'lead', '--scim-url', stringOf(scim.baseUrl), ...withoutTls]);
    expect(found).toMatchObject({
      code: 2,
      err: expect.stringContaining("Nobody holds 'lead' directly, so there is nobody to observe. People have it through clerk"),
    });
  });

  test('a list that ends early, and members that are no list, are errors, and no shorter plan', async () => {
    scim.answer = ({ path }) =>
      path.startsWith('Users') ? { status: 200, body: { totalResults: 5, Resources: [{ id: 'ann', userName: 'ann' }] } } : undefined;
    expect(await init(stringOf(scim.baseUrl), ...withoutTls)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/list of Users could not be read as a whole/),
    });
    scim.answer = ({ path }) => (path.startsWith('Groups/clerk') ? { status: 200, body: { id: 'clerk', displayName: 'clerk', members: 'all' } } : undefined);
    expect(await init(stringOf(scim.baseUrl), ...withoutTls)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/members of group clerk could not be read/),
    });
    expect(await files.names()).toEqual([]);
  });

  test('values that no site file can have are left out, and any other is written as it is', async () => {
    const values = ['sales', 'a: #b, "c"]', '\u202egnp', 'with\u0000', ' padded', 'x'.repeat(2_000)];
    const Resources = [{ id: '1', userName: 'ann', roles: values.map((value) => ({ value })) }];
    scim.answer = ({ path }) => (path.startsWith('Users') ? { status: 200, body: { totalResults: 1, Resources } } : undefined);
    expect(await init(stringOf(scim.baseUrl), ...withoutTls, '--attribute', 'roles', '--role', 'sales')).toMatchObject({ code: 0, err: '' });
    expect((await files.readSite()).systems).toMatchObject([{ attribute: { values: ['a: #b, "c"]', 'sales'] } }]);
    expect((await files.readPlan()).packages[0]?.cohort).toEqual(['ann']);
  });

  test('two users of one name cannot be told apart in a plan', async () => {
    const Resources = ['1', '2'].map((id) => ({ id, userName: 'ann' }));
    scim.answer = ({ path }) => (path.startsWith('Users?') ? { status: 200, body: { totalResults: 2, Resources } } : undefined);
    expect(await init(stringOf(scim.baseUrl), ...withoutTls)).toMatchObject({ code: 2, err: expect.stringMatching(/Two users have the same userName, 'ann'/) });
  });

  test('a client gets its tokens from the endpoint that the site file then names', async () => {
    scim.members.set('clerk', ['ann']);
    scim.answer = ({ headers }) => (headers.authorization === 'Bearer given' ? undefined : { status: 401 });
    const bodies: string[] = [];
    const endpoint = createHttpServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => void (body += part.toString()));
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ access_token: 'given', token_type: 'Bearer', expires_in: 3_600 }));
      });
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    const tokenUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`;
    try {
      const url = scim.baseUrl.replace('://', '://the-client:secret-word@');
      expect(await init(url, '--token-url', tokenUrl)).toMatchObject({ code: 2, err: expect.stringMatching(/--token-url is not encrypted/) });
      const found = await init(url, ...withoutTls, '--token-url', tokenUrl, '--scope', 'scim.read scim.write');
      expect(found).toMatchObject({ code: 0, err: '' });
      expect((await files.readSite()).systems).toMatchObject([{ oauth: { tokenUrl, scope: 'scim.read scim.write' } }]);
      expect(bodies).toEqual([expect.stringContaining('scope=scim.read+scim.write')]);
      expect(`${found.out}${await files.siteText()}${await files.planText()}`).not.toContain('secret-word');
    } finally {
      endpoint.close();
    }
  });

  test('a certificate of an own authority needs --ca-file, which the site file then names', async () => {
    scim.members.set('clerk', ['ann']);
    const folder = await mkdtemp(join(tmpdir(), 'rolewave-init-tls-'));
    const { key, certificate } = await makeCertificate(folder);
    const secure = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (client) => {
      const to = connect(scim.port, scim.host);
      client.on('error', () => to.destroy()).pipe(to);
      to.on('error', () => client.destroy()).pipe(client);
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const url = stringOf(scim.baseUrl.replace('http:', 'https:').replace(`:${scim.port}`, `:${(secure.address() as AddressInfo).port}`));
    try {
      expect(await init(url)).toMatchObject({ code: 2, err: expect.stringMatching(/certificate.*--ca-file/) });
      expect(await init(url, '--ca-file', certificate)).toMatchObject({ code: 0 });
      expect((await files.readSite()).systems).toMatchObject([{ kind: 'scim', tls: 'required', caFile: certificate }]);
    } finally {
      secure.close();
      await rm(folder, { recursive: true });
    }
  });
});
