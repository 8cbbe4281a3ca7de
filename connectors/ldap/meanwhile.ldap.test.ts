/** What administrators of a directory change between Rolewave's reading and its own change, and what the line does to answers meanwhile. */
import { Attribute, Change } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { openLine } from '../../test/support/line.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import {
  groups,
  ifMissing,
  logins,
  nobody,
  passwordOf,
  people,
  settingsOf,
  slapd,
  startDirectory,
  suffix,
  type TestDirectory,
} from '../../test/support/slapd.ts';
import type { Connector } from '../connector.ts';
import { ldapConnector } from './connector.ts';
import type { LdapSettings } from './settings.ts';

describe.skipIf(!slapd)(`in a directory that others change${ifMissing}`, () => {
  let directory: TestDirectory;
  let count = 0;
  const opened: Connector[] = [];
  beforeAll(async () => {
    directory = await startDirectory();
    await directory.admin.add(writers, { objectClass: 'groupOfNames', cn: 'writers', member: nobody });
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
  const writers = `cn=writers,${suffix}`;
  const personDn = (name: string) => `uid=${name},${people}`;
  const groupDn = (name: string) => `cn=${name},${groups}`;
  const change = (operation: 'add' | 'delete', value: string) => new Change({ operation, modification: new Attribute({ type: 'member', values: [value] }) });
  const addPerson = (name: string) => directory.admin.add(personDn(name), { objectClass: 'inetOrgPerson', uid: name, cn: name, sn: name });
  const person = async () => {
    const name = `someone${(count += 1)}`;
    await addPerson(name);
    return name;
  };
  const group = async () => {
    const name = `some${(count += 1)}`;
    await directory.admin.add(groupDn(name), { objectClass: 'groupOfNames', cn: name, member: nobody });
    return name;
  };
  const membersOf = async (name: string) => {
    const { searchEntries } = await directory.admin.search(groupDn(name), { scope: 'base', attributes: ['member'] });
    return [searchEntries[0]?.['member'] ?? []].flat().map(String);
  };
  const recreate = async (name: string) => {
    await directory.admin.del(personDn(name));
    await addPerson(name);
  };

  describe.each([
    ['with a log', {}],
    ['without a log', { accesslog: undefined }],
  ] as const)('%s', (_how, settings) => {
    test('an account that is made anew after it was recorded and before the change is not granted anything', async () => {
      const [name, ann, connector] = [await group(), await person(), open(settings)];
      let transaction = '';
      const meanwhile = async (_told: unknown, id = '') => {
        transaction = id;
        await recreate(ann);
      };
      await expect(connector.grant([{ role: name, account: ann }], meanwhile)).rejects.toThrow(SystemUnavailable);
      expect([await connector.wasCommitted(transaction), await membersOf(name)]).toEqual(['aborted', [nobody]]);
    });

    test('a group that is put into another one meanwhile is granted to nobody', async () => {
      const [name, wider, ann, connector] = [await group(), await group(), await person(), open(settings)];
      const digest = (await connector.snapshot([name], [])).roles[0]?.digest ?? '';
      const meanwhile = () => directory.admin.modify(groupDn(wider), change('add', groupDn(name)));
      await expect(connector.grant([{ role: name, account: ann, digest }], meanwhile)).rejects.toThrow(SystemUnavailable);
      expect(await membersOf(name)).toEqual([nobody]);
    });

    test('a renamed account that nobody asked about stops nothing', async () => {
      const [name, ann, ben, connector] = [await group(), await person(), await person(), open(settings)];
      const meanwhile = () => directory.admin.modifyDN(personDn(ben), `uid=${ben}x`);
      expect(await connector.grant([{ role: name, account: ann }], meanwhile)).toMatchObject([{ outcome: 'created' }]);
    });
  });

  test('nobody loses access because of a name that they were given in the moment before a revoke (R1)', async () => {
    const [name, ann, ben, connector] = [await group(), await person(), await person(), open()];
    const ours = await oneByOne(connector).granted(name, ann);
    const meanwhile = async () => {
      await directory.admin.modifyDN(personDn(ann), `uid=${ann}x`);
      await directory.admin.modifyDN(personDn(ben), `uid=${ann}`);
    };
    await expect(connector.revoke([ours], meanwhile)).rejects.toThrow(SystemUnavailable);
    expect(await membersOf(name)).toContain(personDn(ann));
  });

  /** Another login of Rolewave's, which may write groups until it is taken out of the writers. */
  const writer = async (): Promise<string> => {
    const cn = `rolewave-${(count += 1)}`;
    const dn = `cn=${cn},${suffix}`;
    await directory.admin.add(dn, { objectClass: ['organizationalRole', 'simpleSecurityObject'], cn, userPassword: passwordOf(dn) });
    await directory.admin.modify(writers, change('add', dn));
    return dn;
  };

  test('what became of a change is asked again while the login may not write the group (R5)', async () => {
    const [name, ann, dn] = [await group(), await person(), await writer()];
    const connector = open({ bindDn: dn, password: passwordOf(dn) });
    let transaction = '';
    const meanwhile = async (_told: unknown, id = '') => {
      transaction = id;
      await directory.admin.modify(writers, change('delete', dn));
    };
    await expect(connector.grant([{ role: name, account: ann }], meanwhile)).rejects.toThrow(SystemUnavailable);
    await expect(connector.wasCommitted(transaction)).rejects.toThrow(SystemUnavailable);
    await directory.admin.modify(writers, change('add', dn));
    expect([await connector.wasCommitted(transaction), await membersOf(name)]).toEqual(['aborted', [nobody]]);
  });

  test('what Rolewave granted is its own, also when its login has another name or is another one by now', async () => {
    const [name, ann, ben, old] = [await group(), await person(), await person(), await writer()];
    const before = oneByOne(open({ bindDn: old, password: passwordOf(old) }));
    const [ofAnn, ofBen] = [await before.granted(name, ann), await before.granted(name, ben)];
    await directory.kim.modify(groupDn(name), change('delete', personDn(ben)));
    await directory.kim.modify(groupDn(name), change('add', personDn(ben)));
    const now = oneByOne(open());
    expect([await now.revoke(ofAnn), await now.revoke(ofBen)]).toEqual([{ outcome: 'revoked' }, { outcome: 'gone' }]);
    expect(ofAnn.grantor).toBe(old);
    expect(logins.rolewave).not.toBe(old);
  });

  test.each(['before the change', 'after it'] as const)('whether a revoke took effect is told of a group that was deleted %s', async (when) => {
    const [name, ann, connector] = [await group(), await person(), open()];
    const ours = await oneByOne(connector).granted(name, ann);
    let transaction = '';
    const recorded = async (_told: unknown, id = '') => {
      transaction = id;
      if (when === 'before the change') await directory.admin.del(groupDn(name));
    };
    const revoking = connector.revoke([ours], recorded);
    if (when === 'before the change') await expect(revoking).rejects.toThrow(SystemUnavailable);
    else {
      await revoking;
      await directory.admin.del(groupDn(name));
    }
    expect(await connector.wasCommitted(transaction)).toBe(when === 'after it' ? 'committed' : 'aborted');
    expect(await open({ accesslog: undefined }).wasCommitted(transaction)).toBe('unknown');
  });

  test('answers that come twice are one answer', async () => {
    const line = await openLine(directory, () => ({ fromServer: (data) => ({ pieces: [data, data] }) }));
    const connector = open({ host: line.host, port: line.port });
    const [name, accounts] = [await group(), await Promise.all(Array.from({ length: 5 }, person))];
    const outcomes = await connector.grant(
      accounts.map((account) => ({ role: name, account })),
      unrecorded,
    );
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['created']));
    expect((await connector.snapshot([name], accounts)).grants.map(({ account }) => account).toSorted()).toEqual(accounts.toSorted());
    await connector.close();
    await line.close();
  });
});
