/** For tests: a throw-away OpenLDAP on this machine's loopback address, as an ordinary user, with its log of changes. Ends and removes everything by `stop`. */
import { spawn } from 'node:child_process';
import { chown, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'ldapts';
import type { LdapSettings } from '../../connectors/ldap/settings.ts';
import { findSlapd } from '../../provision/find-slapd.ts';
import { freePort } from '../../provision/free-port.ts';
import { runCommand } from '../../provision/command.ts';
import { unprivilegedAccount, type Account } from '../../provision/unprivileged.ts';

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
  const account = unprivilegedAccount();
  const directory = await mkdtemp(join(tmpdir(), 'rolewave-slapd-'));
  // A folder of the person who runs the tests may be closed to that user.
  const home = slapd.folder === undefined ? undefined : join(directory, 'openldap');
  if (slapd.folder !== undefined && home !== undefined) await cp(slapd.folder, home, { recursive: true, verbatimSymlinks: true });
  const inHome = (path: string) => (slapd?.folder === undefined || home === undefined ? path : path.replace(slapd.folder, home));
  const data = ['data', 'log'].map((name) => join(directory, name));
  for (const folder of data) await mkdir(folder);
  const certificate = await makeCertificate(directory);
  await writeFile(
    join(directory, 'slapd.conf'),
    configuration({ schemas: inHome(slapd.schemas), modules: inHome(slapd.modules), directory, refint, sizeLimit }),
  );
  if (account) await giveTo(account, directory);

  const [port, securePort] = [await freePort(), await freePort()];
  const server = spawn(
    inHome(slapd.program),
    ['-f', join(directory, 'slapd.conf'), '-h', `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${securePort}`, '-d', '0'],
    {
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
      cwd: directory,
      env: { ...process.env, LD_LIBRARY_PATH: slapd.libraries.map(inHome).join(':') },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  server.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = `ldap://127.0.0.1:${port}`;
  const admin = await signedIn(url, logins.admin, () => (server.exitCode === null ? undefined : `slapd ended: ${said}`));
  await fill(admin);
  const kim = await signedIn(url, logins.kim);
  return {
    host: '127.0.0.1',
    port,
    securePort,
    certificate,
    admin,
    kim,
    stop: async () => {
      await Promise.all([admin.unbind(), kim.unbind()]).catch(() => undefined);
      server.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function signedIn(url: string, dn: string, endedWhy: () => string | undefined = () => undefined): Promise<Client> {
  for (let attempt = 1; ; attempt++) {
    const client = new Client({ url, timeout: 30_000 });
    try {
      await client.bind(dn, passwordOf(dn));
      return client;
    } catch (error) {
      const why = endedWhy();
      if (why !== undefined) throw new Error(why, { cause: error });
      if (attempt === 150) throw error;
      await sleep(100);
    }
  }
}

async function fill(admin: Client): Promise<void> {
  await admin.add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
  for (const login of ['rolewave', 'kim', 'auditor'])
    await admin.add(dnOf(login), { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn: login, userPassword: passwordOf(dnOf(login)) });
  await admin.add(nobody, { objectClass: 'organizationalRole', cn: 'nobody' });
  for (const dn of [people, groups]) await admin.add(dn, { objectClass: 'organizationalUnit', ou: dn.slice(3).split(',')[0] ?? '' });
}

async function makeCertificate(directory: string): Promise<string> {
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', names];
  await runCommand('openssl', ['req', ...options, '-keyout', key, '-out', certificate], { timeoutMs: 30_000 });
  return certificate;
}

async function giveTo({ uid, gid }: Account, folder: string): Promise<void> {
  await chown(folder, uid, gid);
  for (const each of await readdir(folder, { withFileTypes: true })) {
    if (each.name === 'openldap') continue;
    const path = join(folder, each.name);
    if (each.isDirectory()) await giveTo({ uid, gid }, path);
    else await chown(path, uid, gid);
  }
}

interface Configuration {
  schemas: string;
  modules: string;
  directory: string;
  refint: boolean;
  sizeLimit: number;
}

const configuration = ({ schemas, modules, directory, refint, sizeLimit }: Configuration) => `
${['core', 'cosine', 'inetorgperson', 'nis'].map((name) => `include ${join(schemas, `${name}.schema`)}`).join('\n')}
objectclass ( 1.3.6.1.4.1.4203.666.11.99 NAME 'group' DESC 'as in Active Directory: may be empty' SUP top STRUCTURAL MUST cn MAY ( member $ description ) )
modulepath ${modules}
moduleload back_mdb
moduleload accesslog
moduleload ppolicy
${refint ? 'moduleload refint' : ''}
sizelimit ${sizeLimit}
sortvals member uniqueMember memberUid
TLSCertificateFile ${join(directory, 'certificate.pem')}
TLSCertificateKeyFile ${join(directory, 'key.pem')}

database mdb
suffix cn=accesslog
directory ${join(directory, 'log')}
rootdn ${logins.admin}
maxsize 1073741824
envflags nosync
index entryCSN,objectClass,reqStart,reqResult,reqType,reqEntryUUID eq
access to * by dn.regex="^cn=rolewave[^,]*,${suffix}" read by * none
limits dn.regex="^cn=rolewave[^,]*,${suffix}" size=unlimited

database mdb
suffix ${suffix}
rootdn ${logins.admin}
rootpw "${passwordOf(logins.admin)}"
directory ${join(directory, 'data')}
maxsize 1073741824
envflags nosync
index objectClass,entryUUID,uid,cn,member,uniqueMember,memberUid eq
overlay accesslog
logdb cn=accesslog
logops writes
logsuccess TRUE
overlay ppolicy
${refint ? 'overlay refint\nrefint_attributes member uniqueMember' : ''}
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="${groups}" by dn.exact="${logins.rolewave}" write by dn.exact="${logins.kim}" write by group.exact="cn=writers,${suffix}" write by * read
access to * by * read
`;
