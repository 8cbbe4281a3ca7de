/** Groups of many people that are read again and again, for one preview after the other. */
import { Attribute, Change } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLine } from '../../test/support/line.ts';
import { groups, ifMissing, nobody, people, settingsOf, slapd, startDirectory, type TestDirectory } from '../../test/support/slapd.ts';
import type { Connector, Opening } from '../connector.ts';
import { ldapConnector } from './connector.ts';

describe.skipIf(!slapd)(`a directory whose groups have many members${ifMissing}`, () => {
  let directory: TestDirectory;
  const names = Array.from({ length: 1_200 }, (_, at) => `person${at}`);
  const dnOf = (name: string) => `uid=${name},${people}`;
  const replace = (type: string, value: string) => new Change({ operation: 'replace', modification: new Attribute({ type, values: [value] }) });
  const add = (name: string) => directory.admin.add(dnOf(name), { objectClass: 'inetOrgPerson', uid: name, cn: name, sn: name });
  beforeAll(async () => {
    directory = await startDirectory();
    // slapd ends a connection on which a thousand operations wait.
    for (let at = 0; at < names.length; at += 100) await Promise.all(names.slice(at, at + 100).map(add));
    for (const cn of ['all', 'most'])
      await directory.admin.add(`cn=${cn},${groups}`, { objectClass: 'groupOfNames', cn, member: [nobody, ...names.slice(cn === 'all' ? 0 : 100).map(dnOf)] });
    // Without any change in it, a log does not show that it is written.
    await directory.admin.modify(dnOf('person0'), replace('description', 'changed'));
  });
  afterAll(() => directory?.stop());

  /** Calls `work` with a connector that does this, and tells how many entries of people the directory has sent since `sent` was called last. */
  async function opened(aside: Opening['aside'], work: (connector: Connector, sent: () => number) => Promise<void>): Promise<void> {
    let bytes = '';
    const line = await openLine(directory, () => ({ fromServer: (data) => ((bytes += data.toString('latin1')), data) }));
    const connector = ldapConnector(settingsOf(directory, { host: line.host, port: line.port }), { aside });
    const sent = () => {
      const found = bytes.split('inetOrgPerson').length - 1;
      bytes = '';
      return found;
    };
    try {
      await work(connector, sent);
    } finally {
      await connector.close();
      await line.close();
    }
  }
  const readAnew = async (role: string) => {
    const connector = ldapConnector(settingsOf(directory));
    const found = await connector.snapshot([role], ['person1']);
    await connector.close();
    return found;
  };

  test('for readings, everybody is looked up once for all groups, also by readings at the same time', () =>
    opened('readings', async (connector, sent) => {
      await connector.place();
      sent();
      const [first, again] = await Promise.all([connector.snapshot(['all'], ['person1']), connector.snapshot(['all'], ['person1'])]);
      // The person of the plan is looked up for each.
      expect(sent()).toBeLessThanOrEqual(names.length + 2);
      expect(await connector.snapshot(['most'], ['person1'])).toEqual(await readAnew('most'));
      expect(sent()).toBe(1);
      expect([first, again]).toEqual(Array(2).fill(await readAnew('all')));
    }));

  test.each([
    ['renamed', 200, async (name: string) => directory.admin.modifyDN(dnOf(name), `uid=${name}x`)],
    ['deleted', 210, async (name: string) => directory.admin.del(dnOf(name))],
    [
      'deleted and made again',
      220,
      async (name: string) => {
        await directory.admin.del(dnOf(name));
        await add(name);
      },
    ],
    [
      'moved, with everyone below the same place',
      240,
      async () => {
        await directory.admin.add(`ou=elsewhere,${people}`, { objectClass: 'organizationalUnit', ou: 'elsewhere' });
        await directory.admin.modifyDN(dnOf('person241'), `uid=person241,ou=elsewhere,${people}`);
      },
    ],
  ] as const)('a person who is %s meanwhile is read as they are', (_what, at, change) =>
    opened('readings', async (connector) => {
      await connector.snapshot(['all'], []);
      await change(`person${at}`);
      expect(await connector.snapshot(['all'], ['person1'])).toEqual(await readAnew('all'));
    }),
  );

  test.each([undefined, 'comparisons'] as const)('for changes and comparisons everybody is looked up each time', (aside) =>
    opened(aside, async (connector, sent) => {
      await connector.snapshot(['all'], []);
      sent();
      await connector.snapshot(['all'], []);
      expect(sent()).toBeGreaterThan(1_000);
    }),
  );
});
