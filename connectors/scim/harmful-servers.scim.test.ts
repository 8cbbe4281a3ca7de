/** What the probe finds out of servers that no real one of the tests is: they take access from others, lie, or do not let it clean up. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lackingIn, type Findings } from '../../domain/access/server-behaviour.ts';
import { ProbeRefused, ScratchLeft, scratchOf, type ServerProbe } from '../../domain/access/server-probe.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { scimSettings } from '../../test/support/scim-server.ts';
import { startScripted, type Answering, type Scripted } from '../../test/support/scim-scripted.ts';
import type { Connector } from '../connector.ts';
import { scimConnector } from './connector.ts';

let server: Scripted;
let connector: Connector;
beforeEach(async () => {
  server = await startScripted(['ann', 'ben', 'cem'], ['clerk']);
  server.change('clerk', ['cem']);
  connector = scimConnector(scimSettings(server));
});
afterEach(async () => {
  await connector.close();
  await server.stop();
});

interface Patch {
  group: string;
  held: string[];
  operations: { op: string; path: string; value?: { value: string }[] }[];
}

/** As a server that creates and removes groups, and does with a PATCH what the test says. */
function serving(patch: (patch: Patch) => string[] | undefined, other: Answering = () => undefined): void {
  server.answer = async (asked, response) => {
    const said = await other(asked, response);
    if (said) return said;
    const id = decodeURIComponent(asked.path.split('/')[1] ?? '');
    if (asked.method === 'POST') {
      const { displayName } = JSON.parse(asked.body) as { displayName: string };
      server.change(displayName, []);
      return { status: 201, body: { id: displayName } };
    }
    if (asked.method === 'DELETE') return { status: server.members.delete(id) ? 204 : 404 };
    if (asked.method !== 'PATCH') return undefined;
    const { Operations: operations } = JSON.parse(asked.body) as { Operations: Patch['operations'] };
    const now = patch({ group: id, held: server.members.get(id) ?? [], operations });
    if (!now) return undefined;
    server.change(id, now);
    return { status: 204 };
  };
}
const adds = ({ operations: [first] }: Patch) => (first?.op === 'add' ? first.value?.[0]?.value : undefined);
const removes = ({ operations: [first] }: Patch) => /value eq "(.*)"/.exec(first?.op === 'remove' ? first.path : '')?.[1];

const probe = (): ServerProbe => connector.probe ?? expect.fail('it has no probe');
const scratch = () => ({ ...scratchOf({ rolePrefix: 'rolewave-probe-', accounts: ['ann', 'ben'], days: 30 }, randomUUID()), removalMs: 200 });
const measured = async (): Promise<Findings> => (await probe().measure?.(scratch(), AbortSignal.timeout(60_000))) ?? {};
const refused = (findings: Findings) => lackingIn(findings, probe().reliesOn, ['grant', 'revoke'], true).map(({ behaviour }) => behaviour);
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => new Error('it was done'),
    (error: unknown) => error as Error,
  );

describe('releases are refused, whatever the site accepts, in a server that', () => {
  const harms: [string, (patch: Patch) => string[] | undefined, Findings][] = [
    [
      'replaces all members by the one that is added',
      (patch) => (adds(patch) ? [adds(patch)!] : undefined),
      { addOne: { is: 'replacesOthers', by: 'measured' } },
    ],
    ['answers that it added, and does not', (patch) => (adds(patch) ? patch.held : undefined), { addOne: { is: 'changesNothing', by: 'measured' } }],
    ['removes all members where one is removed', (patch) => (removes(patch) ? [] : undefined), { removeOne: { is: 'removesOthers', by: 'measured' } }],
    ['answers that it removed, and does not', (patch) => (removes(patch) ? patch.held : undefined), { removeOne: { is: 'changesNothing', by: 'measured' } }],
    [
      'removes all members where somebody is removed who is none',
      (patch) => (removes(patch) && !patch.held.includes(removes(patch)!) ? [] : undefined),
      { removeAbsent: { is: 'removesOthers', by: 'measured' } },
    ],
  ];
  test.each(harms)('%s', async (_what, patch, found) => {
    serving(patch);
    const findings = await measured();
    expect(findings).toMatchObject(found);
    expect(refused(findings)).toEqual(expect.arrayContaining(Object.keys(found)));
    expect([...server.members]).toEqual([['clerk', ['cem']]]);
  });
});

test('a server that lists members twice and takes one at a time stops what a revoke would leave, where others add too', async () => {
  serving((patch) => {
    const gone = removes(patch);
    return gone !== undefined && patch.held.includes(gone) ? patch.held.toSpliced(patch.held.indexOf(gone), 1) : undefined;
  });
  const findings = await measured();
  expect(findings).toMatchObject({ addAgain: { is: 'stacks' }, removeOne: { is: 'leavesOthers' } });
  expect(refused(findings)).toEqual([]);
  await connector.close();
  connector = scimConnector(scimSettings(server, { groups: { name: 'displayName', soleWriter: false } }));
  expect(lackingIn(findings, probe().reliesOn, ['revoke'], false).map(({ behaviour }) => behaviour)).toEqual(['regrant', 'addAgain']);
});

describe('nothing of others is touched, and nothing is left without a word, where the server', () => {
  test('answers a group that was there before when a new one is asked for', async () => {
    serving(
      () => undefined,
      ({ method }) => (method === 'POST' ? { status: 201, body: { id: 'clerk' } } : undefined),
    );
    const error = await errorOf(measured());
    expect([error.constructor, error.message]).toEqual([ProbeRefused, expect.stringContaining('(clerk), which was left alone')]);
    expect([...server.members]).toEqual([['clerk', ['cem']]]);
    expect(server.asked.filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
  });

  test('lets no group be created', async () => {
    serving(
      () => undefined,
      ({ method }) => (method === 'POST' ? { status: 403 } : undefined),
    );
    const error = await errorOf(measured());
    expect([error.constructor, error.message]).toEqual([ProbeRefused, expect.stringMatching(/status 403.*create and remove groups/s)]);
  });

  test('lets no group be removed: its name is told', async () => {
    serving(
      () => undefined,
      ({ method }) => (method === 'DELETE' ? { status: 403 } : undefined),
    );
    const error = await errorOf(measured());
    expect([error.constructor, error.message]).toEqual([ScratchLeft, expect.stringMatching(/group 'rolewave-probe-[0-9a-f]{12}'.*Remove it by hand/)]);
  });

  test('answers no removal: it ends in time, the name is told, and the next probe removes it', async () => {
    let isSilent = true;
    serving(
      () => undefined,
      ({ method }) => (method === 'DELETE' && isSilent ? 'handled' : undefined),
    );
    const error = await errorOf(measured());
    expect([error.constructor, (error as ScratchLeft).isAway, error.message]).toEqual([
      ScratchLeft,
      true,
      expect.stringMatching(/group 'rolewave-probe-[0-9a-f]{12}'.*did not answer within 0.2 seconds/),
    ]);
    isSilent = false;
    await measured();
    expect([...server.members.keys()]).toEqual(['clerk']);
  });

  test('answers that it removed the group, and keeps it: its name is told', async () => {
    serving(
      () => undefined,
      ({ method }) => (method === 'DELETE' ? { status: 204 } : undefined),
    );
    expect((await errorOf(measured())).message).toMatch(/group 'rolewave-probe-[0-9a-f]{12}'.*could not be removed/);
  });

  test('creates the group and loses the answer: the next probe removes it', async () => {
    let isLost = false;
    serving(
      () => undefined,
      ({ method, body }, response) => {
        if (method !== 'POST' || isLost) return undefined;
        isLost = true;
        server.change((JSON.parse(body) as { displayName: string }).displayName, []);
        response.destroy();
        return 'handled';
      },
    );
    expect(await errorOf(measured())).toBeInstanceOf(SystemUnavailable);
    expect(server.members.size).toBe(2);
    await measured();
    expect([...server.members.keys()]).toEqual(['clerk']);
  });
});
