/** What a directory has and other systems do not: encryption, logs of changes, last members, DNs, rights of a login, and a change that comes too late. */
import { Attribute, Change } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import {
  groups,
  logins,
  nobody,
  ifMissing,
  passwordOf,
  people,
  settingsOf,
  slapd,
  startDirectory,
  suffix,
  type TestDirectory,
} from '../../test/support/slapd.ts';
import { site } from '../../test/support/site.ts';
import type { Connector } from '../connector.ts';
import { openSystem } from '../registry.ts';
import { ldapConnector } from './connector.ts';
import type { LdapSettings } from './settings.ts';

describe.skipIf(!slapd)(`a directory${ifMissing}`, () => {
  let directory: TestDirectory;
  let count = 0;
  const opened: Connector[] = [];
  beforeAll(async () => {
    directory = await startDirectory({ refint: true, sizeLimit: 100 });
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await directory?.stop();
  });

  const open = (change: Partial<LdapSettings> = {}): Connector => {
    const connector = ldapConnector(settingsOf(directory, change));
    opened.push(connector);
    return connector;
  };
  const personDn = (name: string) => `uid=${name},${people}`;
  const groupDn = (name: string) => `cn=${name},${groups}`;
  const change = (operation: 'add' | 'delete', type: string, value: string) =>
    new Change({ operation, modification: new Attribute({ type, values: [value] }) });
  const person = async () => {
    const name = `person${(count += 1)}`;
    await directory.admin.add(personDn(name), { objectClass: 'inetOrgPerson', uid: name, cn: name, sn: name });
    return name;
  };

  test('accounts are counted without those that cannot log in; where plans name them by their DN, they are not counted', async () => {
    const connector = open();
    const before = (await connector.accountCount?.()) ?? 0;
    for (let more = 0; more < 40; more += 1) await person();
    expect(await connector.accountCount?.()).toBe(before + 40);
    await directory.admin.add(personDn('expired'), {
      objectClass: ['inetOrgPerson', 'shadowAccount'],
      uid: 'expired',
      cn: 'expired',
      sn: 'expired',
      shadowExpire: '0',
    });
    await directory.admin.add(`cn=printer,${people}`, { objectClass: 'device', cn: 'printer' });
    expect(await connector.accountCount?.()).toBe(before + 40);
    expect(open({ accounts: { base: people, name: 'dn' } }).accountCount).toBeUndefined();
  });
  const group = async (members = [nobody]) => {
    const name = `group${(count += 1)}`;
    await directory.admin.add(groupDn(name), { objectClass: 'groupOfNames', cn: name, member: members });
    return name;
  };
  const membersOf = async (name: string): Promise<string[]> => {
    const { searchEntries } = await directory.admin.search(groupDn(name), { scope: 'base', attributes: ['member'] });
    const member = searchEntries[0]?.['member'] ?? [];
    return (Array.isArray(member) ? member : [member]).map(String);
  };
  const groupsWithout = { ...settingsOf({ host: '', port: 0 } as TestDirectory).groups };

  describe('over an encrypted connection', () => {
    test('ldaps:// and StartTLS are signed in where the certificate is known', async () => {
      for (const [security, port] of [
        ['ldaps', directory.securePort],
        ['startTls', directory.port],
      ] as const) {
        const connector = open({ security, port, caFile: directory.certificate });
        expect(await connector.place()).toBe(await open().place());
      }
    });

    test('nothing is said to a server whose certificate nobody vouches for, or that has another name', async () => {
      for (const [security, port] of [
        ['ldaps', directory.securePort],
        ['startTls', directory.port],
      ] as const) {
        await expect(open({ security, port }).place()).rejects.toThrow('its certificate or its encryption is not accepted');
        const elsewhere = open({ security, port, host: '127.0.0.2', caFile: directory.certificate });
        await expect(elsewhere.place()).rejects.toThrow(SystemUnavailable);
      }
    });
  });

  test('a system is opened as a site file declares it: StartTLS and the authorities of the file', async () => {
    const declared = {
      groups: { base: groups },
      accounts: { base: people },
      accesslog: 'cn=accesslog',
      caFile: directory.certificate,
    };
    const [system] = site({ systems: [{ id: 'ldap', kind: 'ldap', connection: { env: 'LDAP' }, ...declared }] }).systems;
    const address = `ldap://${encodeURIComponent(logins.rolewave)}:${encodeURIComponent(passwordOf(logins.rolewave))}@127.0.0.1:${directory.port}`;
    const [name, account, connector] = [await group(), await person(), await openSystem(system!, { LDAP: address })];
    opened.push(connector);
    const ours = await oneByOne(connector).granted(name, account);
    expect((await open().snapshot([name], [])).grants).toEqual([ours]);
    const { lines } = await connector.check([name]);
    expect(lines.filter(({ state }) => state !== 'ok')).toMatchObject([{ fix: expect.stringContaining('groups.placeholder') }]);
    const missing = await openSystem({ ...system!, caFile: '/nowhere/ca.pem' } as never, { LDAP: address });
    await expect(missing.place()).rejects.toThrow('the file of certificates /nowhere/ca.pem cannot be read (ENOENT)');
  });

  test('a login that is not let in is tried again, and its password is in no error', async () => {
    const refused = await open({ password: 'not the password' })
      .snapshot(['x'], [])
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SystemUnavailable);
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused as Error))).not.toContain('not the password');
    expect((refused as Error).message).toContain('invalidCredentials (49)');
  });

  test('a group that the login may not write is refused in the words of the server, and the doctor says what to allow', async () => {
    const [name, account] = [await group(), await person()];
    const auditor = open({ bindDn: logins.auditor, password: passwordOf(logins.auditor), accesslog: undefined });
    expect(await oneByOne(auditor).grant(name, account)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('insufficientAccessRights (50)') });
    const { lines } = await auditor.check([name]);
    expect(lines.find(({ text }) => text.includes(name))).toMatchObject({
      state: 'wrong',
      fix: expect.stringContaining(`write member and description of ${groupDn(name)}`),
    });
  });

  describe('without a log of changes', () => {
    test('grants, and leaves what it cannot tell from an access of somebody else (R1)', async () => {
      const [name, account] = [await group(), await person()];
      const one = oneByOne(open({ accesslog: undefined }));
      const ours = await one.granted(name, account);
      expect(ours).not.toHaveProperty('id');
      expect(await one.revoke(ours)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('cannot be told in this directory') });
      expect(await membersOf(name)).toContain(personDn(account));
    });

    test('revokes where the site says that nobody else changes the group, as long as nobody has', async () => {
      const [name, ann, ben] = [await group(), await person(), await person()];
      const one = oneByOne(open({ accesslog: undefined, groups: { ...groupsWithout, soleWriter: true } }));
      const [ofAnn, ofBen] = [await one.granted(name, ann), await one.granted(name, ben)];
      expect(await one.revoke(ofAnn)).toEqual({ outcome: 'revoked' });
      await directory.kim.modify(groupDn(name), change('add', 'member', personDn(ann)));
      expect(await one.revoke(ofBen)).toMatchObject({ outcome: 'failed', why: expect.stringContaining(`${logins.kim} has changed it`) });
    });
  });

  describe('whose server writes new names of people into groups', () => {
    test('our grant is told by the log under the new name, also where the person moved to another part of the tree', async () => {
      const [name, account, one] = [await group(), await person(), oneByOne(open())];
      const ours = await one.granted(name, account);
      await directory.admin.modifyDN(personDn(account), `uid=${account}x`);
      await expect.poll(() => membersOf(name)).toContain(personDn(`${account}x`));
      const { grants } = await open().snapshot([name], []);
      expect(grants).toEqual([{ ...ours, account: `${account}x` }]);
      expect(await one.revoke(ours)).toEqual({ outcome: 'revoked' });
    });

    test('an account that was deleted, made again and added again is not ours', async () => {
      const [name, account, one] = [await group(), await person(), oneByOne(open())];
      const ours = await one.granted(name, account);
      await directory.admin.del(personDn(account));
      await expect.poll(() => membersOf(name)).not.toContain(personDn(account));
      await directory.admin.add(personDn(account), { objectClass: 'inetOrgPerson', uid: account, cn: account, sn: account });
      await directory.kim.modify(groupDn(name), change('add', 'member', personDn(account)));
      expect(await one.revoke(ours)).toEqual({ outcome: 'gone' });
      expect(await membersOf(name)).toContain(personDn(account));
    });
  });

  describe('whose groups must keep a member', () => {
    test('the last one stays where no placeholder is named, and the others go', async () => {
      const [ann, ben] = [await person(), await person()];
      const name = await group([personDn(ann), personDn(ben)]);
      const connector = open({ groups: { ...groupsWithout, placeholder: undefined } });
      const { grants } = await connector.snapshot([name], []);
      expect(await connector.revoke(grants, unrecorded)).toEqual([
        { outcome: 'revoked' },
        { outcome: 'failed', why: expect.stringMatching(new RegExp(`${ben} is the last member of '${name}'.*groups.placeholder`)) },
      ]);
    });

    test('the placeholder takes the place of the last one, and is nobody', async () => {
      const ann = await person();
      const name = await group([personDn(ann)]);
      const connector = open();
      const { grants } = await connector.snapshot([name], []);
      expect(await connector.revoke(grants, unrecorded)).toEqual([{ outcome: 'revoked' }]);
      expect(await membersOf(name)).toEqual([nobody]);
      expect((await connector.snapshot([name], [])).grants).toEqual([]);
    });

    test('the placeholder is granted nothing, also where its entry is that of an account', async () => {
      const [ann, ben] = [await person(), await person()];
      const name = await group([personDn(ben)]);
      const connector = open({ groups: { ...groupsWithout, placeholder: personDn(ann) } });
      expect(await connector.grant([{ role: name, account: ann }], unrecorded)).toEqual([
        { outcome: 'failed', why: expect.stringContaining('is the placeholder of empty groups') },
      ]);
    });
  });

  describe('when somebody else is faster', () => {
    test('a change to other members changes nothing of ours', async () => {
      const [name, ann, ben] = [await group(), await person(), await person()];
      const connector = open();
      const theirs = () => directory.kim.modify(groupDn(name), change('add', 'member', personDn(ben)));
      const [granted] = await connector.grant([{ role: name, account: ann }], theirs);
      expect(granted).toMatchObject({ outcome: 'created' });
      const held = (await connector.snapshot([name], [])).grants;
      expect(new Map(held.map(({ account, grantor }) => [account, grantor]))).toEqual(
        new Map([
          [ann, logins.rolewave],
          [ben, logins.kim],
        ]),
      );
    });

    test('what was told and is not so any more is not done, and is tried again', async () => {
      const [name, ann] = [await group(), await person()];
      const connector = open();
      let transaction = '';
      const theirs = async (_told: unknown, id?: string) => {
        transaction = id ?? '';
        await directory.kim.modify(groupDn(name), change('add', 'member', personDn(ann)));
      };
      await expect(connector.grant([{ role: name, account: ann }], theirs)).rejects.toThrow(SystemUnavailable);
      expect(await connector.wasCommitted(transaction)).toBe('aborted');
      expect(await oneByOne(connector).grant(name, ann)).toMatchObject({ outcome: 'preexisting', grants: [{ grantor: logins.kim }] });
    });

    test('a member who is removed and added again in the moment before a revoke stays (R1)', async () => {
      const [name, ann, connector] = [await group(), await person(), open()];
      const ours = await oneByOne(connector).granted(name, ann);
      const theirs = async () => {
        await directory.kim.modify(groupDn(name), change('delete', 'member', personDn(ann)));
        await directory.kim.modify(groupDn(name), change('add', 'member', personDn(ann)));
      };
      await expect(connector.revoke([ours], theirs)).rejects.toThrow(SystemUnavailable);
      expect(await oneByOne(connector).revoke(ours)).toEqual({ outcome: 'gone' });
      expect(await membersOf(name)).toContain(personDn(ann));
    });

    test('a change that was asked about and given up never comes (R5)', async () => {
      const [name, ann] = [await group(), await person()];
      const connector = open();
      let transaction = '';
      const late = connector.grant([{ role: name, account: ann }], async (_told, id) => {
        transaction = id ?? '';
        expect(await open().wasCommitted(transaction)).toBe('aborted');
      });
      await expect(late).rejects.toThrow(SystemUnavailable);
      expect([await connector.wasCommitted(transaction), await membersOf(name)]).toEqual(['aborted', [nobody]]);
    });
  });

  describe('that answers a part of what is asked', () => {
    test('a list of more members and changes than the server sends at once is whole', async () => {
      const [name, connector] = [await group(), open()];
      const accounts = await Promise.all(Array.from({ length: 120 }, person));
      await connector.grant(
        accounts.map((account) => ({ role: name, account })),
        unrecorded,
      );
      // More than one page of the log.
      const touch = (at: number) => directory.kim.modify(groupDn(name), change('add', 'seeAlso', `cn=${at},${suffix}`));
      await Promise.all(Array.from({ length: 600 }, (_, at) => touch(at)));
      const { grants } = await connector.snapshot([name], []);
      expect(grants.map(({ account }) => account).toSorted()).toEqual(accounts.toSorted());
      expect(new Set(grants.map(({ grantor }) => grantor))).toEqual(new Set([logins.rolewave]));
    });

    test('groups and people are found by DN where the site says so', async () => {
      const [name, account] = [await group(), await person()];
      const connector = open({ groups: { ...groupsWithout, name: 'dn' }, accounts: { base: people, name: 'dn' } });
      const ours = await oneByOne(connector).granted(groupDn(name), personDn(account));
      expect((await connector.snapshot([groupDn(name)], [personDn(account), personDn('ghost')])).grants).toEqual([ours]);
      expect(await oneByOne(connector).revoke(ours)).toEqual({ outcome: 'revoked' });
    });

    test('what is not at or below the base of the site file is no account and no group, and neither is a group an account (R8)', async () => {
      const elsewhere = `ou=elsewhere${(count += 1)},${suffix}`;
      await directory.admin.add(elsewhere, { objectClass: 'organizationalUnit', ou: elsewhere.slice(3).split(',')[0]! });
      const [service, other] = [`uid=service,${elsewhere}`, `cn=other,${elsewhere}`];
      await directory.admin.add(service, { objectClass: 'inetOrgPerson', uid: 'service', cn: 'service', sn: 'service' });
      await directory.admin.add(other, { objectClass: 'groupOfNames', cn: 'other', member: nobody });
      const name = await group();
      const inGroups = groupDn(await group());
      const connector = open({ groups: { ...groupsWithout, name: 'dn' }, accounts: { base: suffix, name: 'dn' } });
      expect(await oneByOne(connector).grant(groupDn(name), inGroups)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('does not exist') });
      const narrow = open({ groups: { ...groupsWithout, name: 'dn' }, accounts: { base: people, name: 'dn' } });
      const { roles, unknownAccounts } = await narrow.snapshot([other], [service, inGroups]);
      expect([roles.map(({ exists }) => exists), unknownAccounts]).toEqual([[false], [service, inGroups]]);
      expect(await oneByOne(narrow).grant(groupDn(name), service)).toMatchObject({ outcome: 'failed' });
      expect(await membersOf(name)).toEqual([nobody]);
    });

    test('a person whose entry was moved away from the base keeps the access until it is revoked, and it is', async () => {
      const [name, account] = [await group(), await person()];
      const leavers = `ou=leavers${(count += 1)},${suffix}`;
      await directory.admin.add(leavers, { objectClass: 'organizationalUnit', ou: leavers.slice(3).split(',')[0]! });
      const ours = await oneByOne(open()).granted(name, account);
      await directory.admin.modifyDN(personDn(account), `uid=${account},${leavers}`);
      // The overlay writes the new name a moment after the change.
      await expect.poll(() => membersOf(name)).toContain(`uid=${account},${leavers}`);
      expect(await oneByOne(open()).revoke(ours)).toEqual({ outcome: 'revoked' });
      expect(await membersOf(name)).toEqual([nobody]);
    });

    test('what is forbidden by name is not found by another spelling of the name, nor by a second one (R8)', async () => {
      const [name, account] = [await group(), await person()];
      await directory.admin.modify(groupDn(name), change('add', 'cn', `other ${name}`));
      await directory.admin.modify(personDn(account), change('add', 'uid', `other-${account}`));
      const { roles, unknownAccounts } = await open().snapshot(
        [name.toUpperCase(), `other ${name}`, ` ${name}`, name],
        [account.toUpperCase(), `other-${account}`, account],
      );
      expect(roles.map(({ exists }) => exists)).toEqual([false, false, false, true]);
      expect(unknownAccounts).toEqual([account.toUpperCase(), `other-${account}`]);
      const byDn = open({ groups: { ...groupsWithout, name: 'dn' }, accounts: { base: people, name: 'dn' } });
      const spelled = await byDn.snapshot([groupDn(name).toUpperCase(), groupDn(name)], [personDn(account).replace(',', ', ')]);
      expect([spelled.roles.map(({ exists }) => exists), spelled.unknownAccounts]).toEqual([[false, true], [personDn(account).replace(',', ', ')]]);
    });

    test('a name that two groups have is an error that names both', async () => {
      await directory.admin.add(`ou=more,${groups}`, { objectClass: 'organizationalUnit', ou: 'more' });
      const name = await group();
      await directory.admin.add(`cn=${name},ou=more,${groups}`, { objectClass: 'groupOfNames', cn: name, member: nobody });
      await expect(open().snapshot([name], [])).rejects.toThrow(`two groups are called '${name}': `);
    });

    test('a base that is not there is an error that says so', async () => {
      await expect(open({ accounts: { base: `ou=nowhere,${suffix}`, name: 'uid' } }).snapshot([], ['ann'])).rejects.toThrow('noSuchObject (32)');
    });
  });
});
