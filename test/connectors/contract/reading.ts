/** Reads: complete or an error, and the same for every reader. */
import { describe, expect, test } from 'vitest';
import { escaped, why, type Subject } from './subject.ts';

export function readsCompletely(subject: Subject): void {
  describe('a snapshot', () => {
    test('tells accounts and roles that exist from those that do not', async () => {
      const [there, gone] = [await subject.pair(), await subject.pair()];
      await subject.peer.drop('role', gone.role);
      await subject.peer.drop('account', gone.account);
      const { roles, accounts, unknownAccounts } = await subject.connector.snapshot([there.role, gone.role], [there.account, gone.account]);
      expect(roles).toMatchObject([
        { role: there.role, exists: true },
        { role: gone.role, exists: false },
      ]);
      expect([accounts.map(({ account }) => account), unknownAccounts]).toEqual([[there.account], [gone.account]]);
      expect([roles[0]?.id, accounts[0]?.id]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
    });

    test('explains each option that a grant can have', async () => {
      const { role, account } = await subject.pair();
      await subject.peer.grant(role, account);
      const { grants, grantOptions = {} } = await subject.connector.snapshot([role], []);
      expect([...new Set(grants.flatMap(({ options }) => Object.keys(options)))].filter((option) => !(option in grantOptions))).toEqual([]);
      for (const { otherwise } of Object.values(grantOptions)) expect(otherwise).toMatch(/./);
    });

    test('of one person without any role says whether the person is known', async () => {
      const [known = '', gone = ''] = await subject.peer.accounts(2);
      await subject.peer.drop('account', gone);
      const read = await subject.connector.snapshot([], [known, gone]);
      expect(read).toMatchObject({ roles: [], grants: [], accounts: [{ account: known }], unknownAccounts: [gone] });
    });

    test('says the same to every process', async () => {
      const { role, account } = await subject.pair();
      await subject.one.granted(role, account);
      const here = await subject.connector.snapshot([role], [account]);
      expect(here.grants).toHaveLength(await subject.elsewhere(async (other) => (await other.snapshot([role], [account])).grants.length));
      expect(await subject.elsewhere((other) => other.snapshot([role], [account]))).toEqual(here);
    });

    test('counts an account that cannot sign in as unknown, and nothing is granted to it', async ({ skip }) => {
      if (!subject.peer.lock) return skip('the system does not lock accounts');
      const { role, account } = await subject.pair();
      await subject.peer.lock(account);
      expect((await subject.connector.snapshot([role], [account])).unknownAccounts).toEqual([account]);
      expect(why(await subject.one.grant(role, account))).toMatch(new RegExp(`^failed: .*${escaped(account)}`));
    });

    test('without contents has the same grants', async () => {
      const { role, account } = await subject.pair();
      const ours = await subject.one.granted(role, account);
      const { grants } = await subject.connector.snapshot([role], [account], undefined, undefined, true);
      expect(grants.filter((grant) => grant.account === account)).toEqual([ours]);
    });

    test('that was cancelled ends with the reason of it', async () => {
      const role = await subject.peer.role();
      await expect(subject.connector.snapshot([role], [], AbortSignal.abort(new Error('not wanted any more')))).rejects.toThrow('not wanted any more');
    });

    test('of what an effect would do ends in the same way', async () => {
      const { role, account } = await subject.pair();
      const cancelled = AbortSignal.abort(new Error('not wanted any more'));
      await expect(subject.connector.rehearse({ grant: [{ role, account }], revoke: [], restore: [] }, cancelled)).rejects.toThrow('not wanted any more');
    });
  });
}
