import { expect, test } from 'vitest';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { bounded, longest } from './bounded.ts';
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
