/** R1: what another administrator granted stays, whatever was ours before or beside it. */
import { describe, expect, test } from 'vitest';
import { neverAnothersGrant } from '../hostile-sequences.ts';
import { both, type Subject } from './subject.ts';

export function leavesOthersGrants(subject: Subject): void {
  describe("another administrator's grant (R1)", () => {
    test('is preexisting, and is not called ours', async () => {
      const { role, account } = await subject.pair();
      await subject.peer.grant(role, account);
      const [theirs] = await subject.heldBy(role, account);
      expect(await subject.one.grant(role, account)).toEqual({ outcome: 'preexisting', grants: [theirs] });
    });

    test.runIf(subject.traits.tellsRegrants)('stays when ours of the same pair was taken away before and is revoked now', async () => {
      const { role, account } = await subject.pair();
      const ours = await subject.one.granted(role, account);
      await subject.peer.revokeAll(role, account);
      await subject.peer.grant(role, account);
      // Where a system cannot tell, it says so, and leaves it.
      expect(['gone', 'failed']).toContain((await subject.one.revoke(ours)).outcome);
      expect(await subject.heldBy(role, account)).toHaveLength(1);
    });

    test.runIf(subject.traits.keepsGrantorsApart)('stays when ours beside it is revoked', async () => {
      const { role, account } = await subject.pair();
      const ours = await subject.one.granted(role, account);
      await subject.peer.grant(role, account);
      expect(await subject.heldBy(role, account)).toHaveLength(2);
      expect(await subject.one.revoke(ours)).toEqual({ outcome: 'revoked' });
      const left = await subject.heldBy(role, account);
      expect(left).toHaveLength(1);
      expect(left).not.toContainEqual(ours);
    });

    test('stays when role or account was dropped and made again under the same name', async () => {
      for (const what of both) {
        const names = await subject.pair();
        const ours = await subject.one.granted(names.role, names.account);
        await subject.peer.recreate(what, names[what]);
        await subject.peer.grant(names.role, names.account);
        expect(await subject.one.revoke(ours)).toEqual({ outcome: 'gone' });
        expect(await subject.heldBy(names.role, names.account)).toHaveLength(1);
      }
    });

    test('is never revoked, whatever is granted, renamed, dropped and made again meanwhile', { timeout: 120_000 }, async () => {
      await neverAnothersGrant(subject.peer, subject.traits, subject.sequences);
    });
  });
}
