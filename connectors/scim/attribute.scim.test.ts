/** Values of `roles` and `entitlements` of users, as plans grant them where the site file says so. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { oneByOne } from '../../test/support/one-by-one.ts';
import { hasScim2Server, ifNoScim2Server, startScim2Server } from '../../test/support/scim-scim2-server.ts';
import { startScimmy } from '../../test/support/scim-scimmy.ts';
import { scimSettings, type TestScim } from '../../test/support/scim-server.ts';
import type { Connector } from '../connector.ts';
import { scimConnector } from './connector.ts';
import type { ScimSettings } from './settings.ts';

type Attribute = NonNullable<ScimSettings['attribute']>;

describe.each([
  { server: `scim2-server${ifNoScim2Server}`, start: startScim2Server, isMissing: !hasScim2Server, name: 'roles' },
  { server: `scim2-server${ifNoScim2Server}`, start: startScim2Server, isMissing: !hasScim2Server, name: 'entitlements' },
  { server: 'scimmy-routers', start: startScimmy, isMissing: false, name: 'roles' },
  { server: 'scimmy-routers', start: startScimmy, isMissing: false, name: 'entitlements' },
] as const)('$name of users, on $server', ({ start, isMissing, name }) => {
  let server: TestScim;
  let count = 0;
  const opened: Connector[] = [];
  beforeAll(async () => {
    if (!isMissing) server = await start();
  });
  afterAll(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await server?.stop();
  });

  const open = (change: Partial<Attribute> = {}): Connector => {
    const connector = scimConnector(scimSettings(server, { attribute: { name, values: ['clerk', 'a "b" c', 'reader'], soleWriter: true, ...change } }));
    opened.push(connector);
    return connector;
  };
  const person = async () => {
    const user = `person ${(count += 1)}`;
    await server.kim.user(user);
    return user;
  };
  const theirs = (user: string, value: string) => server.kim.patch('Users', server.kim.id('Users', user), [{ op: 'add', path: name, value: [{ value }] }]);
  const valuesOf = async (user: string) => {
    const found = (await server.kim.ask('GET', `Users/${server.kim.id('Users', user)}`)) as unknown as Record<string, { value: string }[] | undefined>;
    return (found[name] ?? []).map(({ value }) => value).toSorted();
  };

  test.skipIf(isMissing)('are granted, read and revoked one at a time, and others stay as they are', async () => {
    const [ann, one] = [await person(), oneByOne(open())];
    await theirs(ann, 'somebody else’s');
    for (const role of ['clerk', 'a "b" c']) {
      const ours = await one.granted(role, ann);
      expect(ours).toEqual({ role, account: ann, options: {}, roleId: role, accountId: server.kim.id('Users', ann) });
      expect((await open().snapshot([role], [ann])).grants).toEqual([ours]);
      expect(await one.grant(role, ann)).toEqual({ outcome: 'preexisting', grants: [ours] });
    }
    expect(await valuesOf(ann)).toEqual(['a "b" c', 'clerk', 'somebody else’s']);
    const [held] = (await open().snapshot(['clerk'], [])).grants;
    expect(await one.revoke(held!)).toEqual({ outcome: 'revoked' });
    expect(await one.revoke(held!)).toEqual({ outcome: 'gone' });
    expect(await one.restore(held!)).toMatchObject({ outcome: 'created' });
    expect(await valuesOf(ann)).toEqual(['a "b" c', 'clerk', 'somebody else’s']);
  });

  test.skipIf(isMissing)('that the site file does not list do not exist, and what was granted of one can still go', async () => {
    const ann = await person();
    const ours = await oneByOne(open()).granted('reader', ann);
    const later = open({ values: ['clerk'] });
    expect((await later.snapshot(['reader'], [])).roles).toMatchObject([{ role: 'reader', exists: false }]);
    expect(await oneByOne(later).grant('reader', await person(), { roleId: 'reader' })).toMatchObject({
      outcome: 'failed',
      why: expect.stringContaining("role 'reader' does not exist: add the value to attribute.values"),
    });
    expect(await oneByOne(later).revoke(ours)).toEqual({ outcome: 'revoked' });
    expect((await later.check(['clerk', 'reader'])).lines.slice(-2)).toMatchObject([
      { state: 'ok' },
      { state: 'wrong', text: 'role reader is not one of attribute.values' },
    ]);
  });

  test.skipIf(isMissing)('stay where somebody else may have granted the same again (R1)', async () => {
    const [ann, one] = [await person(), oneByOne(open({ soleWriter: false }))];
    const ours = await one.granted('clerk', ann);
    expect(await one.revoke(ours)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('cannot be told in SCIM') });
    expect(await valuesOf(ann)).toEqual(['clerk']);
  });

  test.skipIf(isMissing)('are of another place than groups of the same name', async () => {
    const groups = scimConnector(scimSettings(server));
    opened.push(groups);
    expect(new Set([await groups.place(), await open().place()]).size).toBe(2);
  });

  test.skipIf(isMissing)('that somebody else grants in the same moment are left to them', async () => {
    const [ann, connector] = [await person(), open()];
    const granted = connector.grant([{ role: 'clerk', account: ann }], async () => void (await theirs(ann, 'clerk')));
    // Where the server compares versions, nothing is done; elsewhere the value is there once or twice, and is read as one.
    await granted.catch((error: unknown) => expect(error).toBeInstanceOf(SystemUnavailable));
    expect(new Set(await valuesOf(ann))).toEqual(new Set(['clerk']));
    expect((await connector.snapshot(['clerk'], [])).grants.filter(({ account }) => account === ann)).toHaveLength(1);
  });
});
