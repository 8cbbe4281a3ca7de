/**
 * Follows docs/how-to/add-an-ldap-directory.md on a real OpenLDAP: its login, its rules and its log are those of the page, and so are the files and commands.
 * Only what belongs to the machine differs: addresses, the folder of the log, and no encryption.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSystem } from '../../connectors/registry.ts';
import { silent } from '../../provision/progress.ts';
import { removeSlapd, startSlapd, type DirectoryServer } from '../../provision/slapd.ts';
import { readSite } from '../../settings/site.ts';
import { testIo } from '../../test/support/command-io.ts';
import { ifMissing, slapd } from '../../test/support/slapd.ts';
import { run } from '../program.ts';

const page = await readFile(new URL('../../docs/how-to/add-an-ldap-directory.md', import.meta.url), 'utf8');
const blocks = (language: string) => [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text);
const [rules = '', logDatabase = '', overlay = ''] = blocks('conf');
const suffix = 'dc=example,dc=com';
const administrator = { dn: `cn=admin,${suffix}`, password: 'only-for-tests' };
const [connectionString = ''] = /ldaps:\/\/cn%3D[^`]+/.exec(page) ?? [];

describe.skipIf(!slapd)(`docs/how-to/add-an-ldap-directory.md${ifMissing}`, () => {
  let folder: string;
  let server: DirectoryServer;
  let env: Record<string, string>;
  const inFolder = (line: string) => line.split(' ').map((word) => (/^[a-z-]+\.yaml$/.test(word) ? join(folder, word) : word));
  const lines = blocks('sh').flatMap((text) => text.trim().split('\n'));

  beforeAll(async () => {
    if (!slapd) return;
    folder = await mkdtemp(join(tmpdir(), 'rolewave-guide-'));
    await chmod(folder, 0o711);
    const dir = join(folder, 'openldap');
    const log = logDatabase.replace('/var/lib/ldap-accesslog', join(dir, 'log'));
    if (log === logDatabase) throw new Error('the page names another folder for the log');
    const access = ['to attrs=userPassword by anonymous auth by * none', 'to * by * read'];
    server = await startSlapd({
      slapd,
      dir,
      suffix,
      administrator,
      access,
      settings: [log],
      overlays: [overlay, rules],
      port: 0,
      throwaway: true,
      progress: silent,
    });
    const admin = new Client({ url: server.url });
    await admin.bind(administrator.dn, administrator.password);
    await admin.add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
    for (const entry of blocks('ldif').flatMap((text) => text.trim().split('\n\n'))) {
      const [first = '', ...others] = entry.split('\n');
      const attributes = Map.groupBy(
        others.map((line) => line.split(': ')),
        ([name = '']) => name,
      );
      await admin.add(first.replace('dn: ', ''), Object.fromEntries([...attributes].map(([name, pairs]) => [name, pairs.map(([, value = '']) => value)])));
    }
    for (const unit of ['people', 'groups']) await admin.add(`ou=${unit},${suffix}`, { objectClass: 'organizationalUnit', ou: unit });
    for (const uid of ['ben', 'kim']) await admin.add(`uid=${uid},ou=people,${suffix}`, { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid });
    const member = [`cn=nobody,${suffix}`, `uid=ben,ou=people,${suffix}`];
    await admin.add(`cn=finance-close,ou=groups,${suffix}`, { objectClass: 'groupOfNames', cn: 'finance-close', member });
    await admin.unbind();
    env = { DIRECTORY_URL: connectionString.replace('ldaps:', 'ldap:').replace('ldap.example.com', `${server.host}:${server.port}`) };
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await removeSlapd(join(folder, 'openldap'));
    await rm(folder, { recursive: true, force: true });
  });

  async function rolewave(line: string) {
    const [program, ...args] = inFolder(line);
    expect(program).toBe('rolewave');
    const io = testIo({ env });
    const code = await run(args, io);
    return { code, said: [...io.written, ...io.errors].join('\n') };
  }

  test('init, as the page has it, writes a plan and a site file that are valid', async () => {
    const [line = '', ...others] = lines.filter((each) => each.startsWith('rolewave init'));
    expect(others).toEqual([]);
    const { code, said } = await rolewave(`${line} --tls none`);
    expect([code, said]).toEqual([0, expect.stringContaining("plan 'finance-close' with role finance-close for 1 person")]);
    expect(await rolewave('rolewave validate directory-plan.yaml')).toMatchObject({ code: 0 });
  });

  test("the page's own site file leads to the same groups and people, and its login may do what Rolewave does", async () => {
    const [siteText = ''] = blocks('yaml').filter((text) => text.startsWith('# site.yaml'));
    await writeFile(
      join(folder, 'own-site.yaml'),
      `site: guide\nadministrators: { people: [eva] }\n${siteText.replace('kind: ldap', 'kind: ldap\n    tls: none')}`,
    );
    const system = (await readSite(join(folder, 'own-site.yaml'))).systems.find(({ kind }) => kind === 'ldap');
    if (!system) throw new Error('the page has no directory');
    const connector = await openSystem(system, env);
    try {
      const { lines: found } = await connector.check(['finance-close']);
      expect(found.filter(({ state }) => state === 'wrong')).toEqual([]);
      expect(found.map(({ text }) => text)).toEqual(
        expect.arrayContaining(['who added which member is read from cn=accesslog', 'role finance-close can be granted and revoked']),
      );
      const before = await connector.snapshot(['finance-close'], ['ben', 'kim']);
      expect(before).toMatchObject({ grants: [{ account: 'ben', grantor: administrator.dn }], unknownAccounts: [] });
      const kim = before.accounts.find(({ account }) => account === 'kim');
      const wanted = { role: 'finance-close', account: 'kim', ...(kim?.id === undefined ? {} : { accountId: kim.id }) };
      const [outcome] = await connector.grant([wanted], async () => undefined);
      if (outcome?.outcome !== 'created') throw new Error(JSON.stringify(outcome));
      expect(await connector.revoke([outcome.grant], async () => undefined)).toEqual([{ outcome: 'revoked' }]);
    } finally {
      await connector.close();
    }
  });
});
