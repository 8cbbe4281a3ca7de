/** A throw-away OpenLDAP with its log of changes, filled with people and groups. */
import { chmod, mkdir } from 'node:fs/promises';
import { Client } from 'ldapts';
import type { LdapSettings } from '../../connectors/ldap/settings.ts';
import type { Slapd } from '../../provision/find-slapd.ts';
import { silent } from '../../provision/progress.ts';
import { removeSlapd, startSlapd } from '../../provision/slapd.ts';
import { inParallel } from '../engine/side.ts';

const suffix = 'dc=example,dc=com';
const [people, groups] = [`ou=people,${suffix}`, `ou=groups,${suffix}`];
const nobody = `cn=nobody,${suffix}`;
const password = 'bench';
const addedAtOnce = 16;
const loginOf = (name: string) => `cn=${name},${suffix}`;

export const groupDn = (name: string): string => `cn=${name},${groups}`;
export const personDn = (name: string): string => `uid=${name},${people}`;
/** The administrator who works by hand. */
export const administrator = { dn: loginOf('kim'), password };

/** As a site file would say it, for Rolewave's login. */
export const settingsAt = (host: string, port: number): LdapSettings => ({
  host,
  port,
  security: 'none',
  bindDn: loginOf('rolewave'),
  password,
  groups: { base: groups, name: 'cn', placeholder: nobody, marker: 'description', soleWriter: false },
  accounts: { base: people, name: 'uid' },
  accesslog: 'cn=accesslog',
  breakGlass: [],
});

export interface Directory {
  url: string;
  host: string;
  port: number;
  addPeople(names: string[]): Promise<void>;
  /** Each with a member that is nobody, as groupOfNames wants one. */
  addGroups(names: string[]): Promise<void>;
  /** How many members the group has besides nobody. */
  members(group: string): Promise<number>;
  stop(): Promise<void>;
}

export async function startDirectory(slapd: Slapd, dir: string): Promise<Directory> {
  await mkdir(dir, { recursive: true });
  await chmod(dir, 0o711);
  const [rolewave, kim] = [loginOf('rolewave'), administrator.dn];
  const server = await startSlapd({
    slapd,
    dir,
    suffix,
    administrator: { dn: loginOf('admin'), password },
    logReader: rolewave,
    access: [
      'to attrs=userPassword by anonymous auth by * none',
      `to dn.subtree="${groups}" by dn.exact="${rolewave}" write by dn.exact="${kim}" write by * read`,
      'to * by * read',
    ],
    port: 0,
    throwaway: true,
    progress: silent,
  });
  const admin = new Client({ url: server.url, timeout: 60_000 });
  await admin.bind(loginOf('admin'), password);
  await admin.add(suffix, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
  for (const name of ['rolewave', 'kim'])
    await admin.add(loginOf(name), { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn: name, userPassword: password });
  await admin.add(nobody, { objectClass: 'organizationalRole', cn: 'nobody' });
  await admin.add(people, { objectClass: 'organizationalUnit', ou: 'people' });
  await admin.add(groups, { objectClass: 'organizationalUnit', ou: 'groups' });
  return {
    url: server.url,
    host: server.host,
    port: server.port,
    addPeople: (names) => inParallel(addedAtOnce, names, (uid) => admin.add(personDn(uid), { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid })),
    addGroups: (names) => inParallel(addedAtOnce, names, (cn) => admin.add(groupDn(cn), { objectClass: 'groupOfNames', cn, member: nobody })),
    members: async (group) => {
      const { searchEntries } = await admin.search(groupDn(group), { scope: 'base', attributes: ['member'] });
      return [searchEntries[0]?.['member'] ?? []].flat().filter((member) => member !== nobody).length;
    },
    stop: async () => {
      await admin.unbind().catch(() => undefined);
      await server.stop();
      await removeSlapd(dir);
    },
  };
}
