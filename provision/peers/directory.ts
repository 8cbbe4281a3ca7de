/** OpenLDAP, where this machine has it or can get Debian's package. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Attribute, Change, Client } from 'ldapts';
import { findSlapd } from '../find-slapd.ts';
import { removeSlapd, startSlapd } from '../slapd.ts';
import { login, people, roles, type Peer } from './peer.ts';

const suffix = 'dc=example,dc=com';
const administrator = `cn=admin,${suffix}`;
const loginDn = `cn=${login},${suffix}`;
const nobody = `cn=nobody,${suffix}`;
const personDn = (account: string) => `uid=${account},ou=people,${suffix}`;
const groupsBase = `ou=groups,${suffix}`;
const dirIn = (home: string) => join(home, 'openldap');
const newPassword = () => randomBytes(12).toString('base64url');

export const directory: Peer = {
  name: 'OpenLDAP',
  remove: (home) => removeSlapd(dirIn(home)),
  start: async ({ home, progress, onStart }) => {
    let missing = '';
    const slapd = await findSlapd((reason) => (missing = reason), progress);
    if (!slapd) return { missing };
    const passwords: Record<string, string> = { [administrator]: newPassword(), [loginDn]: newPassword() };
    const server = await startSlapd({
      slapd,
      dir: dirIn(home),
      suffix,
      administrator: { dn: administrator, password: passwords[administrator] ?? '' },
      logReader: loginDn,
      access: [
        'to attrs=userPassword by anonymous auth by * none',
        `to dn.subtree="${groupsBase}" attrs=member,description by dn.exact="${loginDn}" write by * read`,
        'to * by * read',
      ],
      port: 1390,
      progress,
    });
    onStart('OpenLDAP', server);
    const as = (dn: string) => server.url.replace('://', `://${encodeURIComponent(dn)}:${passwords[dn]}@`);
    await fill(server.url, passwords[administrator] ?? '', passwords[loginDn] ?? '');
    return {
      logins: [
        {
          what: `grants the groups of ${groupsBase}; not encrypted, so tls: none`,
          connectionString: as(loginDn),
          variable: 'DIRECTORY_URL',
          site: [
            '- id: directory',
            '  kind: ldap',
            '  connection: { env: DIRECTORY_URL }',
            '  tls: none',
            `  groups: { base: '${groupsBase}', placeholder: '${nobody}' }`,
            `  accounts: { base: 'ou=people,${suffix}' }`,
            '  accesslog: cn=accesslog',
          ],
        },
        { what: 'administrator', connectionString: as(administrator) },
      ],
    };
  },
};

/** Creates what is missing, and gives Rolewave's login a new password. */
async function fill(url: string, administratorPassword: string, loginPassword: string): Promise<void> {
  const client = new Client({ url, timeout: 30_000, connectTimeout: 5_000 });
  try {
    await client.bind(administrator, administratorPassword);
    const ensure = async (dn: string, attributes: Record<string, string | string[]>): Promise<void> => {
      const alreadyExists = 68;
      await client.add(dn, attributes).catch((error: { code?: unknown }) => {
        if (error.code !== alreadyExists) throw error;
      });
    };
    await ensure(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
    for (const unit of ['people', 'groups']) await ensure(`ou=${unit},${suffix}`, { objectClass: 'organizationalUnit', ou: unit });
    await ensure(nobody, { objectClass: 'organizationalRole', cn: 'nobody' });
    await ensure(loginDn, { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn: login, userPassword: loginPassword });
    await client.modify(loginDn, new Change({ operation: 'replace', modification: new Attribute({ type: 'userPassword', values: [loginPassword] }) }));
    for (const account of people) await ensure(personDn(account), { objectClass: 'inetOrgPerson', uid: account, cn: account, sn: account });
    for (const { name, about, holders } of roles)
      await ensure(`cn=${name},${groupsBase}`, { objectClass: 'groupOfNames', cn: name, description: about, member: [nobody, ...holders.map(personDn)] });
  } finally {
    await client.unbind().catch(() => undefined);
  }
}
