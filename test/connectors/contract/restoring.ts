/** What a rollback gives back. */
import { describe, expect, test } from 'vitest';
import { both, type Subject } from './subject.ts';

export function restores(subject: Subject): void {
  describe('restore', () => {
    test("gives back exactly another administrator's grant, once, and it can be revoked again", async () => {
      const { role, account } = await subject.pair();
      await subject.peer.grant(role, account);
      const [theirs] = await subject.heldBy(role, account);
      expect(await subject.one.revoke(theirs!)).toEqual({ outcome: 'revoked' });
      const restored = await subject.one.restore(theirs!);
      expect(restored).toMatchObject({ outcome: 'created', grant: { role, account, options: theirs!.options } });
      expect(await subject.one.restore(theirs!)).toMatchObject({ outcome: 'preexisting' });
      const [again] = await subject.heldBy(role, account);
      expect(await subject.one.revoke(again!)).toEqual({ outcome: 'revoked' });
    });

    test.each(both)(
      'of a grant whose %s was renamed tells the name that it has now, before it is given back: the site is asked about that name',
      async (what) => {
        const names = await subject.pair();
        const ours = await subject.one.granted(names.role, names.account);
        expect(await subject.one.revoke(ours)).toEqual({ outcome: 'revoked' });
        const now = { ...names, [what]: await subject.peer.rename(what, names[what]) };
        const told: unknown[] = [];
        const refused = new Error('not by that name');
        const restore = subject.connector.restore([ours], async (outcomes) => {
          told.push(...outcomes);
          throw refused;
        });
        await expect(restore).rejects.toBe(refused);
        expect(told).toMatchObject([{ outcome: 'created', grant: now }]);
        expect(await subject.heldBy(now.role, now.account)).toEqual([]);
      },
    );

    test('of an account that may not sign in any more gives back nothing: who has left gets no access again', async ({ skip }) => {
      if (!subject.peer.lock) return skip('the system does not lock accounts');
      const { role, account } = await subject.pair();
      await subject.peer.grant(role, account);
      const [theirs] = await subject.heldBy(role, account);
      expect(await subject.one.revoke(theirs!)).toEqual({ outcome: 'revoked' });
      await subject.peer.lock(account);
      expect(await subject.one.restore(theirs!)).toMatchObject({ outcome: 'failed', nothingThere: true, why: expect.stringContaining('any more') });
      expect(await subject.heldBy(role, account)).toEqual([]);
    });

    test.each(both)('of a grant whose %s was dropped, or dropped and made again, will never succeed', async (what) => {
      for (const change of ['drop', 'recreate'] as const) {
        const names = await subject.pair();
        const ours = await subject.one.granted(names.role, names.account);
        await subject.peer[change](what, names[what]);
        expect(await subject.one.restore(ours)).toMatchObject({ outcome: 'failed', nothingThere: true, why: expect.stringContaining(names[what]) });
      }
    });
  });
}
