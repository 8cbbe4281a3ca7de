/** What the probe finds out of real servers, and that it leaves nothing behind, whatever happens to it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasScim2Server, ifNoScim2Server, startScim2Server } from '../../test/support/scim-scim2-server.ts';
import { startScimmy } from '../../test/support/scim-scimmy.ts';
import { scimSettings, type TestScim } from '../../test/support/scim-server.ts';
import { ProbeRefused, scratchOf, type Scratch } from '../../domain/access/server-probe.ts';
import { scimConnector } from './connector.ts';

const prefix = 'rolewave-probe-';
const scratch = (accounts: [string, string]): Scratch => scratchOf({ rolePrefix: prefix, accounts, days: 30 }, randomUUID());
const newName = () => scratch(['', '']).role;
const soon = () => AbortSignal.timeout(60_000);

function probeOf(server: TestScim) {
  const { probe } = scimConnector(scimSettings(server));
  if (!probe?.measure) throw new Error('it has no probe');
  return { ...probe, measure: probe.measure };
}

async function groupsOf({ kim }: TestScim): Promise<string[]> {
  const { Resources: groups = [] } = (await kim.ask('GET', 'Groups?count=1000')) as { Resources?: { displayName?: string }[] };
  return groups.map(({ displayName = '' }) => displayName).toSorted();
}

function probing(open: () => Promise<TestScim>, expected: Record<string, string>) {
  let server: TestScim;
  beforeAll(async () => {
    server = await open();
    for (const user of ['probe-a', 'probe-b', 'ann']) await server.kim.user(user);
    await server.kim.group('clerk');
    await server.kim.add('clerk', 'ann');
  });
  afterAll(() => server?.stop());

  test('it finds out what the server does, and removes what it created', async () => {
    const findings = await probeOf(server).measure(scratch(['probe-a', 'probe-b']), soon());
    expect(Object.fromEntries(Object.entries(findings).map(([behaviour, { is, by }]) => [behaviour, by === 'measured' ? is : `${is}, ${by}`]))).toEqual(
      expected,
    );
    expect(await groupsOf(server)).toEqual(['clerk']);
    expect(await server.kim.members('clerk')).toEqual([server.kim.id('Users', 'ann')]);
  });

  test('what a probe left that was killed is removed by the next one', async () => {
    const name = newName();
    await server.kim.group(name);
    await server.kim.add(name, 'probe-a');
    await probeOf(server).measure(scratch(['probe-a', 'probe-b']), soon());
    expect(await groupsOf(server)).toEqual(['clerk']);
  });

  test('a group of such a name that holds somebody else is left alone, and nothing is tried', async () => {
    const name = newName();
    await server.kim.group(name);
    await server.kim.add(name, 'ann');
    await expect(probeOf(server).measure(scratch(['probe-a', 'probe-b']), soon())).rejects.toThrow(/remove or rename it/);
    expect(await groupsOf(server)).toEqual(['clerk', name]);
    await server.kim.drop('Groups', name);
  });

  test('a probe whose time is over removes what it created', async () => {
    const enough = new AbortController();
    const measuring = probeOf(server)
      .measure(scratch(['probe-a', 'probe-b']), enough.signal)
      .catch((error: unknown) => error);
    await expect.poll(() => groupsOf(server), { interval: 5 }).toHaveLength(2);
    enough.abort(new Error('enough'));
    expect(String(await measuring)).toContain('enough');
    expect(await groupsOf(server)).toEqual(['clerk']);
  });

  test('accounts that do not exist are named, and nothing is created', async () => {
    const refused = await probeOf(server)
      .measure(scratch(['probe-a', 'nobody']), soon())
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProbeRefused);
    expect(String(refused)).toContain("account 'nobody'");
    expect(await groupsOf(server)).toEqual(['clerk']);
  });
}

describe.skipIf(!hasScim2Server)(`the probe, on scim2-server${ifNoScim2Server}`, () => {
  probing(startScim2Server, {
    addOne: 'leavesOthers',
    addAgain: 'changesNothing',
    addUnknown: 'accepted',
    removeOne: 'leavesOthers',
    removeAbsent: 'changesNothing',
    removeLast: 'done',
    staleChange: 'refused',
    partlyBad: 'refusedWhole',
    regrant: 'notTold, standard',
  });
});

describe('the probe, on scimmy-routers', () => {
  probing(startScimmy, {
    addOne: 'leavesOthers',
    addAgain: 'doubles',
    addUnknown: 'accepted',
    removeOne: 'leavesOthers',
    removeAbsent: 'changesNothing',
    removeLast: 'done',
    staleChange: 'applied',
    partlyBad: 'refusedWhole',
    regrant: 'notTold, standard',
  });
});
