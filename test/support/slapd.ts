/** For tests: a throw-away OpenLDAP on this machine's loopback address, as an ordinary user, with its log of changes. Ends and removes everything by `stop`. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ldapts';
import type { LdapSettings } from '../../connectors/ldap/settings.ts';
import { findSlapd } from '../../provision/find-slapd.ts';
import { silent } from '../../provision/progress.ts';
import { removeSlapd, startSlapd } from '../../provision/slapd.ts';
import { makeCertificate } from './certificate.ts';

export const suffix = 'dc=example,dc=com';
export const people = `ou=people,${suffix}`;
export const groups = `ou=groups,${suffix}`;
/** In each group, so that it has a member. */
export const nobody = `cn=nobody,${suffix}`;
const dnOf = (login: string) => `cn=${login},${suffix}`;
export const logins = { admin: dnOf('admin'), rolewave: dnOf('rolewave'), kim: dnOf('kim'), auditor: dnOf('auditor') };
/** Each login's password. */
export const passwordOf = (dn: string): string => `pass ${dn}/:@ %`;

let missing = '';
export const slapd = await findSlapd((reason) => void (missing = reason));
/** Ends the name of tests that need a directory: why they are skipped, where there is none. */
export const ifMissing = slapd ? '' : `, which this machine cannot have: ${missing}`;

export interface TestDirectory {
  host: string;
  /** ldap:// and ldaps://. */
  port: number;
  securePort: number;
  /** The file of the certificate that it shows, which signs itself. */
  certificate: string;
  /** Signed in as an administrator of the directory. */
  admin: Client;
  /** Signed in as another administrator of groups. */
  kim: Client;
  stop(): Promise<void>;
}

/** As a site file would say it, for Rolewave's login. */
export const settingsOf = ({ host, port }: TestDirectory, change: Partial<LdapSettings> = {}): LdapSettings => ({
  host,
  port,
  security: 'none',
  bindDn: logins.rolewave,
  password: passwordOf(logins.rolewave),
  groups: { base: groups, name: 'cn', placeholder: nobody, marker: 'description', soleWriter: false },
  accounts: { base: people, name: 'uid' },
  accesslog: 'cn=accesslog',
  breakGlass: [],
  ...change,
});

/** `refint`: the server itself writes new names of people into groups, and takes deleted ones out. `sizeLimit`: entries that it answers at once. */
export async function startDirectory({ refint = false, sizeLimit = 500 } = {}): Promise<TestDirectory> {
  if (!slapd) throw new Error('there is no slapd on this machine: skip this test');
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-slapd-'));
  const tls = await makeCertificate(folder);
  const server = await startSlapd({
    slapd,
    dir: folder,
    suffix,
    administrator: { dn: logins.admin, password: passwordOf(logins.admin) },
    // Also when its login is replaced by another one.
    logReader: new RegExp(`^cn=rolewave[^,]*,${suffix}`),
    access: [
      'to attrs=userPassword by anonymous auth by * none',
      `to dn.subtree="${groups}" by dn.exact="${logins.rolewave}" write by dn.exact="${logins.kim}" write by group.exact="cn=writers,${suffix}" write by * read`,
      'to * by * read',
    ],
    settings: [
      "objectclass ( 1.3.6.1.4.1.4203.666.11.99 NAME 'group' DESC 'as in Active Directory: may be empty' SUP top STRUCTURAL MUST cn MAY ( member $ description ) )",
      'moduleload ppolicy',
      ...(refint ? ['moduleload refint'] : []),
      `sizelimit ${sizeLimit}`,
    ],
    overlays: ['overlay ppolicy', ...(refint ? ['overlay refint', 'refint_attributes member uniqueMember'] : [])],
    port: 0,
    tls,
    throwaway: true,
    progress: silent,
  });
  const admin = await signedIn(server.url, logins.admin);
  await fill(admin);
  const kim = await signedIn(server.url, logins.kim);
  return {
    host: server.host,
    port: server.port,
    securePort: server.securePort ?? 0,
    certificate: tls.certificate,
    admin,
    kim,
    stop: async () => {
      await Promise.all([admin.unbind(), kim.unbind()]).catch(() => undefined);
      await server.stop();
      await removeSlapd(folder);
    },
  };
}

async function signedIn(url: string, dn: string): Promise<Client> {
  const client = new Client({ url, timeout: 30_000 });
  await client.bind(dn, passwordOf(dn));
  return client;
}

async function fill(admin: Client): Promise<void> {
  await admin.add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
  for (const login of ['rolewave', 'kim', 'auditor'])
    await admin.add(dnOf(login), { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn: login, userPassword: passwordOf(dnOf(login)) });
  await admin.add(nobody, { objectClass: 'organizationalRole', cn: 'nobody' });
  for (const dn of [people, groups]) await admin.add(dn, { objectClass: 'organizationalUnit', ou: dn.slice(3).split(',')[0] ?? '' });
}
