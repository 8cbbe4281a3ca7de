/** `rolewave init` and `rolewave observe` against a real OpenLDAP: what they write, what a connector makes of it, and how they fail. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Attribute, Change } from 'ldapts';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openSystem } from '../../connectors/registry.ts';
import { loadPlan } from '../../domain/plan/load.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { readSite } from '../../settings/site.ts';
import { testIo } from '../../test/support/command-io.ts';
import { groups, ifMissing, logins, nobody, passwordOf, people, slapd, startDirectory, suffix, type TestDirectory } from '../../test/support/slapd.ts';
import { run } from '../program.ts';

const personDn = (uid: string) => `uid=${uid},ou=staff,${people}`;
const groupDn = (cn: string) => `cn=${cn},${groups}`;
const stringOf = (scheme: string, port: number, dn = logins.rolewave, password = passwordOf(dn)) =>
  `${scheme}://${encodeURIComponent(dn)}:${encodeURIComponent(password)}@127.0.0.1:${port}`;

describe.skipIf(!slapd)(`a first plan of a directory${ifMissing}`, () => {
  let directory: TestDirectory;
  let folder: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    directory = await startDirectory();
    env = { DIRECTORY_URL: stringOf('ldap', directory.port), SECURE_URL: stringOf('ldaps', directory.securePort) };
    folder = await mkdtemp(join(tmpdir(), 'rolewave-init-'));
    await directory.admin.add(`ou=staff,${people}`, { objectClass: 'organizationalUnit', ou: 'staff' });
    for (const uid of ['ann', 'ben', 'cem', 'dea', 'Éva Müller']) {
      await directory.admin.add(personDn(uid), { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid });
    }
    const group = (cn: string, description: string[], members: string[]) =>
      directory.admin.add(groupDn(cn), { objectClass: 'groupOfNames', cn, member: [nobody, ...members], ...(description.length > 0 ? { description } : {}) });
    await group('service-desk', ['rolewave:mf00000a.0123456789abcdef01234567', 'Resolves tickets'], ['ann', 'ben', 'Éva Müller'].map(personDn));
    await group('shared-admins', [], ['ann', 'dea'].map(personDn));
    await group('everything', [], [groupDn('service-desk')]);
    await group('nobody-yet', [], []);
  }, 60_000);
  afterEach(async () => {
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  });
  afterAll(async () => {
    await directory?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function rolewave(args: string[], more: { env?: Record<string, string>; answers?: string[] } = {}) {
    const io = testIo({ env: { ...env, ...more.env }, ...(more.answers ? { answers: more.answers } : {}) });
    const code = await run(args, io);
    return { code, out: io.written.join('\n'), err: io.errors.join('\n'), questions: io.questions };
  }
  const init = (...more: string[]) => rolewave(['init', '--directory-env', 'DIRECTORY_URL', '--tls', 'none', '--out', join(folder, 'plan.yaml'), ...more]);
  const written = () => readFile(join(folder, 'plan.yaml'), 'utf8');
  const site = () => readSite(join(folder, 'site.yaml'));
  function planOf(text: string): Plan {
    const loaded = loadPlan(text, 'plan.yaml', { nowMs: Date.now() });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.mistakes));
    return loaded.plan;
  }
  /** Of the first package, as the connector that the site file describes reads them. */
  async function asTheSiteReadsIt(plan: Plan) {
    const [system] = (await site()).systems;
    const [rolePackage] = plan.packages;
    if (!system || !rolePackage) throw new Error('the site has no system, or the plan no package');
    const connector = await openSystem(system, env);
    try {
      const role = rolePackage.entitlements[0]?.role ?? '';
      const accounts = rolePackage.cohort.map((id) => plan.people.find((person) => person.id === id)?.accounts[system.id] ?? id);
      const { grants, unknownAccounts } = await connector.snapshot([role], accounts);
      const { lines } = await connector.check([role]);
      return { holders: grants.map(({ account }) => account).toSorted(), accounts: accounts.toSorted(), unknownAccounts, lines };
    } finally {
      await connector.close();
    }
  }

  test('with the group that most people are in: the plan and the site file are valid, and lead a connector to the same group and the same people', async () => {
    const { code, out, err } = await init('--yes', '--owner', 'olga');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`plan 'service-desk' with role service-desk for 3 people, from directory ${suffix} (OpenLDAP). Nothing was changed there.`);
    expect(await rolewave(['validate', join(folder, 'plan.yaml')])).toMatchObject({ code: 0, out: expect.stringContaining('site.yaml lets it') });

    const plan = planOf(await written());
    expect(plan).toMatchObject({
      systems: ['directory'],
      packages: [{ owner: 'olga', description: 'Resolves tickets', cohort: ['ann', 'ben', expect.any(String)], legacy: [] }],
    });
    expect((await site()).systems).toMatchObject([
      {
        id: 'directory',
        kind: 'ldap',
        connection: { env: 'DIRECTORY_URL' },
        tls: 'none',
        groups: { base: groups, name: 'cn', placeholder: nobody },
        accounts: { base: `ou=staff,${people}`, name: 'uid' },
        accesslog: 'cn=accesslog',
        readOnly: false,
      },
    ]);
    const { holders, accounts, unknownAccounts, lines } = await asTheSiteReadsIt(plan);
    expect([holders, unknownAccounts]).toEqual([accounts, []]);
    expect(lines.filter(({ state }) => state === 'wrong')).toEqual([]);
  });

  test('suggests groups of the same people as legacy access, says what the directory shows of the group, and no metric of a directory', async () => {
    await init('--yes', '--owner', 'olga');
    const text = await written();
    expect(text).toContain('#   - { system: directory, role: shared-admins } # held by 1 of the 3: ann');
    expect(text).toContain(`# What the directory shows of what service-desk may do:\n    #   member of ${groupDn('everything')} (`);
    expect(text).toContain('The directory says of service-desk: Resolves tickets');
    expect(text).not.toContain('in this database');
    expect(text).toContain('#       system: your-database');
  });

  test('over ldaps with the authorities of a file, which the site file then names', async () => {
    const file = join(folder, 'plan.yaml');
    const secure = (...more: string[]) =>
      rolewave(['init', '--directory-env', 'SECURE_URL', '--system', 'staff', '--yes', '--owner', 'olga', '--out', file, ...more]);
    expect(await secure()).toMatchObject({ code: 2, err: expect.stringMatching(/certificate/) });
    expect(await readdir(folder)).toEqual([]);
    expect(await secure('--ca-file', directory.certificate)).toMatchObject({ code: 0 });
    expect((await site()).systems).toMatchObject([{ id: 'staff', caFile: directory.certificate, tls: 'required', connection: { env: 'SECURE_URL' } }]);
  });

  test('asks which of the groups, in the words of a directory', async () => {
    const { questions, err } = await rolewave(['init', '--tls', 'none', '--out', join(folder, 'plan.yaml')], {
      env: { ERP_DATABASE_URL: '' },
      answers: ['DIRECTORY_URL', '2', '', 'olga', 'ines'],
    });
    expect(questions[0]).toContain('the connection string of a PostgreSQL database, an LDAP directory, a SCIM server or a realm of Keycloak');
    expect(err).toContain(`Roles of directory ${suffix} that look like access:\n   1  service-desk: held by 3 people\n   2  shared-admins: held by 2 people`);
    expect(planOf(await written()).packages[0]?.entitlements[0]?.role).toBe('shared-admins');
  });

  test('two groups of one name are named by their DN', async () => {
    const other = `ou=other,${suffix}`;
    await directory.admin.add(other, { objectClass: 'organizationalUnit', ou: 'other' });
    await directory.admin.add(`cn=service-desk,${other}`, { objectClass: 'groupOfNames', cn: 'service-desk', member: personDn('cem') });
    try {
      const { code } = await init('--yes', '--owner', 'olga', '--role', `cn=service-desk,${other}`);
      expect(code).toBe(0);
      expect((await site()).systems).toMatchObject([{ groups: { base: suffix, name: 'dn' } }]);
      const plan = planOf(await written());
      expect(await asTheSiteReadsIt(plan)).toMatchObject({ holders: ['cem'], accounts: ['cem'], unknownAccounts: [] });
    } finally {
      await directory.admin.del(`cn=service-desk,${other}`);
      await directory.admin.del(other);
    }
  });

  test('a directory without a log that the login may read says in the site file what that means', async () => {
    const { code } = await rolewave([
      'init',
      '--directory-url',
      stringOf('ldap', directory.port, logins.auditor),
      '--tls',
      'none',
      '--yes',
      '--owner',
      'olga',
      '--out',
      join(folder, 'plan.yaml'),
    ]);
    expect(code).toBe(0);
    expect((await site()).systems[0]).not.toHaveProperty('accesslog');
    expect(await readFile(join(folder, 'site.yaml'), 'utf8')).toContain('# accesslog: cn=accesslog');
  });

  test.each([
    [
      'a role that is no group',
      ['--role', 'service-dsk'],
      /Directory 'dc=example,dc=com' has no role 'service-dsk': did you mean 'service-desk'\?|has no role 'service-dsk'/,
    ],
    ['an account as a role', ['--role', 'cem'], /'cem' may log in, so it is an account and not a role to grant\. Choose a group\./],
    ['people who are not there', ['--role', 'nobody-yet', '--people', 'zoe'], /Directory 'dc=example,dc=com' has no account 'zoe'/],
    ['a place that is not there', ['--base', 'ou=nowhere,dc=example,dc=com'], /Is --base 'ou=nowhere,dc=example,dc=com' right\?/],
    [
      'an attribute that nobody has',
      ['--account-name', 'mail'],
      /has the attribute mail, by which a plan would name people\. Name another one with --account-name/,
    ],
  ])('refuses %s, and writes nothing', async (_what, more, says) => {
    expect(await init('--yes', '--owner', 'olga', ...more)).toMatchObject({ code: 2, err: expect.stringMatching(says) });
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ['without StartTLS', ['--directory-env', 'DIRECTORY_URL'], 2, /StartTLS/],
    ['with a wrong password', ['--directory-env', 'WRONG_URL', '--tls', 'none'], 2, /invalidCredentials/],
    ['that nobody listens at', ['--directory-env', 'NOWHERE_URL', '--tls', 'none'], 4, /could not be reached/],
    ['by a string that is none', ['--directory-url', 'ldap://nobody'], 2, /not the connection string of a directory/],
    ['by the string of a database', ['--directory-url', 'postgres://a:b@c/d'], 2, /not hold the connection string of an LDAP directory/],
    ['as a database too', ['--directory-env', 'DIRECTORY_URL', '--database-env', 'ERP_DATABASE_URL'], 2, /begins with one system/],
    ['with the options of a directory for a database', ['--database-url', 'postgres://a:b@c/d', '--base', suffix], 2, /--base is about an LDAP directory/],
  ])('refuses a directory %s', async (_what, args, code, says) => {
    const wrong = {
      WRONG_URL: stringOf('ldap', directory.port, logins.rolewave, 'secret-word'),
      NOWHERE_URL: stringOf('ldap', 9, logins.rolewave, 'secret-word'),
    };
    const found = await rolewave(['init', ...args, '--yes', '--out', join(folder, 'plan.yaml')], { env: wrong });
    expect(found).toMatchObject({ code, err: expect.stringMatching(says) });
    expect(found.err).not.toMatch(/secret-word|pass cn=/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('observe: its members count as reviewed, the site opens it read-only, and nothing in the directory has changed', async () => {
    const file = join(folder, 'plan.yaml');
    const before = await directory.admin.search(groups, { scope: 'sub', attributes: ['*', 'entryCSN'] });
    const { code, out, err } = await rolewave([
      'observe',
      'service-desk',
      '--directory-env',
      'DIRECTORY_URL',
      '--tls',
      'none',
      '--owner',
      'olga',
      '--out',
      file,
    ]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('it observes service-desk, which 3 people hold now, and changes nothing.');
    const plan = planOf(await written());
    expect((await site()).systems).toMatchObject([{ kind: 'ldap', readOnly: true, description: `OpenLDAP, directory ${suffix}` }]);
    const { holders, accounts } = await asTheSiteReadsIt(plan);
    expect(holders).toEqual(accounts);
    const after = await directory.admin.search(groups, { scope: 'sub', attributes: ['*', 'entryCSN'] });
    expect(after.searchEntries).toEqual(before.searchEntries);
  });

  test('observe: of a group that only another group is in, it says which to observe', async () => {
    expect(await rolewave(['observe', 'everything', '--directory-env', 'DIRECTORY_URL', '--tls', 'none'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`Nobody holds 'everything' directly, so there is nobody to observe. People have it through ${groupDn('service-desk')}`),
    });
  });

  test('a list that the directory cuts off is an error, and no shorter plan', async () => {
    const strict = await startDirectory({ sizeLimit: 2 });
    try {
      for (const uid of ['ann', 'ben', 'cem']) await strict.admin.add(`uid=${uid},${people}`, { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid });
      const more = ['--tls', 'none', '--yes', '--owner', 'olga', '--out', join(folder, 'plan.yaml')];
      const found = await rolewave(['init', '--directory-url', stringOf('ldap', strict.port), '--base', suffix, ...more]);
      expect(found).toMatchObject({ code: 2, err: expect.stringMatching(/sizeLimitExceeded/) });
      expect(found.err).not.toMatch(/StartTLS|--base/);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      await strict.stop();
    }
  });

  test('a member who has left the directory is no person of the plan, and no reason to fail', async () => {
    const gone = new Change({ operation: 'add', modification: new Attribute({ type: 'member', values: [personDn('gone')] }) });
    await directory.admin.modify(groupDn('shared-admins'), gone);
    const { code } = await init('--yes', '--owner', 'olga', '--role', 'shared-admins');
    expect(code).toBe(0);
    expect(planOf(await written()).packages[0]?.cohort.toSorted()).toEqual(['ann', 'dea']);
  });
});
