/** Drift says who made a difference, and when, where the system tells it. */
import { Attribute, Change } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ldapConnector } from '../connectors/ldap/connector.ts';
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
    database = await createDatabase('witness');
    store = await openStore(database.url, { migrate: true });
    directory = await startDirectory();
    for (const uid of ['ann', 'ben', 'cem', 'dea']) await directory.admin.add(`uid=${uid},${people}`, { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid });
    await directory.admin.add(`cn=witnessed,${groups}`, { objectClass: 'groupOfNames', cn: 'witnessed', member: nobody });
  });
  afterAll(async () => {
    await directory?.stop();
    await store?.close();
    await database?.drop();
  });

  test('who took an access away, and who gave one, is in the lines of the evaluation', async () => {
    const connector = ldapConnector(settingsOf(directory));
    const made = new Bench(store, benchPlan('witness', 'ldap', { packages: [{ entitlements: [{ system: 'ldap', role: 'witnessed' }], legacy: [] }] }), {
      ldap: connector,
    });
    await made.apply();
    const release = await made.signed();
    await made.run('grantAccess', release, 'ldap');
    const modify = (operation: 'add' | 'delete', uid: string) =>
      directory.kim.modify(
        `cn=witnessed,${groups}`,
        new Change({ operation, modification: new Attribute({ type: 'member', values: [`uid=${uid},${people}`] }) }),
      );
    await modify('delete', 'ann');
    await modify('add', 'dea');
    const { drift } = await made.evaluate(release, { purpose: 'scheduled', startMs: made.nowMs, dueMs: made.nowMs + 1, atEnd: false });
    expect(drift).toMatchObject({ missing: 1, outOfBand: 1 });
    const [{ driftLines } = { driftLines: [] }] = await store.evaluations(release);
    const day = new Date().toISOString().slice(0, 10);
    expect(driftLines).toEqual([
      expect.stringMatching(new RegExp(`^ldap: unreviewed: 'dea' has 'witnessed', granted by .*kim.* \\(last granted by .*kim.* on ${day} .*UTC\\)$`)),
      expect.stringMatching(new RegExp(`^ldap: missing: 'ann' does not have 'witnessed': revoked by .*kim.* on ${day} .*UTC$`)),
    ]);
    await connector.close();
  });
});
