/** One change of Keycloak: how much it asks, and what is known of it when the admin events stop in the middle. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requestsTo } from '../../bench/requests-to.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { ifMissing, keycloak, settingsOf, startRealm, type TestRealm } from '../../test/support/keycloak.ts';
import { unrecorded } from '../../test/support/one-by-one.ts';
import { keycloakConnector } from './connector.ts';

describe.skipIf(!keycloak)(`one change${ifMissing}`, { timeout: 60_000 }, () => {
  const realms: TestRealm[] = [];
  const start = async (tokenSeconds: number) => {
    const realm = await startRealm({ tokenSeconds });
    realms.push(realm);
    return realm;
  };
  afterAll(() => Promise.all(realms.map((each) => each.remove())));

  describe('asks little', () => {
    let realm: TestRealm;
    beforeAll(async () => {
      realm = await start(600);
      await realm.user('ann');
      await realm.group('clerks');
      await realm.admin('POST', '/roles', { name: 'clerk' });
    });

    test.each(['/clerks', 'realm:clerk'])('%s is given by 13 requests and taken by 12', async (role) => {
      const connector = keycloakConnector(settingsOf(realm));
      // The first of a process also signs in, and finds the realm and the place of turns.
      await connector.grant([{ role, account: 'ann' }], unrecorded);
      const { grants, accounts, roles } = await connector.snapshot([role], ['ann']);
      const taken = await requestsTo(`127.0.0.1:${realm.port}`, async () =>
        expect(await connector.revoke(grants, unrecorded)).toEqual([{ outcome: 'revoked' }]),
      );
      const wanted = { role, account: 'ann', roleId: roles[0]?.id ?? '', accountId: accounts[0]?.id ?? '', digest: roles[0]?.digest ?? '' };
      const given = await requestsTo(`127.0.0.1:${realm.port}`, async () =>
        expect(await connector.grant([wanted], unrecorded)).toMatchObject([{ outcome: 'created' }]),
      );
      await connector.close();
      expect([given.length, taken.length], [...given, '', ...taken].join('\n')).toEqual([13, 12]);
    });
  });

  describe.each(['off', 'off and on again'])('when admin events are turned %s after it was told and before it was sent', (what) => {
    let realm: TestRealm;
    beforeAll(async () => {
      realm = await start(3);
      await realm.user('ann');
      await realm.group('clerks');
    });

    test('it is not called undone, because it may have been done', async () => {
      const connector = keycloakConnector(settingsOf(realm));
      const keepEvents = async (adminEventsEnabled: boolean) =>
        realm.admin('PUT', '/events/config', { ...((await realm.admin('GET', '/events/config')) as object), adminEventsEnabled });
      let transaction = '';
      const granting = connector.grant([{ role: '/clerks', account: 'ann' }], async (_told, id) => {
        transaction = id ?? '';
        await keepEvents(false);
      });
      await expect(granting).rejects.toThrow(SystemUnavailable);
      if (what === 'off and on again') await keepEvents(true);
      expect(await realm.admin('GET', `/groups/${await realm.groupId('/clerks')}/members`)).toMatchObject([{ username: 'ann' }]);
      await expect.poll(() => connector.wasCommitted(transaction), { timeout: 30_000, interval: 500 }).not.toBe('running');
      expect(await connector.wasCommitted(transaction)).toBe('unknown');
      await connector.close();
    });
  });
});
