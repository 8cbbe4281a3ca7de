/** A release in a realm of a real Keycloak, from preview to rollback, while another administrator works there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keycloakConnector } from '../connectors/keycloak/connector.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { receiptLine } from '../domain/release/receipt.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { lostDuringGrant } from '../test/support/lost-during-grant.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { ifMissing, keycloak, settingsOf, startRealm, type TestRealm } from '../test/support/keycloak.ts';
import { siteFor, siteSystem } from '../test/support/site.ts';

/** One of each kind. */
const inRealm: Record<string, string> = { clerk: '/clerk', reader: 'realm:reader', old_reader: 'client:erp:old_reader', old_admin: '/old_admin' };
const roles = Object.values(inRealm);
const named = (name: string) => inRealm[name] ?? name;

describe.skipIf(!keycloak)(`in a realm of Keycloak${ifMissing}`, () => {
  let database: TestDatabase;
  let store: Store;
  let realm: TestRealm;
  let erp: string;
  beforeAll(async () => {
    database = await createDatabase('realm');
    store = await openStore(database.url, { migrate: true });
    realm = await startRealm({ tokenSeconds: 60 });
    for (const person of ['ann', 'ben', 'cem', 'dea']) await realm.user(person);
    for (const group of ['clerk', 'old_admin']) await realm.group(group);
    erp = ((await realm.admin('GET', '/clients?clientId=erp')) as { id: string }[])[0]!.id;
    await realm.admin('POST', '/roles', { name: 'reader' });
    await realm.admin('POST', `/clients/${erp}/roles`, { name: 'old_reader' });
  });
  afterAll(async () => {
    await realm?.remove();
    await store?.close();
    await database?.drop();
  });

  /** As Kim does it in the console. */
  const change = async (does: 'add' | 'delete', role: string, account: string) => {
    const user = await realm.userId(account);
    if (role === 'clerk' || role === 'old_admin')
      return realm.kim(does === 'add' ? 'PUT' : 'DELETE', `/users/${user}/groups/${await realm.groupId(`/${role}`)}`);
    const [at, mappings] = role === 'reader' ? ['/roles', 'realm'] : [`/clients/${erp}/roles`, `clients/${erp}`];
    return realm.kim(does === 'add' ? 'POST' : 'DELETE', `/users/${user}/role-mappings/${mappings}`, [await realm.kim('GET', `${at}/${role}`)]);
  };

  test('a release grants, retires, is tuned and is rolled back, and leaves what another administrator did', { timeout: 120_000 }, async () => {
    const connector = keycloakConnector(settingsOf(realm));
    const holders = async () =>
      (await connector.snapshot(roles, [])).grants
        .map(({ role, account, grantor }) => `${role} ${account} ${grantor?.replace('service-account-', '')}`)
        .toSorted();
    for (const person of ['ann', 'ben']) await change('add', 'old_reader', person);
    await change('add', 'old_admin', 'ann');
    await change('add', 'reader', 'ben');
    const made = new Bench(store, benchPlan('realm', 'keycloak', {}, named), { keycloak: connector });
    await made.apply();
    const release = await made.signed();
    expect(release.parts[0]).toMatchObject({ people: 3, toGrant: 5, alreadyThere: 1, toRetire: 3 });
    expect(await made.run('recheckSystem', release, 'keycloak')).toEqual({ readMs: expect.any(Number), shrunk: 0, wider: 0, lines: [] });

    const granted = { created: 5, preexisting: 1, failed: 0, unknown: 0, refusals: [] };
    for (const activity of ['grantAccess', 'grantAccess', 'verifyAccess'] as const) expect(await made.run(activity, release, 'keycloak')).toEqual(granted);
    expect(await made.run('retireLegacy', release, 'keycloak')).toMatchObject({ retired: 3, kept: 0, failed: 0 });
    const evaluation = (number: number) => made.evaluate(release, { purpose: 'scheduled', startMs: made.nowMs, dueMs: made.nowMs + number, atEnd: false });
    expect((await evaluation(1)).drift).toEqual({ missing: 0, outOfBand: 0, legacy: 0, content: 0, options: 0 });

    // Ann's access looks as before, and is Kim's by now.
    await change('delete', 'clerk', 'ann');
    await change('add', 'clerk', 'ann');
    await change('add', 'clerk', 'dea');
    await change('add', 'old_reader', 'ann');
    expect((await evaluation(2)).drift).toMatchObject({ missing: 0, outOfBand: 1, legacy: 1, content: 0 });
    expect(await made.run('tuneAccess', release, 'keycloak', { id: 't', step: 'reconcile' })).toMatchObject({ granted: 0, retired: 1 });

    const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    const receipt = await made.run('rollBackAccess', release, 'keycloak', { id: 'r', approval });
    expect(await holders()).toEqual([
      '/clerk ann kim',
      '/clerk dea kim',
      'client:erp:old_reader ann rolewave',
      'client:erp:old_reader ben rolewave',
      'realm:reader ben kim',
    ]);
    expect(receiptLine([receipt])).toMatch(/^5 granted, 4 revoked, .*2 legacy grants restored/);
    expect(await made.run('rollBackAccess', release, 'keycloak', { id: 'r', approval })).toEqual(receipt);
    expect(receipt.check).toContain('kcadm.sh get');
    await connector.close();
  });

  test('a run that was lost before or after its request is finished by the next one, and each grant is made once (R4, R5)', { timeout: 120_000 }, async () => {
    const real = keycloakConnector(settingsOf(realm));
    for (const when of ['before', 'after'] as const) {
      const lost = new SystemUnavailable(`lost ${when} the request`);
      const losing = lostDuringGrant(real, when, lost);
      const [role, id] = [`/lost_${when}`, `lost-realm-${when}`];
      await realm.group(`lost_${when}`);
      const made = new Bench(store, benchPlan(id, 'keycloak', { packages: [{ entitlements: [{ system: 'keycloak', role }], legacy: [] }] }), {
        keycloak: losing,
      });
      await made.apply();
      const release = await made.signed();
      await expect(made.run('grantAccess', release, 'keycloak')).rejects.toThrow(lost.message);
      expect((await real.snapshot([role], [])).grants).toHaveLength(when === 'before' ? 0 : 1);
      made.systems['keycloak'] = real;
      expect(await made.run('grantAccess', release, 'keycloak')).toEqual({ created: 3, preexisting: 0, failed: 0, unknown: 0, refusals: [] });
      expect(await made.run('verifyAccess', release, 'keycloak')).toMatchObject({ created: 3, unknown: 0 });
      expect((await real.snapshot([role], [])).grants).toHaveLength(3);
    }
    await real.close();
  });

  test('a realm without admin events lets nothing be rolled back, and says why', { timeout: 120_000 }, async () => {
    const silent = await startRealm({ adminEvents: false });
    for (const person of ['ann', 'ben', 'cem']) await silent.user(person);
    await silent.group('quiet');
    const connector = keycloakConnector(settingsOf(silent));
    const packages = [{ entitlements: [{ system: 'keycloak', role: '/quiet' }], legacy: [] }];
    const made = new Bench(store, benchPlan('silent', 'keycloak', { packages }), { keycloak: connector });
    await made.apply();
    await expect(made.signed()).rejects.toMatchObject({
      type: 'SiteRefuses',
      message: expect.stringMatching(/a rollback would leave what was granted.*withoutRevoke: leave/),
    });
    made.site = siteFor(made.plan, { systems: [siteSystem('keycloak', { kind: 'keycloak', withoutRevoke: 'leave' })] });
    const release = await made.signed();
    expect(await made.run('grantAccess', release, 'keycloak')).toMatchObject({ created: 3, failed: 0 });
    const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
    await expect(made.run('rollBackAccess', release, 'keycloak', { id: 'r', approval })).rejects.toMatchObject({
      type: 'Incomplete',
      message: expect.stringContaining('the realm keeps no admin events'),
    });
    expect((await connector.snapshot(['/quiet'], [])).grants).toHaveLength(3);
    await connector.close();
    await silent.remove();
  });
});
