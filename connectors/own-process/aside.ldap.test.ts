/** Readings that take long have processes and connections of their own: whatever they wait for, changes go on. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openLine, type Line, type Way } from '../../test/support/line.ts';
import { oneByOne } from '../../test/support/one-by-one.ts';
import { site } from '../../test/support/site.ts';
import { groups, ifMissing, logins, nobody, passwordOf, people, slapd, startDirectory, type TestDirectory } from '../../test/support/slapd.ts';
import type { AsideWork, Connector } from '../connector.ts';
import type { ProcessLimits } from '../../clients/own-process/child-process.ts';
import { connectorInOwnProcess } from './connector.ts';

function asideOf(connector: Connector, work: AsideWork): Connector {
  const aside = connector.aside?.(work);
  if (!aside) throw new Error(`nothing aside for ${work}`);
  return aside;
}

describe.skipIf(!slapd)(`a directory in which a group is read that is long in coming${ifMissing}`, () => {
  let directory: TestDirectory;
  let line: Line;
  let goOn: () => void;
  /** Connections on which the huge group was asked for. */
  let held = 0;
  const opened: Connector[] = [];
  beforeAll(async () => {
    directory = await startDirectory();
    for (const uid of ['ann', 'ben', 'cleo']) await directory.admin.add(`uid=${uid},${people}`, { objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid });
    const add = (cn: string, member: string[]) => directory.admin.add(`cn=${cn},${groups}`, { objectClass: 'groupOfNames', cn, member });
    await add(
      'huge',
      ['ann', 'ben', 'cleo'].map((uid) => `uid=${uid},${people}`),
    );
    for (const cn of ['first', 'second']) await add(cn, [nobody]);
  });
  afterAll(() => directory?.stop());

  /** Answers of a connection come in their order, and none while it is busy with the huge group. */
  beforeEach(async () => {
    held = 0;
    const { promise: going, resolve } = Promise.withResolvers<void>();
    goOn = resolve;
    const busyWithHuge = (): Way => {
      let isHeld = false;
      return {
        fromClient: (data) => {
          if (!isHeld && data.includes('huge')) {
            isHeld = true;
            held += 1;
          }
          return data;
        },
        fromServer: async (data) => {
          if (isHeld) await going;
          return data;
        },
      };
    };
    line = await openLine(directory, busyWithHuge);
  });
  afterEach(async () => {
    goOn();
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await line.close();
  });

  function open(limits: Partial<ProcessLimits> = {}): Connector {
    const at = [logins.rolewave, passwordOf(logins.rolewave)].map(encodeURIComponent).join(':');
    const { systems } = site({
      systems: [
        {
          id: 'directory',
          kind: 'ldap',
          connection: { env: 'DIRECTORY' },
          tls: 'none',
          groups: { base: groups, placeholder: nobody },
          accounts: { base: people },
          accesslog: 'cn=accesslog',
        },
      ],
    });
    const connector = connectorInOwnProcess(systems[0]!, `ldap://${at}@${line.host}:${line.port}`, { limits });
    opened.push(connector);
    return connector;
  }

  test('a grant, its reading back, the comparison before it and its revoke are done while previews wait for the group', async () => {
    const connector = open();
    const one = oneByOne(connector);
    const previews = [asideOf(connector, 'readings').snapshot(['huge'], ['ann']), asideOf(connector, 'simulations').snapshot(['huge'], ['ben'])];
    await vi.waitFor(() => expect(held).toBe(1), { timeout: 20_000 });

    expect(await asideOf(connector, 'comparisons').snapshot(['first'], ['ann'])).toMatchObject({ grants: [], accounts: [{ account: 'ann' }] });
    const grant = await one.granted('first', 'ann');
    expect((await connector.snapshot(['first'], ['ann'])).grants).toEqual([grant]);
    expect(await one.revoke(grant)).toEqual({ outcome: 'revoked' });
    expect(held).toBe(1);

    goOn();
    for (const { grants } of await Promise.all(previews)) expect(grants.map(({ account }) => account).sort()).toEqual(['ann', 'ben', 'cleo']);
  });

  test('a grant is done while a comparison waits for the group', async () => {
    const connector = open();
    const comparison = asideOf(connector, 'comparisons').snapshot(['huge'], []);
    await vi.waitFor(() => expect(held).toBe(1), { timeout: 20_000 });
    await oneByOne(connector).granted('second', 'ben');
    goOn();
    expect((await comparison).grants).toHaveLength(3);
  });

  test('a process for readings that is asked nothing ends, and starts again when it is asked', async () => {
    const readings = asideOf(open({ idleMs: 200 }), 'readings');
    expect((await readings.snapshot(['first'], ['ann'])).accounts).toMatchObject([{ account: 'ann' }]);
    // Its connection is gone, and it was the only one.
    await line.quiet();
    expect((await readings.snapshot(['first'], ['ben'])).accounts).toMatchObject([{ account: 'ben' }]);
  });
});

describe('every kind of system that has a process of its own', () => {
  const of = { connection: { env: 'HR' }, tls: 'none' } as const;
  const { systems } = site({
    systems: [
      { id: 'directory', kind: 'ldap', ...of, groups: { base: 'dc=x', soleWriter: true }, accounts: { base: 'dc=x' } },
      { id: 'scim', kind: 'scim', ...of },
      { id: 'realm', kind: 'keycloak', ...of, soleWriter: true },
    ],
  });
  const addresses: Record<string, (port: number) => string> = {
    ldap: (port) => `ldap://cn%3Dr:p@127.0.0.1:${port}`,
    scim: (port) => `http://bearer:token@127.0.0.1:${port}/v2`,
    keycloak: (port) => `http://cli:secret@127.0.0.1:${port}/realms/r`,
  };
  let server: Server;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    // It never answers.
    server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const children = () => readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean));

  // Linux tells which processes a process has started.
  test.skipIf(!existsSync('/proc/self/task')).each(systems)('$kind: changes, readings and comparisons have one each', async (system) => {
    const connector = connectorInOwnProcess(system, addresses[system.kind]!((server.address() as AddressInfo).port));
    const before = children().length;
    const asked = [connector, asideOf(connector, 'readings'), asideOf(connector, 'simulations'), asideOf(connector, 'comparisons')].map((each) =>
      each.snapshot(['clerk'], []).catch((error: unknown) => error),
    );
    expect(children()).toHaveLength(before + 3);
    expect(asideOf(connector, 'readings')).toBe(asideOf(connector, 'simulations'));
    await connector.close();
    for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(Error);
    expect(children()).toHaveLength(before);
    // Nothing is started any more.
    await expect(asideOf(connector, 'readings').snapshot(['clerk'], [])).rejects.toThrow('was closed');
    expect(children()).toHaveLength(before);
  });
});
