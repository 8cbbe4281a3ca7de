/** What the probe finds out of a Keycloak, and that it leaves nothing behind. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Findings } from '../../domain/access/server-behaviour.ts';
import { scratchOf } from '../../domain/access/server-probe.ts';
import { ifMissing, keycloak, settingsOf, startRealm, type TestRealm } from '../../test/support/keycloak.ts';
import { keycloakConnector } from './connector.ts';
import type { KeycloakSettings } from './settings.ts';

const scratch = () => scratchOf({ rolePrefix: 'rolewave-probe-', accounts: ['probe-a', 'probe-b'], days: 30 }, randomUUID());

describe.skipIf(!keycloak)(`the probe of a realm${ifMissing}`, () => {
  let realm: TestRealm;
  beforeAll(async () => {
    realm = await startRealm();
    for (const name of ['probe-a', 'probe-b', 'ann']) await realm.user(name);
  });
  afterAll(() => realm?.remove());

  async function opened<T>(
    change: Partial<KeycloakSettings>,
    work: (probe: NonNullable<ReturnType<typeof keycloakConnector>['probe']>) => Promise<T>,
  ): Promise<T> {
    const connector = keycloakConnector(settingsOf(realm, change));
    try {
      if (!connector.probe) throw new Error('it has no probe');
      return await work(connector.probe);
    } finally {
      await connector.close();
    }
  }
  const measured = (change: Partial<KeycloakSettings> = {}, signal = AbortSignal.timeout(60_000)) =>
    opened(change, async ({ measure }) => (await measure?.(scratch(), signal)) ?? {});
  const answers = (findings: Findings) => Object.fromEntries(Object.entries(findings).map(([behaviour, { is }]) => [behaviour, is]));
  const left = async () => ((await realm.admin('GET', '/groups?search=rolewave-probe-')) as { name: string }[]).map(({ name }) => name);
  const keepEvents = (adminEventsEnabled: boolean) => realm.admin('PUT', '', { adminEventsEnabled, adminEventsDetailsEnabled: true });

  test('it finds out what Keycloak does, and removes what it created', async () => {
    expect(answers(await measured())).toEqual({
      addOne: 'leavesOthers',
      addAgain: 'changesNothing',
      addUnknown: 'refused',
      removeOne: 'leavesOthers',
      removeAbsent: 'changesNothing',
      removeLast: 'done',
      regrant: 'told',
    });
    expect(await left()).toEqual([]);
  });

  test('what a probe left that was killed is removed by the next one; a group with somebody else in it is left, and nothing is tried', async () => {
    const [killed, strange] = [scratch().role, scratch().role];
    for (const [name, account] of [
      [killed, 'probe-a'],
      [strange, 'ann'],
    ] as const) {
      await realm.group(name);
      await realm.admin('PUT', `/users/${await realm.userId(account)}/groups/${await realm.groupId(`/${name}`)}`);
      if (name === killed) await measured();
    }
    await expect(measured()).rejects.toThrow(/remove or rename it/);
    expect(await left()).toEqual([strange]);
    await realm.admin('DELETE', `/groups/${await realm.groupId(`/${strange}`)}`);
  });

  test('a probe whose time is over removes what it created', async () => {
    await expect(measured({}, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(await left()).toEqual([]);
  });

  test('a realm without admin events does not tell two accesses of one person apart, whatever the site says of its one writer', async () => {
    await keepEvents(false);
    expect(answers(await measured({ soleWriter: true }))).toMatchObject({ regrant: 'notTold' });
    expect(answers(await opened({}, (probe) => probe.assumed()))).toMatchObject({ regrant: 'notTold' });
    await keepEvents(true);
    expect(answers(await opened({}, (probe) => probe.assumed()))).toMatchObject({ regrant: 'told' });
  });
});
