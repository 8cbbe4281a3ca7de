/** `rolewave init` and `rolewave observe` against a real Keycloak: what they write, what a connector and the doctor make of it, and how they fail. */
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../provision/free-port.ts';
import { firstFiles, type FirstFiles } from '../../test/support/first-files.ts';
import { ifMissing, keycloak, secretOf, startRealm, type TestRealm } from '../../test/support/keycloak.ts';

const withoutTls = ['--tls', 'none'];
const stringOf = ({ host, port, name }: Pick<TestRealm, 'host' | 'port' | 'name'>, login = 'rolewave', secret = secretOf(login)) =>
  `http://${login}:${encodeURIComponent(secret)}@${host}:${port}/realms/${name}`;

describe.skipIf(!keycloak)(`a first plan of a realm of Keycloak${ifMissing}`, () => {
  let realm: TestRealm;
  let files: FirstFiles;
  const roleOf = async (name: string) => (await realm.admin('GET', `/roles/${name}`)) as { id: string; name: string };

  beforeAll(async () => {
    realm = await startRealm();
    files = await firstFiles({ KEYCLOAK_URL: stringOf(realm), SCIM_URL: '' });
    const { admin } = realm;
    const ids = new Map<string, string>();
    for (const name of ['ann', 'ben', 'cem', 'gus@example.com', 'locked']) ids.set(name, await realm.user(name));
    const join = (user: string, group: string) => admin('PUT', `/users/${ids.get(user)}/groups/${group}`);
    const give = (user: string, role: object) => admin('POST', `/users/${ids.get(user)}/role-mappings/realm`, [role]);
    await admin('PUT', `/users/${ids.get('locked')}`, { enabled: false });

    const sales = await realm.group('sales');
    const clerks = await realm.group('clerks', sales);
    const ops = await realm.group('ops');
    await realm.group('rolewave-locks');
    for (const user of ['ann', 'ben', 'gus@example.com', 'locked']) await join(user, clerks);
    await join('cem', ops);

    for (const name of ['closing', 'through-group', 'boss'])
      await admin('POST', '/roles', { name, ...(name === 'closing' ? { description: 'Closes the month' } : {}) });
    for (const user of ['ann', 'ben']) await give(user, await roleOf('closing'));
    await admin('POST', `/groups/${ops}/role-mappings/realm`, [await roleOf('through-group')]);
    const [management] = (await admin('GET', '/clients?clientId=realm-management')) as { id: string }[];
    await admin('POST', '/roles/boss/composites', [await admin('GET', `/clients/${management?.id}/roles/manage-users`)]);
    await give('cem', await roleOf('boss'));

    const [erp] = (await admin('GET', '/clients?clientId=erp')) as { id: string }[];
    await admin('POST', `/clients/${erp?.id}/roles`, { name: 'poster' });
    const poster = await admin('GET', `/clients/${erp?.id}/roles/poster`);
    const [service] = [await admin('GET', `/clients/${((await admin('GET', '/clients?clientId=kim')) as { id: string }[])[0]?.id}/service-account-user`)] as {
      id: string;
    }[];
    for (const id of [ids.get('cem'), service?.id]) await admin('POST', `/users/${id}/role-mappings/clients/${erp?.id}`, [poster]);
    await admin('POST', `/groups/${clerks}/role-mappings/clients/${erp?.id}`, [poster]);
  }, 120_000);
  afterEach(() => files?.empty());
  afterAll(async () => {
    await realm?.remove();
    await files?.remove();
  });

  const init = (...more: string[]) =>
    files.rolewave(['init', '--keycloak-env', 'KEYCLOAK_URL', ...withoutTls, '--owner', 'olga', '--yes', '--out', files.plan, ...more]);
  const notWell = async () => (await files.doctor()).filter(({ state }) => ['WRONG', 'skipped'].includes(state));

  test('the group with the most members: plan and site file are valid, and connector and doctor find the same group and people', async () => {
    const { code, out, err } = await init();
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      new RegExp(
        `plan 'sales-clerks' with role /sales/clerks for 3 people, from realm ${realm.name} \\(Keycloak( [\\d.]+)?\\)\\. Nothing was changed there\\.`,
      ),
    );
    expect(out).not.toContain('Releases are refused');
    expect(await files.rolewave(['validate', files.plan, '--site', join(files.folder, 'site.yaml')])).toMatchObject({
      code: 0,
      out: expect.stringContaining('site.yaml lets it'),
    });
    expect(await files.readPlan()).toMatchObject({
      systems: ['keycloak'],
      packages: [
        {
          name: 'Sales Clerks',
          owner: 'olga',
          cohort: ['ann', 'ben', 'gus@example.com'],
          entitlements: [{ system: 'keycloak', role: '/sales/clerks' }],
          legacy: [],
        },
      ],
    });
    expect((await files.readSite()).systems).toMatchObject([
      { id: 'keycloak', kind: 'keycloak', connection: { env: 'KEYCLOAK_URL' }, tls: 'none', accounts: 'username', soleWriter: false, readOnly: false },
    ]);
    const { holders, accounts, unknownAccounts } = await files.asTheSiteReadsIt();
    // Who is disabled has no access, and is no person of the plan.
    expect([holders.filter((name) => name !== 'locked'), unknownAccounts]).toEqual([accounts, []]);
    expect(await notWell()).toEqual([]);
    expect((await files.doctor()).map(({ text }) => text).join('\n')).toMatch(/role \/sales\/clerks can be granted and revoked/);
  });

  test('suggests roles of the same people as legacy access, and says what comes with the group', async () => {
    await init();
    const text = await files.planText();
    expect(text).toContain('#   - { system: keycloak, role: "realm:closing" } # held by 2 of the 3: ann, ben');
    expect(text).toContain('# What comes with /sales/clerks in Keycloak:\n    #   role poster of client erp');
    expect(text).toContain('A realm cannot be asked: name a database of the site');
    // Everyone has it from Keycloak itself.
    expect(text).not.toContain('default-roles');
  });

  test('a role of the realm replaces a role of a client: both are granted by their names, and the doctor tries it', async () => {
    expect(await init('--role', 'realm:closing', '--legacy', 'client:erp:poster')).toMatchObject({ code: 0 });
    expect(await files.planText()).toContain('The realm says of realm:closing: Closes the month');
    expect(await files.readPlan()).toMatchObject({ packages: [{ cohort: ['ann', 'ben', 'cem'], legacy: [{ role: 'client:erp:poster' }] }] });
    expect(await files.asTheSiteReadsIt()).toMatchObject({ holders: ['ann', 'ben'], accounts: ['ann', 'ben', 'cem'], unknownAccounts: [] });
    expect(await notWell()).toEqual([]);
  });

  test('asks which of them, with those who hold it, and never for rights over Keycloak itself, nor its own groups', async () => {
    const { err, questions } = await files.rolewave(['init', ...withoutTls, '--out', files.plan], { answers: ['KEYCLOAK_URL', '2', '', 'olga', 'ines'] });
    expect(questions[0]).toContain('a PostgreSQL database, an LDAP directory, a SCIM server or a realm of Keycloak?');
    expect(err).toContain('   1  /sales/clerks: held by 3 people\n   2  realm:closing: held by 2 people');
    expect(err).toContain('client:erp:poster: held by 1 person, held by 2 groups or clients');
    expect(err).toContain('realm:through-group: held by 1 group or client');
    expect(err).not.toMatch(/boss|realm-management|default-roles|rolewave-locks/);
  });

  test('observe: its holders count as reviewed, the site opens it read-only, and nothing was changed', async () => {
    const events = async () => ((await realm.admin('GET', '/admin-events?max=1000')) as unknown[]).length;
    const before = await events();
    const { code, out, err } = await files.rolewave([
      'observe',
      'client:erp:poster',
      '--keycloak-env',
      'KEYCLOAK_URL',
      ...withoutTls,
      '--owner',
      'olga',
      '--out',
      files.plan,
    ]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('it observes client:erp:poster, which 1 person holds now, and changes nothing.');
    expect(await files.planText()).toMatch(
      /service accounts of clients hold it: (service-account-kim, \/sales\/clerks|\/sales\/clerks, service-account-kim)\./,
    );
    expect((await files.readSite()).systems).toMatchObject([{ kind: 'keycloak', readOnly: true }]);
    expect((await files.doctor()).filter(({ state }) => state !== 'ok')).toEqual([
      { state: 'warning', text: expect.stringContaining('the connection is not encrypted') },
    ]);
    expect(await events()).toBe(before);
  });

  test('observe: of a role that people have through a group only, it says which to observe', async () => {
    expect(await files.rolewave(['observe', 'realm:through-group', '--keycloak-env', 'KEYCLOAK_URL', ...withoutTls])).toMatchObject({
      code: 2,
      err: expect.stringContaining("Nobody holds 'realm:through-group' directly, so there is nobody to observe. People have it through /ops"),
    });
  });

  test('a person with a password, through a client that allows it', async () => {
    const [cli] = (await realm.admin('GET', '/clients?clientId=admin-cli')) as { id: string; directAccessGrantsEnabled: boolean }[];
    expect(cli?.directAccessGrantsEnabled).toBe(true);
    expect(await init('--keycloak-url', stringOf(realm, 'robot'), '--password-client', 'admin-cli')).toMatchObject({ code: 0, err: '' });
    expect((await files.readSite()).systems).toMatchObject([{ passwordClient: 'admin-cli' }]);
    expect(await files.planText()).not.toContain('robot');
  });

  test('another realm than the one of the sign-in is named in the site file', async () => {
    const { username, password } = keycloak?.admin ?? { username: '', password: '' };
    const master = `http://${username}:${encodeURIComponent(password)}@${realm.host}:${realm.port}/realms/master`;
    expect(await init('--keycloak-url', master, '--password-client', 'admin-cli', '--realm', realm.name)).toMatchObject({ code: 0, err: '' });
    expect((await files.readSite()).systems).toMatchObject([{ realm: realm.name, passwordClient: 'admin-cli' }]);
    expect((await files.readPlan()).packages[0]?.cohort).toEqual(['ann', 'ben', 'gus@example.com']);
  });

  test.each([
    ['without admin events', { adminEvents: false }, /the realm keeps no admin events/],
    ['with admin events that lack their representation', { eventDetails: false }, /the realm keeps its admin events without their representation/],
    [
      'of which the login may not see the events',
      { roles: ['manage-users', 'view-realm', 'view-clients'] },
      /this login may not see how the realm keeps admin events/,
    ],
  ])('a realm %s: init and the site file say what has to be decided, and with that the doctor finds nothing wrong', async (_what, change, says) => {
    const other = await startRealm(change);
    try {
      const id = await other.user('ann');
      await other.admin('PUT', `/users/${id}/groups/${await other.group('clerks')}`);
      const own = await firstFiles({ KEYCLOAK_URL: stringOf(other) });
      try {
        const { code, out } = await own.rolewave(['init', ...withoutTls, '--yes', '--owner', 'olga', '--out', own.plan]);
        expect([code, out]).toEqual([0, expect.stringMatching(says)]);
        expect(out).toContain('set soleWriter where nobody else changes what is granted, or withoutRevoke: leave');
        const text = await own.siteText();
        expect(text).toMatch(says);
        await writeFile(join(own.folder, 'site.yaml'), text.replace('    kind: keycloak\n', '    kind: keycloak\n    soleWriter: true\n'));
        expect((await own.doctor()).filter(({ state }) => ['WRONG', 'skipped'].includes(state))).toEqual([]);
      } finally {
        await own.remove();
      }
    } finally {
      await other.remove();
    }
  });

  test('a login that may not see all that comes with a group is refused, with what it needs', async () => {
    const other = await startRealm({ roles: ['manage-users', 'view-realm', 'view-events'] });
    try {
      expect(await init('--keycloak-url', stringOf(other))).toMatchObject({
        code: 2,
        err: expect.stringMatching(/role view-clients of the client realm-management/),
      });
      expect(await files.names()).toEqual([]);
    } finally {
      await other.remove();
    }
  });

  test.each([
    ['a group that is not there', ['--role', '/sales/clerk'], /has no role '\/sales\/clerk'; did you mean '\/sales\/clerks'\?/],
    ['an account as a role', ['--role', 'cem'], /'cem' may log in, so it is an account and not a role to grant\. Choose a group \(\/its\/path\)/],
    [
      'a role with rights over Keycloak itself',
      ['--role', 'realm:boss'],
      /'realm:boss' gives rights over Keycloak itself; Rolewave does not grant such access/,
    ],
    ['a role of realm-management', ['--role', 'client:realm-management:manage-users'], /gives rights over Keycloak itself/],
    ['people who are not there', ['--role', '/sales', '--people', 'zoe'], /has no account 'zoe'/],
    ['an account that is disabled', ['--role', '/sales', '--people', 'locked'], /has no account 'locked'/],
    ['what only a SCIM server has', ['--attribute', 'roles'], /--attribute is about a SCIM server\. Leave it out, or name such a system with --scim-env/],
    ['a wrong secret', ['--keycloak-url', 'WRONG'], /Keycloak does not accept the secret of client 'rolewave'/],
    ['a realm that is not there', ['--keycloak-url', 'NOWHERE'], /there is no realm 'nowhere', or it is disabled/],
    [
      'the string of a SCIM server below a realm',
      ['--keycloak-url', 'https://a:secret-word@c/realms/x/scim/v2'],
      /--keycloak-url does not hold the connection string of a realm/,
    ],
  ])('refuses %s, and writes nothing', async (_what, more, says) => {
    const strings: Record<string, string> = { WRONG: stringOf(realm, 'rolewave', 'secret-word'), NOWHERE: stringOf({ ...realm, name: 'nowhere' }) };
    const found = await init(...more.map((each) => strings[each] ?? each));
    expect(found).toMatchObject({ code: 2, err: expect.stringMatching(says) });
    expect(found.err).not.toMatch(/secret-word|secret of rolewave\//);
    expect(await files.names()).toEqual([]);
  });
});

describe('a Keycloak that cannot be read', () => {
  let files: FirstFiles;
  let server: Server;
  let port: number;
  beforeAll(async () => {
    files = await firstFiles({});
    server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>a proxy</html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(async () => {
    server.close();
    await files.remove();
  });

  test.each([
    ['at an address without encryption', () => port, [], 2, /http:\/\/ address.*--tls none for a Keycloak on the same machine/],
    ['that nobody listens at', () => freePort(), withoutTls, 4, /Keycloak could not be reached: nothing listens at its address/],
    ['that is something else', () => port, withoutTls, 2, /the answer is not what Keycloak answers/],
  ])('refuses one %s', async (_what, at, more, code, says) => {
    const url = `http://rolewave:secret-word@127.0.0.1:${await at()}/realms/company`;
    const found = await files.rolewave(['init', '--keycloak-url', url, '--yes', '--out', files.plan, ...more]);
    expect(found).toMatchObject({ code, err: expect.stringMatching(says) });
    expect(found.err).not.toContain('secret-word');
    expect(await files.names()).toEqual([]);
  });

  test('a string without a realm is a SCIM server’s, and with one a realm’s, where no option says which', async () => {
    const at = `http://rolewave:secret-word@127.0.0.1:${port}`;
    const init = (url: string) => files.rolewave(['init', '--system', 'sso', '--yes', '--out', files.plan], { env: { SSO_DATABASE_URL: url } });
    expect(await init(`${at}/realms/company`)).toMatchObject({ code: 2, err: expect.stringContaining('a Keycloak on the same machine') });
    expect(await init(`${at}/realms/company/scim/v2`)).toMatchObject({ code: 2, err: expect.stringContaining('the token crosses the network') });
  });
});
