/** R3: what was signed is granted to the account and of the role that were signed, by the system's own ids and by what the role may do. */
import { describe, expect, test } from 'vitest';
import { unrecorded } from '../../support/one-by-one.ts';
import { both, escaped, why, type Subject } from './subject.ts';

export function knowsByIds(subject: Subject): void {
  describe('names are for people, ids are what counts', () => {
    test('our grant is revoked after role and account have other names', async () => {
      const { role, account } = await subject.pair();
      const ours = await subject.one.granted(role, account);
      const now = { role: await subject.peer.rename('role', role), account: await subject.peer.rename('account', account) };
      expect(await subject.heldBy(now.role, now.account)).toMatchObject([{ roleId: ours.roleId, accountId: ours.accountId }]);
      expect(await subject.one.revoke(ours)).toEqual({ outcome: 'revoked' });
      expect(await subject.heldBy(now.role, now.account)).toEqual([]);
    });

    test('a role is found by its id under the name that it has now', async () => {
      const { role, account } = await subject.pair();
      const { roleId = '' } = await subject.one.granted(role, account);
      const now = await subject.peer.rename('role', role);
      const { grants } = await subject.connector.snapshot([], [], undefined, [roleId]);
      expect(grants.filter((grant) => grant.account === account)).toMatchObject([{ role: now, account, roleId }]);
    });

    test.each(both)('what was signed for one %s that was dropped and made again is not granted (R3)', async (what) => {
      const names = await subject.pair();
      const wanted = await subject.signed(names.role, [names.account]);
      await subject.peer.recreate(what, names[what]);
      const [outcome] = await subject.connector.grant(wanted, unrecorded);
      expect(why(outcome)).toMatch(new RegExp(`^failed: .*${escaped(names[what])}.* since it was signed`));
      expect(await subject.heldBy(names.role, names.account)).toEqual([]);
    });

    test.each(both)('what was signed for one %s that was renamed is not granted, also where another has its name now (R3)', async (what) => {
      const names = await subject.pair();
      const wanted = await subject.signed(names.role, [names.account]);
      const now = await subject.peer.rename(what, names[what]);
      const [outcome] = await subject.connector.grant(wanted, unrecorded);
      expect(why(outcome)).toMatch(/^failed: .* since it was signed/);
      expect(await subject.heldBy(what === 'role' ? now : names.role, what === 'account' ? now : names.account)).toEqual([]);
    });

    test('the content of a role has a digest, which stays while nobody changes the role', async () => {
      const { role, account } = await subject.pair();
      const contentOf = async () => (await subject.connector.snapshot([role], [])).roles;
      const before = await contentOf();
      expect(before).toMatchObject([{ role, exists: true, digest: expect.stringMatching(/./) }]);
      await subject.one.granted(role, account);
      expect(await contentOf()).toEqual(before);
    });

    test('what was signed for a role that may do more by now is not granted (R3)', async ({ skip }) => {
      if (!subject.peer.widen) return skip('the system does not show what a role may do');
      const { role, account } = await subject.pair();
      const wanted = await subject.signed(role, [account]);
      await subject.peer.widen(role);
      expect((await subject.connector.snapshot([role], [])).roles[0]?.digest).not.toBe(wanted[0]?.digest);
      const [outcome] = await subject.connector.grant(wanted, unrecorded);
      expect(why(outcome)).toMatch(new RegExp(`^failed: .*${escaped(role)}.* since it was signed`));
      expect(await subject.heldBy(role, account)).toEqual([]);
    });
  });
}
