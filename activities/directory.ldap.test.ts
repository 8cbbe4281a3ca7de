/** A release in a real directory, from preview to rollback, while another administrator works there. */
import { Attribute, Change } from 'ldapts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ldapConnector } from '../connectors/ldap/connector.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { lostDuringGrant } from '../test/support/lost-during-grant.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { groups, ifMissing, nobody, people, settingsOf, slapd, startDirectory, type TestDirectory } from '../test/support/slapd.ts';
import { siteFor, siteSystem } from '../test/support/site.ts';

const roles = ['clerk', 'reader', 'old_reader', 'old_admin'];
const groupDn = (name: string) => `cn=${name},${groups}`;
const personDn = (name: string) => `uid=${name},${people}`;

describe.skipIf(!slapd)(`in a real directory${ifMissing}`, () => {
  let database: TestDatabase;
  let store: Store;
  let directory: TestDirectory;
  beforeAll(async () => {
    database = await createDatabase('directory');
    store = await openStore(database.url, { migrate: true });
    directory = await startDirectory();
    for (const uid of ['ann', 'ben', 'cem', 'dea']) await directory.admin.add(personDn(uid), { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid });
    for (const cn of roles) await directory.admin.add(groupDn(cn), { objectClass: 'groupOfNames', cn, member: nobody });
  });
  afterAll(async () => {
    await directory?.stop();
    await store?.close();
    await database?.drop();
  });

  const change = (operation: 'add' | 'delete', role: string, account: string) =>
    directory.kim.modify(groupDn(role), new Change({ operation, modification: new Attribute({ type: 'member', values: [personDn(account)] }) }));

  test('a release grants, retires, is tuned and is rolled back, and leaves what another administrator did', async () => {
    const connector = ldapConnector(settingsOf(directory));
    const holders = async () =>
      (await connector.snapshot(roles, [])).grants.map(({ role, account, grantor }) => `${role} ${account} ${grantor?.split(/[=,]/)[1]}`).toSorted();
    for (const person of ['ann', 'ben']) await change('add', 'old_reader', person);
    await change('add', 'old_admin', 'ann');
    await change('add', 'reader', 'ben');
    const made = new Bench(store, benchPlan('directory', 'ldap'), { ldap: connector });
    await made.apply();
    const release = await made.signed();
    expect(release.parts[0]).toMatchObject({ people: 3, toGrant: 5, alreadyThere: 1, toRetire: 3 });
    expect(await made.run('recheckSystem', release, 'ldap')).toEqual({ readMs: expect.any(Number), shrunk: 0, wider: 0, lines: [] });

    const granted = { created: 5, preexisting: 1, failed: 0, unknown: 0, refusals: [] };
    for (const activity of ['grantAccess', 'grantAccess', 'verifyAccess'] as const) expect(await made.run(activity, release, 'ldap')).toEqual(granted);
    expect(await made.run('retireLegacy', release, 'ldap')).toMatchObject({ retired: 3, kept: 0, failed: 0 });
    const evaluation = (number: number) => made.evaluate(release, { purpose: 'scheduled', startMs: made.nowMs, dueMs: made.nowMs + number, atEnd: false });
    expect((await evaluation(1)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });

    // Ann's access looks as before, and is Kim's by now.
    await change('delete', 'clerk', 'ann');
    await change('add', 'clerk', 'ann');
    await change('add', 'clerk', 'dea');
    await change('add', 'old_reader', 'ann');
    expect((await evaluation(2)).drift).toMatchObject({ missing: 0, outOfBand: 1, legacy: 1, content: 0 });
    expect(await made.run('tuneAccess', release, 'ldap', { id: 't', step: 'reconcile' })).toMatchObject({ granted: 0, retired: 1 });

    const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    const receipt = await made.run('rollBackAccess', release, 'ldap', { id: 'r', approval });
    expect(await holders()).toEqual(['clerk ann kim', 'clerk dea kim', 'old_reader ann rolewave', 'old_reader ben rolewave', 'reader ben kim']);
    expect(receiptLine([receipt])).toMatch(/^5 granted, 4 revoked, .*2 legacy grants restored/);
    expect(await made.run('rollBackAccess', release, 'ldap', { id: 'r', approval })).toEqual(receipt);
    expect(receipt.check).toContain('ldapsearch');
    await connector.close();
  });

  test('a rollback keeps what a second owner claims, and the end of the claim revokes exactly that', async () => {
    const connector = ldapConnector(settingsOf(directory));
    for (const cn of ['claimed', 'unclaimed']) await directory.admin.add(groupDn(cn), { objectClass: 'groupOfNames', cn, member: nobody });
    const entitlements = ['claimed', 'unclaimed'].map((role) => ({ system: 'ldap', role }));
    const terms = { entitlements, legacy: [], rollback: { claims: { by: ['otto'] } } };
    const made = new Bench(store, benchPlan('directory-claims', 'ldap', { packages: [terms] }), { ldap: connector });
    const holders = async () => (await connector.snapshot(['claimed', 'unclaimed'], [])).grants.map(({ role, account }) => `${role} ${account}`).toSorted();
    await made.apply();
    const release = await made.signed();
    await made.run('grantAccess', release, 'ldap');
    expect(await holders()).toHaveLength(6);
    const grants = [{ system: 'ldap', role: 'claimed', person: 'ann' }];
    const claim = await made.record('claim', 'otto', release, { grants, untilMs: made.nowMs + 86_400_000, reason: 'the close' });
    const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    expect(await made.run('rollBackAccess', release, 'ldap', { id: 'r', approval })).toMatchObject({ revoked: 5, failed: [], claimed: [{ person: 'ann' }] });
    expect(await holders()).toEqual(['claimed ann']);
    await made.record('endClaim', 'otto', release, { claim, reason: 'done' });
    expect(await made.run('rollBackAccess', release, 'ldap', { id: 'r', approval })).toMatchObject({ revoked: 6, failed: [] });
    expect(await holders()).toEqual([]);
    await connector.close();
  });

  test('a run that was lost before or after its modify is finished by the next one, and each grant is made once (R4, R5)', async () => {
    const real = ldapConnector(settingsOf(directory));
    for (const when of ['before', 'after'] as const) {
      const lost = new SystemUnavailable(`lost ${when} the modify`);
      const losing = lostDuringGrant(real, when, lost);
      const [role, id] = [`lost_${when}`, `lost-${when}`];
      await directory.admin.add(groupDn(role), { objectClass: 'groupOfNames', cn: role, member: nobody });
      const made = new Bench(store, benchPlan(id, 'ldap', { packages: [{ entitlements: [{ system: 'ldap', role }], legacy: [] }] }), { ldap: losing });
      await made.apply();
      const release = await made.signed();
      await expect(made.run('grantAccess', release, 'ldap')).rejects.toThrow(lost.message);
      expect((await real.snapshot([role], [])).grants).toHaveLength(when === 'before' ? 0 : 3);
      made.systems['ldap'] = real;
      expect(await made.run('grantAccess', release, 'ldap')).toEqual({ created: 3, preexisting: 0, failed: 0, unknown: 0, refusals: [] });
      expect(await made.run('verifyAccess', release, 'ldap')).toMatchObject({ created: 3, unknown: 0 });
      expect((await real.snapshot([role], [])).grants).toHaveLength(3);
    }
    await real.close();
  });

  test('a login that may not read the log of changes retires and rolls back nothing, and says why', async () => {
    const connector = ldapConnector(settingsOf(directory, { accesslog: undefined }));
    const made = new Bench(store, benchPlan('unseen', 'ldap'), { ldap: connector });
    await made.apply();
    await expect(made.signed()).rejects.toMatchObject({
      type: 'SiteRefuses',
      message: expect.stringMatching(/a rollback would leave what was granted.*withoutRevoke: leave/),
    });
    made.site = siteFor(made.plan, {
      systems: [siteSystem('ldap', { kind: 'ldap', groups: { base: groups }, accounts: { base: people }, withoutRevoke: 'leave' })],
    });
    const release = await made.signed();
    expect(await made.run('grantAccess', release, 'ldap')).toMatchObject({ failed: 0 });
    const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    await expect(made.run('rollBackAccess', release, 'ldap', { id: 'r', approval })).rejects.toMatchObject({
      type: 'Incomplete',
      message: expect.stringContaining('cannot be told in this directory'),
    });
    expect((await connector.snapshot(['reader'], [])).grants.map(({ account }) => account).toSorted()).toEqual(['ann', 'ben', 'cem']);
    await connector.close();
  });

  test('a cohort by a filter follows the directory: who leaves is never granted again, who joins an open one is granted, and a rollback undoes both', async () => {
    const title = (uid: string, value: string) =>
      directory.admin.modify(personDn(uid), new Change({ operation: 'replace', modification: new Attribute({ type: 'title', values: [value] }) }));
    for (const cn of ['team_clerk', 'team_old']) await directory.admin.add(groupDn(cn), { objectClass: 'groupOfNames', cn, member: nobody });
    for (const uid of ['ann', 'ben', 'cem']) await title(uid, 'clerk');
    for (const uid of ['ann', 'ben']) await change('add', 'team_old', uid);
    const connector = ldapConnector(settingsOf(directory, { accounts: { base: people, name: 'uid', filterBy: ['title'] } }));
    const holders = async () => (await connector.snapshot(['team_clerk', 'team_old'], [])).grants.map(({ role, account }) => `${role} ${account}`).toSorted();
    const cohortQuery = { system: 'team', filter: '(title=clerk)', open: true, leavers: 'revoke' as const };
    const entitlements = [{ system: 'team', role: 'team_clerk' }];
    const made = new Bench(
      store,
      benchPlan('team', 'team', {
        packages: [{ cohort: ['ann', 'ben', 'cem', 'dea'], cohortQuery, entitlements, legacy: [{ system: 'team', role: 'team_old' }] }],
      }),
      { team: connector },
    );
    await made.apply();
    const release = await made.signed();
    expect(release.parts[0]).toMatchObject({ people: 3, toGrant: 3, toRetire: 2 });
    for (const activity of ['grantAccess', 'verifyAccess', 'retireLegacy'] as const) await made.run(activity, release, 'team');
    expect(await holders()).toEqual(['team_clerk ann', 'team_clerk ben', 'team_clerk cem']);

    await title('ben', 'head');
    await title('dea', 'clerk');
    const evaluation = () => made.evaluate(release, { purpose: 'scheduled', startMs: made.nowMs, dueMs: made.nowMs + 1, atEnd: false });
    expect((await evaluation()).drift).toEqual({ missing: 1, outOfBand: 0, legacy: 0, content: 0, options: 0, leavers: 1 });
    const tune = await made.record('tune', 'ines', release, { step: 'reconcile', reason: 'the team has changed' });
    expect(await made.run('tuneAccess', release, 'team', { id: tune, step: 'reconcile' })).toEqual({ granted: 1, revoked: 1, retired: 0, left: 0 });
    expect(await holders()).toEqual(['team_clerk ann', 'team_clerk cem', 'team_clerk dea']);

    const approval = await made.record('decide', 'olga', release, { proposal: 'r', kind: 'rollback', answer: 'approve', reason: 'yes' });
    expect(receiptLine([await made.run('rollBackAccess', release, 'team', { id: 'r', approval })])).toBe(
      "4 granted, 4 revoked, 1 legacy grant restored, 1 legacy grant not restored: 'ben' has left the cohort",
    );
    expect(await holders()).toEqual(['team_old ann']);
    await connector.close();
  });
});
