/** What Keycloak has and other systems do not: events that can be off or gone, parents of groups, rights over itself, locks, and sign-in by password. */
import { sha256Hex } from '../../domain/canonical.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { ifMissing, keycloak, neededRoles, secretOf, settingsOf, startRealm, type TestRealm } from '../../test/support/keycloak.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import { site } from '../../test/support/site.ts';
import type { Connector } from '../connector.ts';
import { openSystem } from '../registry.ts';
import { keycloakConnector } from './connector.ts';
import type { KeycloakSettings } from './settings.ts';

describe.skipIf(!keycloak)(`a realm${ifMissing}`, () => {
  let realm: TestRealm;
  let count = 0;
  const opened: Connector[] = [];
  const realms: TestRealm[] = [];
  const start = async (...options: Parameters<typeof startRealm>) => {
    const started = await startRealm(...options);
    realms.push(started);
    return started;
  };
  beforeAll(async () => {
    realm = await start();
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
    for (const each of realms) await each.remove();
  });

  const open = (change: Partial<KeycloakSettings> = {}, of = realm): Connector => {
    const connector = keycloakConnector(settingsOf(of, change));
    opened.push(connector);
    return connector;
  };
  const person = async (of = realm) => {
    const name = `person-${(count += 1)}`;
    await of.user(name);
    return name;
  };
  const group = async (of = realm) => {
    const name = `group-${(count += 1)}`;
    await of.group(name);
    return `/${name}`;
  };
  const byKim = async (does: 'PUT' | 'DELETE', path: string, account: string, of = realm) =>
    of.kim(does, `/users/${await of.userId(account)}/groups/${await of.groupId(path)}`);
  const holdersOf = async (path: string, of = realm) =>
    ((await of.admin('GET', `/groups/${await of.groupId(path)}/members`)) as { username: string }[]).map(({ username }) => username);

  test('a system is opened as a site file declares it, by the secret of a client or the password of a person', async () => {
    const common = { id: 'sso', kind: 'keycloak' as const, connection: { env: 'SSO' }, tls: 'none' as const };
    const [byClient, byPassword] = site({ systems: [common, { ...common, id: 'sso2', passwordClient: 'admin-cli' }] }).systems;
    const address = (name: string) => `http://${name}:${encodeURIComponent(secretOf(name))}@127.0.0.1:${realm.port}/realms/${realm.name}`;
    const [role, account] = [await group(), await person()];
    const first = await openSystem(byClient!, { SSO: address('rolewave') });
    const second = await openSystem(byPassword!, { SSO: address('robot') });
    opened.push(first, second);
    const ours = await oneByOne(first).granted(role, account);
    expect(ours.grantor).toBe('service-account-rolewave');
    expect(await second.place()).toBe(await first.place());
    // Another login's grant is another's.
    expect(await oneByOne(second).grant(role, account)).toEqual({ outcome: 'preexisting', grants: [ours] });
    const { lines } = await first.check([role]);
    expect(lines.map(({ state, text }) => `${state}: ${text}`)).toEqual([
      'ok: Keycloak answers; Rolewave is signed in as service-account-rolewave',
      'warning: the connection is not encrypted, and the secret crosses the network as it is',
      "ok: who gave which access is read from the realm's admin events",
      `ok: role ${role} can be granted and revoked`,
    ]);
  });

  test('a realm that is not there is named, and a wrong secret is tried again', async () => {
    await expect(open({ realm: 'nowhere' }).snapshot(['/x'], [])).rejects.toThrow(/Realm not found/);
    await expect(open({ signInRealm: 'nowhere' }).place()).rejects.toThrow(/there is no realm 'nowhere'/);
    const refused = await open({ credentials: { grant: 'client', client: 'rolewave', secret: 'not the secret' } })
      .place()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SystemUnavailable);
    expect((refused as Error).message).toContain("does not accept the secret of client 'rolewave'");
  });

  test('groups and people are found by exactly their name', async () => {
    const [role, account] = [await group(), await person()];
    const child = await realm.group('below', await realm.groupId(role));
    const asked = [role, role.toUpperCase(), `${role}/`, role.slice(1), `${role}/below`, `${role}/none`];
    const { roles, accounts, unknownAccounts } = await open().snapshot(asked, [account, account.toUpperCase(), account.slice(0, -1)]);
    expect(roles.map(({ exists }) => exists)).toEqual([true, false, false, false, true, false]);
    expect(roles[4]?.id).toBe(child);
    expect([accounts.map((each) => each.account), unknownAccounts]).toEqual([[account], [account.toUpperCase(), account.slice(0, -1)]]);
    const byId = open({ accountsBy: 'id' });
    const id = await realm.userId(account);
    expect((await byId.snapshot([], [id, account])).accounts).toEqual([{ account: id, id }]);
  });

  test('more members than fit on a page are all there', async () => {
    const role = await group();
    const groupId = await realm.groupId(role);
    const users = Array.from({ length: 700 }, (_, at) => ({ username: `many-${at}`, enabled: true, groups: [role] }));
    await realm.admin('POST', '/partialImport', { ifResourceExists: 'FAIL', users });
    const { grants } = await open().snapshot([role], []);
    expect(new Set(grants.map(({ account }) => account)).size).toBe(700);
    expect(new Set(grants.map(({ roleId }) => roleId))).toEqual(new Set([groupId]));
    // Imported, and so told by no event: whose they are is not known.
    expect(new Set(grants.map(({ id }) => id))).toEqual(new Set([undefined]));
  });

  test('a group can do what the groups above it can, and what comes with their roles', async () => {
    const parent = await group();
    const parentId = await realm.groupId(parent);
    await realm.group('below', parentId);
    for (const name of ['outer', 'inner']) await realm.admin('POST', '/roles', { name });
    await realm.admin('POST', '/roles/outer/composites', [await realm.admin('GET', '/roles/inner')]);
    const contentOf = async () => (await open().snapshot([`${parent}/below`], [])).roles[0];
    const before = await contentOf();
    await realm.admin('POST', `/groups/${parentId}/role-mappings/realm`, [await realm.admin('GET', '/roles/outer')]);
    const after = await contentOf();
    expect([before?.privileges, after?.privileges]).toEqual([
      [],
      [expect.stringMatching(/^role inner \([0-9a-f]{8}\)$/), expect.stringMatching(/^role outer \(/)],
    ]);
    // It is shown only if it is what the digest is of.
    expect(after?.digest).toBe(sha256Hex({ exists: true, privileges: after?.privileges }));
    expect(after?.digest).not.toBe(before?.digest);
    await realm.admin('PUT', `/groups/${parentId}`, { name: parent.slice(1), attributes: { cost: ['42'] } });
    expect((await contentOf())?.privileges).toEqual(['attribute cost: 42', ...(after?.privileges ?? [])]);
  });

  test('rights over Keycloak itself are not given back either, where an administrator has put them into what was taken', async () => {
    const [path, account] = [await group(), await person()];
    await oneByOne(open()).granted(path, account);
    const { grants } = await open().snapshot([path], [account]);
    const held = grants.filter((each) => each.account === account);
    expect(await open().revoke(held, unrecorded)).toMatchObject([{ outcome: 'revoked' }]);
    const [management] = (await realm.admin('GET', '/clients?clientId=realm-management')) as { id: string }[];
    const role = await realm.admin('GET', `/clients/${management!.id}/roles/manage-users`);
    await realm.admin('POST', `/groups/${await realm.groupId(path)}/role-mappings/clients/${management!.id}`, [role]);
    const never = { outcome: 'failed', why: expect.stringContaining('rights over Keycloak itself'), nothingThere: true };
    expect((await open().rehearse({ grant: [], revoke: [], restore: held })).restore).toMatchObject([never]);
    expect(await open().restore(held, unrecorded)).toMatchObject([never]);
    expect((await open().snapshot([path], [account])).grants).toEqual([]);
  });

  test('rights over Keycloak itself are never granted, whatever they come in', async () => {
    const [role, account] = [await group(), await person()];
    const [management] = (await realm.admin('GET', '/clients?clientId=realm-management')) as { id: string }[];
    const right = await realm.admin('GET', `/clients/${management!.id}/roles/view-users`);
    await realm.admin('POST', '/roles', { name: 'helpdesk' });
    await realm.admin('POST', '/roles/helpdesk/composites', [right]);
    await realm.admin('POST', `/groups/${await realm.groupId(role)}/role-mappings/realm`, [await realm.admin('GET', '/roles/helpdesk')]);
    for (const name of [role, 'realm:helpdesk', 'client:realm-management:view-users'])
      expect(await oneByOne(open()).grant(name, account)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('rights over Keycloak itself') });
    expect((await open().check([role])).lines.at(-1)).toMatchObject({
      state: 'wrong',
      text: expect.stringMatching(/rights over Keycloak itself .role (view-users|query-\w+) of client realm-management/),
    });
    expect(await holdersOf(role)).toEqual([]);
  });

  describe('whose login has too few rights', () => {
    test('is told which it needs, and nothing is granted', async () => {
      const poor = await start({ roles: neededRoles.filter((role) => role !== 'manage-users').concat('view-users') });
      const [role, account] = [await group(poor), await person(poor)];
      expect(await oneByOne(open({}, poor)).grant(role, account)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('manage-users') });
      const { lines } = await open({}, poor).check([role]);
      expect(lines.filter(({ state }) => state === 'wrong').map((line) => ('fix' in line ? line.fix : ''))).toEqual([
        expect.stringContaining('manage-users'),
        expect.stringContaining('manage-users'),
      ]);
    });

    test('and may not see clients or events, is told so', async () => {
      const blind = await start({ roles: ['manage-users', 'view-realm'] });
      const role = await group(blind);
      await expect(open({}, blind).snapshot([role], [])).rejects.toThrow('view-');
      const { lines } = await open({}, blind).check([role]);
      expect(lines.filter(({ state }) => state === 'wrong').map((line) => ('fix' in line ? line.fix : ''))).toEqual([
        expect.stringContaining('view-clients'),
        expect.stringContaining('view-events'),
      ]);
    });
  });

  describe('without admin events', () => {
    test('Rolewave grants, and leaves what it cannot tell from an access of somebody else (R1)', async () => {
      const silent = await start({ adminEvents: false });
      const [role, account] = [await group(silent), await person(silent)];
      const one = oneByOne(open({}, silent));
      const ours = await one.granted(role, account);
      expect(ours).not.toHaveProperty('id');
      expect(await one.revoke(ours)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('keeps no admin events') });
      expect(await holdersOf(role, silent)).toEqual([account]);
      expect((await open({}, silent).check([role])).lines).toContainEqual(
        expect.objectContaining({ state: 'warning', fix: expect.stringContaining('Save events') }),
      );
      // Where the site says that nobody else changes anything.
      const sole = open({ soleWriter: true }, silent);
      let transaction = '';
      await sole.revoke([ours], async (_told, id) => void (transaction = id ?? ''));
      expect([await holdersOf(role, silent), await sole.wasCommitted(transaction)]).toEqual([[], 'committed']);
    });

    test('since they were cleared, an access that Rolewave gave is left alone', async () => {
      const cleared = await start();
      const [role, account] = [await group(cleared), await person(cleared)];
      const one = oneByOne(open({}, cleared));
      const ours = await one.granted(role, account);
      await cleared.admin('DELETE', '/admin-events');
      expect(await one.revoke(ours)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('do not go back far enough') });
    });

    test('for a while, in which somebody else may have given the same access, it is left alone', async () => {
      const gap = await start();
      const [role, account, later] = [await group(gap), await person(gap), await person(gap)];
      const one = oneByOne(open({}, gap));
      const ours = await one.granted(role, account);
      const config = (await gap.admin('GET', '/events/config')) as object;
      await gap.admin('PUT', '/events/config', { ...config, adminEventsEnabled: false });
      for (const does of ['DELETE', 'PUT'] as const) await byKim(does, role, account, gap);
      await gap.admin('PUT', '/events/config', { ...config, adminEventsEnabled: true });
      expect(await one.revoke(ours)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('were off for a while') });
      expect(await one.revoke(await one.granted(role, later))).toEqual({ outcome: 'revoked' });
    });

    test('that say which role was given, roles are granted and left, and groups are revoked', async () => {
      const brief = await start({ eventDetails: false });
      const [role, account] = [await group(brief), await person(brief)];
      await brief.admin('POST', '/roles', { name: 'clerk' });
      const one = oneByOne(open({}, brief));
      expect(await one.revoke(await one.granted(role, account))).toEqual({ outcome: 'revoked' });
      const { lines } = await open({}, brief).check([role, 'realm:clerk']);
      expect(lines).toContainEqual(expect.objectContaining({ state: 'wrong', text: expect.stringContaining('without their representation') }));
    });
  });

  describe('when somebody else is faster', () => {
    test('what was given in the moment before our request is not called ours', async () => {
      const [role, account] = [await group(), await person()];
      const connector = open();
      let transaction = '';
      const granting = connector.grant([{ role, account }], async (_told, id) => {
        transaction = id ?? '';
        await byKim('PUT', role, account);
      });
      await expect(granting).rejects.toThrow(SystemUnavailable);
      expect(await connector.wasCommitted(transaction)).toBe('aborted');
      expect(await oneByOne(connector).grant(role, account)).toMatchObject({ outcome: 'preexisting', grants: [{ grantor: 'service-account-kim' }] });
    });

    test('a role that was deleted in that moment is not given, and the change is over', async () => {
      const [role, account] = [await group(), await person()];
      const connector = open();
      let transaction = '';
      const granting = connector.grant([{ role, account }], async (_told, id) => {
        transaction = id ?? '';
        await realm.admin('DELETE', `/groups/${await realm.groupId(role)}`);
      });
      await expect(granting).rejects.toThrow(SystemUnavailable);
      // With the group, everything about it is gone.
      expect(await connector.wasCommitted(transaction)).toBe('unknown');
    });
  });

  describe('when a process dies in the middle of a change', () => {
    /** Tells what it does, and then neither does it nor ends its turn. */
    const dying = async (role: string, account: string): Promise<string> => {
      const connector = keycloakConnector(settingsOf(realm));
      return new Promise((resolve) => {
        const never = connector.grant([{ role, account }], (_told, id) => {
          resolve(id ?? '');
          return new Promise<never>(() => undefined);
        });
        never.catch(() => undefined);
      });
    };

    test('its change may still come until its token has ended, and never after that', { timeout: 60_000 }, async () => {
      const [role, account] = [await group(), await person()];
      const transaction = await dying(role, account);
      const connector = open();
      expect(await connector.wasCommitted(transaction)).toBe('running');
      await expect.poll(() => connector.wasCommitted(transaction), { timeout: 30_000, interval: 500 }).toBe('aborted');
      // Also after others have done the same since.
      await oneByOne(connector).granted(role, account);
      expect(await connector.wasCommitted(transaction)).toBe('aborted');
    });

    test('the next one waits for that, and goes on', { timeout: 60_000 }, async () => {
      const [role, account] = [await group(), await person()];
      const transaction = await dying(role, account);
      const connector = open();
      expect(await connector.grant([{ role, account }], unrecorded)).toMatchObject([{ outcome: 'created' }]);
      expect(await connector.wasCommitted(transaction)).toBe('aborted');
    });

    test('one that wakes up after that changes nothing, because its token has ended', { timeout: 60_000 }, async () => {
      const [role, account, another] = [await group(), await person(), await person()];
      const late = open();
      let wake: () => void = () => undefined;
      const asleep = new Promise<void>((resolve) => (wake = resolve));
      const told = Promise.withResolvers<string>();
      const granting = late.grant([{ role, account }], async (_told, id) => {
        told.resolve(id ?? '');
        await asleep;
      });
      granting.catch(() => undefined);
      const transaction = await told.promise;
      await oneByOne(open()).granted(role, another);
      wake();
      await expect(granting).rejects.toThrow(SystemUnavailable);
      expect(await holdersOf(role)).toEqual([another]);
      expect(await open().wasCommitted(transaction)).toBe('aborted');
    });
  });
});
