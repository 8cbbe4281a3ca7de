import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { bounded, longest } from './bounded.ts';
import type { Connector } from './connector.ts';
import { noneConnector } from './none/connector.ts';

const long = 'x'.repeat(longest.name + 1);
const grant = { role: 'clerk', account: 'ann', grantor: 'kim', options: {}, id: '1' };

test.each([
  ['a role', { roles: [{ role: 'clerk', exists: true, id: long, digest: 'd', privileges: [] }] }],
  ['a grant of somebody of the plan', { grants: [{ ...grant, accountId: long }] }],
  ['an account', { accounts: [{ account: 'ann', id: long }] }],
])('an id of %s that is longer than any id is refused where it is read', async (_what, said) => {
  const system = noneConnector();
  system.snapshot = () => Promise.resolve({ roles: [], grants: [], accounts: [], unknownAccounts: [], ...said });
  await expect(bounded(system).snapshot(['clerk'], ['ann'])).rejects.toThrow(SystemUnavailable);
});

test('a member whom nobody asked for is read with shorter names, which are still their own', async () => {
  const system = noneConnector();
  const grants = ['1', '2'].map((id) => ({ ...grant, account: `${long}${id}`, accountId: id }));
  system.snapshot = () => Promise.resolve({ roles: [], grants: [grant, ...grants], accounts: [], unknownAccounts: [] });
  const read = (await bounded(system).snapshot(['clerk'], ['ann'])).grants;
  expect(read.map(({ account, accountId }) => [account.length < 200, accountId])).toEqual([
    [true, undefined],
    [true, '1'],
    [true, '2'],
  ]);
  expect(read[1]?.account).not.toBe(read[2]?.account);
});

test('what all roles of a reading may do has a limit, too', async () => {
  const system = noneConnector();
  const roles = Array.from({ length: 20 }, (_, n) => ({ role: `r${n}`, exists: true, digest: 'd', privileges: ['y'.repeat(2 ** 20)] }));
  system.snapshot = () => Promise.resolve({ roles, grants: [], accounts: [], unknownAccounts: [] });
  const refused = await bounded(system)
    .snapshot(['clerk'], [])
    .catch((error: unknown) => error);
  expect(refused).not.toBeInstanceOf(SystemUnavailable);
  expect(String(refused)).toContain('takes 20 MB to say');
});

test('what a role may do is not a name: one long line of it is read', async () => {
  const system = noneConnector();
  const roles = [{ role: 'clerk', exists: true, digest: 'd', privileges: ['y'.repeat(5_000)] }];
  system.snapshot = () => Promise.resolve({ roles, grants: [], accounts: [], unknownAccounts: [] });
  expect(await bounded(system).snapshot(['clerk'], [])).toMatchObject({ roles });
});

test('an effect that would be recorded with a long text is refused before it takes effect', async () => {
  const system = noneConnector();
  const { grant: plain } = system;
  system.grant = (wanted, beforeCommit) => plain(wanted, (outcomes) => beforeCommit(outcomes.map((each) => ({ ...each, note: 'z'.repeat(5_000) }))));
  const effect = bounded(system).grant([{ role: 'clerk', account: 'ann' }], () => Promise.resolve());
  await expect(effect).rejects.toThrow('of 5000 characters, which begins with');
  expect(system.held()).toEqual([]);
});

describe('holders of an entitlement who are not in the plan', () => {
  const systemOf = (holders: Record<string, number>) => {
    const system = noneConnector();
    const grants = Object.entries(holders).flatMap(([role, count]) => Array.from({ length: count }, (_, n) => ({ ...grant, role, account: `m${n}` })));
    system.snapshot = () => Promise.resolve({ roles: [], grants: [...grants, ...grants, grant], accounts: [], unknownAccounts: [] });
    return bounded(system);
  };
  const read = (system: Connector, most: number) =>
    system.snapshot(['clerk', 'payer', 'old'], ['ann'], undefined, undefined, undefined, { roles: ['clerk', 'payer'], most });

  test('are refused where they are read when there are more than a preview lists, with what to do', async () => {
    const refused = await read(systemOf({ clerk: 30, payer: 1_200, old: 5 }), 1_229).catch((error: unknown) => error);
    // No other attempt finds fewer.
    expect(refused).not.toBeInstanceOf(SystemUnavailable);
    expect(String(refused)).toBe(
      "Error: 1,230 accounts outside of the cohort hold these entitlements, 1,200 of them 'payer', and a preview lists 1,229 at most: " +
        'put these entitlements into several packages, or ask the people who run Rolewave to raise limits.othersPerPreview in the site file',
    );
  });

  test('count once for each entitlement, and not where they hold something else or are asked for', async () => {
    expect((await read(systemOf({ clerk: 30, payer: 1_200, old: 5 }), 1_230)).grants).toHaveLength(2 * 1_235 + 1);
  });

  test('are all read where nobody lists them', async () => {
    expect((await systemOf({ clerk: 2_000 }).snapshot(['clerk'], [])).grants).toHaveLength(4_001);
  });
});

describe('what else a system answers', () => {
  const answering = (answers: Partial<Record<keyof Connector, unknown>>): Connector => bounded(Object.assign(noneConnector(), answers));
  const told = (answer: unknown) => () => Promise.resolve(answer);
  const list = <T>(length: number, item: T) => Array.from({ length }, () => item);
  const use = { account: 'ann', atMs: 1 };
  const usageQuery = { plan: 'p', statement: '', roles: ['clerk'], accounts: ['ann'], fromMs: 0, toMs: 1 };
  const cohortQuery = { plan: 'p', accounts: ['ann'], rolePackage: 'clerks' };
  const created = { outcome: 'failed', why: 'no' };

  test.each<[string, Partial<Record<keyof Connector, unknown>>, (system: Connector) => Promise<unknown> | undefined, string]>([
    ['a long place', { place: told(long) }, (system) => system.place(), 'its place has a name, id or text of 1101 characters'],
    [
      'too many lines of a check',
      { check: told({ version: '1', lines: list(200_000, { state: 'ok', text: 't' }) }) },
      (system) => system.check([]),
      '200,000 lines of what was found',
    ],
    [
      'more outcomes than were tried',
      { rehearse: told({ grant: list(2, created), revoke: [], restore: [] }) },
      (system) => system.rehearse({ grant: [{ role: 'clerk', account: 'ann' }], revoke: [], restore: [] }),
      'answers 2 answers to grants',
    ],
    [
      'more outcomes than restores were tried',
      { rehearse: told({ grant: [], revoke: [], restore: list(2, created) }) },
      (system) => system.rehearse({ grant: [], revoke: [], restore: [] }),
      'answers 2 answers to restores',
    ],
    [
      'a long reason of what was tried',
      { rehearse: told({ grant: [{ outcome: 'failed', why: 'x'.repeat(5_000) }], revoke: [], restore: [] }) },
      (system) => system.rehearse({ grant: [{ role: 'clerk', account: 'ann' }], revoke: [], restore: [] }),
      'what it says of what is tried has a name, id or text of 5000 characters',
    ],
    [
      'too many sessions',
      { lastUse: told(list(5_000, use)) },
      (system) => system.lastUse?.(['clerk'], ['ann'], 0),
      '5,000 uses of access, where there can be 1,020',
    ],
    [
      'a long name of who used it',
      { lastUse: told([{ ...use, account: long }]) },
      (system) => system.lastUse?.(['clerk'], ['ann'], 0),
      'uses of access has a name',
    ],
    ['too many uses', { usage: told(list(5_000, use)) }, (system) => system.usage?.(usageQuery), '5,000 uses of access'],
    ['too many people', { cohort: told(list(5_000, 'ann')) }, (system) => system.cohort?.(cohortQuery), '5,000 people of a cohort'],
    ['a long account', { cohort: told([long]) }, (system) => system.cohort?.(cohortQuery), 'people of a cohort has a name'],
    [
      'more last changes than were asked for',
      { lastChange: told(list(2, undefined)) },
      (system) => system.lastChange?.([{ role: 'clerk', account: 'ann' }]),
      '2 last changes of access, where there can be 1',
    ],
    [
      'a long answer of what it does',
      { probe: { reliesOn: [], server: told('x'), assumed: told({ addOne: { is: long, by: 'assumed' } }) } },
      (system) => system.probe?.assumed(),
      'what is assumed of it has a name',
    ],
  ])('%s is refused, by what it is too much of', async (_what, answers, ask, words) => {
    const refused = await Promise.resolve(ask(answering(answers))).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SystemUnavailable);
    expect(String(refused)).toContain(words);
  });

  test('who changed something, lines for people and the version are cut', async () => {
    const text = 'y'.repeat(100_000);
    const system = answering({
      lastChange: told([{ did: 'granted', by: text, atMs: 1 }, undefined]),
      check: told({ version: text, lines: [{ state: 'wrong', text, fix: text }] }),
      lastUse: told({ notPermitted: text }),
      running: told(list(5_000, text)),
      probe: { reliesOn: [], server: told(text), assumed: told({}) },
    });
    const pair = { role: 'clerk', account: 'ann' };
    const answers = [await system.lastChange?.([pair, pair]), await system.check([]), await system.lastUse?.([], [], 0), await system.probe?.server()];
    for (const answer of answers) expect(JSON.stringify(answer).length).toBeLessThan(5_000);
    expect(answers[0]).toMatchObject([{ did: 'granted', atMs: 1 }, undefined]);
    const running = await system.running?.(['ann']);
    expect(running).toHaveLength(1_000);
    expect((running as string[]).at(-1)).toBe('and 4,001 more');
    expect(JSON.stringify(running).length).toBeLessThan(3_000_000);
  });

  test('and what reads beside it is bounded once, however often it is asked for', async () => {
    const beside = Object.assign(noneConnector(), { place: told(long) });
    const system = answering({ aside: () => beside });
    expect(system.aside?.('readings')).toBe(system.aside?.('readings'));
    await expect(system.aside?.('readings')?.place()).rejects.toThrow('its place has a name');
  });
});
