/** People who were looked up for one role, and get the next one. */
import { Attribute, Change } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLine } from '../../test/support/line.ts';
import { unrecorded } from '../../test/support/one-by-one.ts';
import { groups, ifMissing, nobody, people, settingsOf, slapd, startDirectory, type TestDirectory } from '../../test/support/slapd.ts';
import type { Connector, SystemSnapshot, WantedGrant } from '../connector.ts';
import { ldapConnector } from './connector.ts';
import type { LdapSettings } from './settings.ts';

describe.skipIf(!slapd)(`a directory in which many people get several roles${ifMissing}`, () => {
  let directory: TestDirectory;
  let count = 0;
  const names = Array.from({ length: 600 }, (_, at) => `person${at}`);
  const opened: Connector[] = [];
  const personDn = (name: string) => `uid=${name},${people}`;
  const replace = (type: string, value: string) => new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) });
  const add = (name: string) =>
    directory.admin.add(personDn(name), { objectClass: ['inetOrgPerson', 'shadowAccount'], uid: name, cn: name, sn: name, description: 'somebody' });
  beforeAll(async () => {
    directory = await startDirectory();
    await Promise.all(names.map(add));
    // Without any change in it, a log does not show that it is written.
    await directory.admin.modify(personDn('person0'), replace('description', 'changed'));
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
  const group = async () => {
    const name = `role${(count += 1)}`;
    await directory.admin.add(`cn=${name},${groups}`, { objectClass: 'groupOfNames', cn: name, member: nobody });
    return name;
  };
  /** As they were signed. */
  const wantedOf = (role: string, { accounts }: SystemSnapshot): WantedGrant[] =>
    accounts.map(({ account, id }) => ({ role, account, ...(id === undefined ? {} : { accountId: id }) }));

  test.each([
    ['who is locked', 3, (name: string) => directory.admin.modify(personDn(name), replace('shadowExpire', '1')), /locked/],
    ['who is renamed', 5, (name: string) => directory.admin.modifyDN(personDn(name), `uid=${name}x`), /renamed/],
    ['who is deleted', 7, (name: string) => directory.admin.del(personDn(name)), /dropped/],
    [
      'who is deleted and made again',
      9,
      async (name: string) => {
        await directory.admin.del(personDn(name));
        await add(name);
      },
      /dropped and created again/,
    ],
  ] as const)('a person %s after the first role does not get the second one', async (_what, at, change, why) => {
    const [connector, first, second, name] = [open(), await group(), await group(), `person${at}`];
    const signed = await connector.snapshot([first, second], names);
    const outcomes = await connector.grant(wantedOf(first, signed), unrecorded);
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['created']));
    await change(name);
    const after = await connector.grant(wantedOf(second, signed), unrecorded);
    const failed = wantedOf(second, signed).flatMap(({ account }, index) => (after[index]?.outcome === 'created' ? [] : [[account, after[index]]]));
    expect(failed).toEqual([[name, { outcome: 'failed', why: expect.stringMatching(why) as string }]]);
  });

  test.each([
    ['all of its entries', () => true],
    // As the overlay purges it: by age.
    ['its oldest entries, the newest that was known included', (at: number, all: number) => at < all - 1],
  ])('a person who is locked while the log loses %s does not get the second role', async (_what, isLost) => {
    const name = `person${11 + count}`;
    const [connector, first, second] = [open(), await group(), await group()];
    const signed = await connector.snapshot([first, second], names);
    await connector.grant(wantedOf(first, signed), unrecorded);
    await directory.admin.modify(personDn(name), replace('shadowExpire', '1'));
    // It may be the only change that is left.
    await directory.admin.modify(personDn('person599'), replace('description', `changed ${count}`));
    const { searchEntries } = await directory.admin.search('cn=accesslog', { scope: 'one', attributes: ['reqStart'] });
    const oldestFirst = searchEntries.map(({ dn }) => dn).toSorted();
    const lost = oldestFirst.filter((_, at) => isLost(at, oldestFirst.length));
    for (const dn of lost) await directory.admin.del(dn);
    const after = await connector.grant(wantedOf(second, signed), unrecorded);
    const at = wantedOf(second, signed).findIndex(({ account }) => account === name);
    expect(after[at]).toEqual({ outcome: 'failed', why: expect.stringMatching(/locked/) as string });
    expect(after.filter(({ outcome }) => outcome === 'created').length).toBeGreaterThan(500);
  });

  /** How many entries of people the directory sends while a second role is granted. */
  const sentFor = async (settings: Partial<LdapSettings>): Promise<number> => {
    let sent = '';
    const line = await openLine(directory, () => ({ fromServer: (data) => ((sent += data.toString('latin1')), data) }));
    const connector = open({ host: line.host, port: line.port, ...settings });
    const [first, second] = [await group(), await group()];
    const signed = await connector.snapshot([first, second], names);
    await connector.grant(wantedOf(first, signed), unrecorded);
    sent = '';
    await connector.grant(wantedOf(second, signed), unrecorded);
    const found = sent.split('inetOrgPerson').length - 1;
    await connector.close();
    await line.close();
    return found;
  };

  test('nobody is looked up again for the second role where nobody was changed', async () => {
    expect(await sentFor({})).toBe(0);
  });

  test('without a log everybody is looked up for each role', async () => {
    expect(await sentFor({ accesslog: undefined })).toBeGreaterThan(500);
  });

  test('OpenLDAP takes ten thousand members in one modify, and a server that is not known yet two thousand', async () => {
    const connector = open();
    expect(connector.atOnce).toEqual({ ofOneRole: true, grants: 2_000 });
    await connector.place();
    expect(connector.atOnce).toEqual({ ofOneRole: true, grants: 10_000 });
  });
});
