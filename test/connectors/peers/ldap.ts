/** A throw-away OpenLDAP as a peer of the contract suite, with groups of one form. */
import { Attribute, Change } from 'ldapts';
import type { Connector } from '../../../connectors/connector.ts';
import { ldapConnector } from '../../../connectors/ldap/connector.ts';
import type { LdapSettings } from '../../../connectors/ldap/settings.ts';
import { groups, nobody, people, settingsOf, startDirectory } from '../../support/slapd.ts';
import { wrongPassword, type Peer, type What } from '../peer.ts';

type GroupClass = 'groupOfNames' | 'groupOfUniqueNames' | 'posixGroup' | 'group';
const attributes: Record<GroupClass, string> = { groupOfNames: 'member', groupOfUniqueNames: 'uniqueMember', posixGroup: 'memberUid', group: 'member' };

/** `open`: as Rolewave is to open it. */
export async function ldapPeer(objectClass: GroupClass, open: (settings: LdapSettings) => Connector = ldapConnector): Promise<Peer> {
  // The tests of the contract make some hundred accounts, and one counts all of them.
  const directory = await startDirectory({ sizeLimit: 5_000 });
  const { admin, kim } = directory;
  const attribute = attributes[objectClass];
  const byDn = objectClass !== 'posixGroup';
  const settings = settingsOf(directory);
  const at = (host: string, port: number) => open({ ...settings, host, port });
  const connector = open(settings);
  let count = 0;
  const next = (what: string) => `${what} ${(count += 1)}`;
  const groupDn = (name: string) => `cn=${name},${groups}`;
  const personDn = (name: string) => `uid=${name},${people}`;
  const valueOf = (name: string) => (byDn ? personDn(name) : name);
  const change = (operation: 'add' | 'delete', values: string[]) => new Change({ operation, modification: new Attribute({ type: attribute, values }) });
  /** What the schema wants. */
  const firstOf = (of: GroupClass): Record<string, string> => {
    if (of === 'posixGroup') return { gidNumber: String(10_000 + (count += 1)) };
    return of === 'group' ? {} : { [attribute]: nobody };
  };
  const addGroup = (name: string) =>
    admin.add(groupDn(name), {
      objectClass,
      cn: name,
      ...firstOf(objectClass),
    });
  const addPerson = (name: string) => admin.add(personDn(name), { objectClass: 'inetOrgPerson', uid: name, cn: name, sn: name });
  const groupsOf = async (name: string) => {
    const { searchEntries } = await admin.search(groups, { scope: 'one', filter: `(${attribute}=${valueOf(name)})`, attributes: ['1.1'] });
    return searchEntries.map(({ dn }) => dn);
  };
  /** As a careful administrator does it: with what the person holds. */
  const drop = async (what: What, name: string) => {
    if (what === 'role') return admin.del(groupDn(name));
    for (const dn of await groupsOf(name)) await admin.modify(dn, change('delete', [valueOf(name)]));
    return admin.del(personDn(name));
  };
  return {
    connector,
    another: () => open(settings),
    unreachable: () => at(directory.host, 1),
    refused: () => ldapConnector({ ...settings, password: wrongPassword }),
    network: { host: directory.host, port: directory.port, at },
    role: async () => {
      const name = next('role');
      await addGroup(name);
      return name;
    },
    accounts: async (many) => {
      const names = Array.from({ length: many }, () => next('person'));
      await Promise.all(names.map(addPerson));
      return names;
    },
    grant: (role, account) =>
      kim.modify(groupDn(role), change('add', [valueOf(account)])).catch((error: { code?: number }) => {
        // Who is a member is one already: a directory knows no second grant.
        if (error.code !== 20) throw error;
      }),
    revokeAll: (role, account) =>
      kim.modify(groupDn(role), change('delete', [valueOf(account)])).catch((error: { code?: number }) => {
        if (error.code !== 16) throw error;
      }),
    rename: async (what, name) => {
      const now = next(what === 'role' ? 'role' : 'person');
      if (what === 'role') await admin.modifyDN(groupDn(name), `cn=${now}`);
      else {
        const held = await groupsOf(name);
        await admin.modifyDN(personDn(name), `uid=${now}`);
        for (const dn of held) await admin.modify(dn, [change('delete', [valueOf(name)]), change('add', [valueOf(now)])]);
      }
      return now;
    },
    drop,
    recreate: async (what, name) => {
      await drop(what, name);
      await (what === 'role' ? addGroup(name) : addPerson(name));
    },
    lock: async (account) =>
      admin.modify(
        personDn(account),
        new Change({ operation: 'add', modification: new Attribute({ type: 'pwdAccountLockedTime', values: ['000001010000Z'] }) }),
      ),
    ...(byDn
      ? {
          widen: async (role: string) => {
            const name = next('wider');
            await addGroup(name);
            await admin.modify(groupDn(name), change('add', [groupDn(role)]));
          },
        }
      : {}),
    close: async () => {
      await connector.close();
      await directory.stop();
    },
  };
}
