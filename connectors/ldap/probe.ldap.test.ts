/** What the probe finds out of OpenLDAP, and that it leaves nothing behind. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ProbeRefused, scratchOf, type ScratchLeft } from '../../domain/access/server-probe.ts';
import type { Findings } from '../../domain/access/server-behaviour.ts';
import { openLine } from '../../test/support/line.ts';
import { groups, ifMissing, logins, nobody, passwordOf, people, settingsOf, slapd, startDirectory, type TestDirectory } from '../../test/support/slapd.ts';
import { ldapConnector } from './connector.ts';

const scratch = (accounts: [string, string] = ['probe-a', 'probe-b']) => scratchOf({ rolePrefix: 'rolewave-probe-', accounts, days: 30 }, randomUUID());
const soon = () => AbortSignal.timeout(60_000);
const answers = (findings: Findings) => Object.fromEntries(Object.entries(findings).map(([behaviour, { is }]) => [behaviour, is]));

describe.skipIf(!slapd)(`the probe of a directory${ifMissing}`, () => {
  let directory: TestDirectory;
  beforeAll(async () => {
    directory = await startDirectory();
    for (const name of ['probe-a', 'probe-b', 'ann'])
      await directory.admin.add(`uid=${name},${people}`, { objectClass: 'inetOrgPerson', uid: name, cn: name, sn: name });
  });
  afterAll(() => directory?.stop());

  async function measured(change: Parameters<typeof settingsOf>[1] = {}, of = scratch(), signal = soon()): Promise<Findings> {
    const connector = ldapConnector(settingsOf(directory, change));
    try {
      if (!connector.probe?.measure) throw new Error('it has no probe');
      return await connector.probe.measure(of, signal);
    } finally {
      await connector.close();
    }
  }
  const left = async () => (await directory.admin.search(groups, { scope: 'one', filter: '(cn=rolewave-probe-*)', attributes: ['1.1'] })).searchEntries;

  test('it finds out what the directory does, and removes what it created', async () => {
    expect(answers(await measured())).toEqual({
      addOne: 'leavesOthers',
      addAgain: 'refused',
      addUnknown: 'accepted',
      removeOne: 'leavesOthers',
      removeAbsent: 'refused',
      removeLast: 'refused',
      staleChange: 'refused',
      partlyBad: 'refusedWhole',
      regrant: 'told',
    });
    expect(await left()).toEqual([]);
  });

  test('a directory without a log of changes does not tell two accesses of one person apart, also where the site file names a log', async () => {
    expect(answers(await measured({ accesslog: undefined }))).toMatchObject({ regrant: 'notTold' });
  });

  test('what a probe left that was killed is removed by the next one; a group with somebody else in it is left, and nothing is tried', async () => {
    const [killed, strange] = [scratch().role, scratch().role];
    await directory.admin.add(`cn=${killed},${groups}`, { objectClass: 'groupOfNames', cn: killed, member: [`uid=probe-a,${people}`, nobody] });
    await measured();
    expect(await left()).toEqual([]);
    await directory.admin.add(`cn=${strange},${groups}`, { objectClass: 'groupOfNames', cn: strange, member: `uid=ann,${people}` });
    await expect(measured()).rejects.toThrow(/remove or rename it/);
    expect(await left()).toHaveLength(1);
    await directory.admin.del(`cn=${strange},${groups}`);
  });

  test('a login that may create no group is told so, and what is missing', async () => {
    const refused = await measured({ bindDn: logins.auditor, password: passwordOf(logins.auditor) }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProbeRefused);
    expect(String(refused)).toMatch(/insufficientAccessRights.*create and remove entries directly below/);
    expect(await left()).toEqual([]);
  });

  test('a removal that the directory does not answer ends in time and is told by name, and the next probe does it', async () => {
    // A DelRequest (RFC 4511, 4.8) in a message that is short: `30 length 02 length id 4a`.
    const isDelete = (data: Buffer) => data[0] === 0x30 && data[2] === 0x02 && data[4 + (data[3] ?? 0)] === 0x4a;
    const line = await openLine(directory, () => ({ fromClient: (data) => (isDelete(data) ? Buffer.alloc(0) : data) }));
    const error = await measured({ host: line.host, port: line.port }, { ...scratch(), removalMs: 200 }).catch((each: unknown) => each as ScratchLeft);
    expect(error).toMatchObject({ isAway: true, message: expect.stringMatching(/group cn=rolewave-probe-[0-9a-f]{12},.*did not answer within 0.2 seconds/) });
    await line.close();
    expect(await left()).toHaveLength(1);
    await measured();
    expect(await left()).toEqual([]);
  });

  test('a probe whose time is over removes what it created', async () => {
    await expect(measured({}, scratch(), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(await left()).toEqual([]);
  });
});
