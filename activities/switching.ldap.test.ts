/** In a real directory people are switched in two steps, and a worker that dies between them leaves nobody with both, or for long with neither. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ldapConnector } from '../connectors/ldap/connector.ts';
import { switchCounts } from '../domain/release/switching.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { groups, ifMissing, nobody, people, settingsOf, slapd, startDirectory, type TestDirectory } from '../test/support/slapd.ts';

describe.skipIf(!slapd)(`in a real directory${ifMissing}`, () => {
  let database: TestDatabase;
  let store: Store;
  let directory: TestDirectory;
  beforeAll(async () => {
    database = await createDatabase('switch-ldap');
    store = await openStore(database.url, { migrate: true });
    directory = await startDirectory();
    for (const uid of ['ann', 'ben', 'cem']) await directory.admin.add(`uid=${uid},${people}`, { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid });
  });
  afterAll(async () => {
    await directory?.stop();
    await store?.close();
    await database?.drop();
  });

  let number = 0;
  async function bench() {
    number += 1;
    const [old, now] = [`order-${number}`, `clerk-${number}`];
    const member = ['ann', 'ben'].map((uid) => `uid=${uid},${people}`);
    await directory.admin.add(`cn=${old},${groups}`, { objectClass: 'groupOfNames', cn: old, member: [nobody, ...member] });
    await directory.admin.add(`cn=${now},${groups}`, { objectClass: 'groupOfNames', cn: now, member: nobody });
    const connector = ldapConnector(settingsOf(directory));
    const plan = benchPlan(`switch-ldap-${number}`, 'ldap', {
      packages: [{ entitlements: [{ system: 'ldap', role: now }], legacy: [{ system: 'ldap', role: old }] }],
      incompatible: [{ id: 'order-and-clerk', reason: 'Four eyes', entitlements: [old, now].map((role) => ({ system: 'ldap', role })) }],
    });
    const made = new Bench(store, plan, { ldap: connector });
    await made.apply();
    const holders = async () =>
      (await connector.snapshot([old, now], [])).grants.map(({ role, account }) => `${account} ${role === old ? 'old' : 'new'}`).toSorted();
    return Object.assign(made, { connector, holders, release: await made.signed() });
  }

  test('a release switches them, and its rollback switches them back', async () => {
    const made = await bench();
    expect(await made.run('grantAccess', made.release, 'ldap')).toMatchObject({ created: 3, failed: 0, unknown: 0 });
    expect(await made.holders()).toEqual(['ann new', 'ben new', 'cem new']);
    expect(await made.run('retireLegacy', made.release, 'ldap')).toMatchObject({ retired: 2, failed: 0 });
    const counts = switchCounts(await store.ledger(made.release), Date.now());
    expect(counts).toMatchObject({ people: 2, back: 0, late: 0 });
    expect(counts?.longestMs).toBeGreaterThan(0);
    const approval = await made.record('decide', 'olga', made.release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    expect(await made.run('rollBackAccess', made.release, 'ldap', { id: 'r', approval })).toMatchObject({ granted: 3, revoked: 3, restored: 2, failed: [] });
    expect(await made.holders()).toEqual(['ann old', 'ben old']);
    expect(switchCounts(await store.ledger(made.release), Date.now())).toMatchObject({ people: 0, back: 2, late: 0 });
    await made.connector.close();
  });

  test.each(['after the first half', 'after the second half'] as const)(
    'a worker that is killed %s is followed by one that finishes the switch',
    async (point) => {
      const made = await bench();
      let [isSwitching, isGranted, isDead] = [false, false, false];
      const dying: Store = {
        ...store,
        append: async (facts, effect) => {
          if (isDead) throw new Error('killed');
          isGranted ||= isSwitching && facts.some(({ fact }) => fact.did === 'granted');
          isSwitching ||= facts.some(({ fact }) => fact.did === 'revoked');
          await store.append(facts, effect);
        },
        settle: async (...args) => {
          isDead ||= point === 'after the first half' ? isSwitching : isGranted;
          if (isDead) throw new Error('killed');
          await store.settle(...args);
        },
      };
      await expect(made.runWith({ store: dying }, 'grantAccess', made.release, 'ldap')).rejects.toThrow('killed');
      const ann = (await made.holders()).filter((line) => line.startsWith('ann'));
      expect(ann).toEqual(point === 'after the first half' ? [] : ['ann new']);
      expect(await made.run('grantAccess', made.release, 'ldap')).toMatchObject({ created: 3, failed: 0, unknown: 0 });
      expect(await made.holders()).toEqual(['ann new', 'ben new', 'cem new']);
      expect(switchCounts(await store.ledger(made.release), Date.now())).toMatchObject({ people: 2, late: 0 });
      await made.connector.close();
    },
  );
});
