/** Grants and revokes: each once, each with its outcome, also while others do the same. */
import { describe, expect, test } from 'vitest';
import { unrecorded } from '../../support/one-by-one.ts';
import { createdOf, escaped, why, type Subject } from './subject.ts';

export function grantsAndRevokes(subject: Subject): void {
  describe('grant and revoke', () => {
    test('each happen once, are read back, and may be repeated (R4)', async () => {
      const { role, account } = await subject.pair();
      const granted = await subject.one.granted(role, account);
      expect(granted).toMatchObject({ role, account });
      expect(await subject.heldBy(role, account)).toEqual([granted]);
      expect(await subject.one.grant(role, account)).toEqual({ outcome: 'preexisting', grants: [granted] });
      expect(await subject.one.revoke(granted)).toEqual({ outcome: 'revoked' });
      expect(await subject.one.revoke(granted)).toEqual({ outcome: 'gone' });
      expect(await subject.heldBy(role, account)).toEqual([]);
    });

    test('of nothing do nothing', async () => {
      const { connector } = subject;
      expect([await connector.grant([], unrecorded), await connector.revoke([], unrecorded), await connector.restore([], unrecorded)]).toEqual([[], [], []]);
    });

    test(`of ${subject.many} accounts answer in the order of the request, and the list of holders is complete`, async () => {
      const role = await subject.peer.role();
      const accounts = await subject.peer.accounts(subject.many);
      const wanted = accounts.map((account) => ({ role, account }));
      const granted = createdOf(await subject.grantAll(wanted));
      expect(granted.map(({ account }) => account)).toEqual(accounts);
      const held = await subject.heldAmong(role, accounts);
      expect(held.map(({ account }) => account).toSorted()).toEqual(accounts.toSorted());
      expect((await subject.revokeAll(granted.slice(1))).map(({ outcome }) => outcome)).toEqual(granted.slice(1).map(() => 'revoked'));
      expect(await subject.heldAmong(role, accounts)).toEqual(granted.slice(0, 1));
    });

    test('of several roles have one outcome each', async () => {
      const roles = [await subject.peer.role(), await subject.peer.role(), await subject.peer.role()];
      const [account = ''] = await subject.peer.accounts(1);
      const granted = createdOf(await subject.grantAll(roles.map((role) => ({ role, account }))));
      expect(granted.map(({ role }) => role)).toEqual(roles);
      expect(await subject.revokeAll(granted)).toEqual(roles.map(() => ({ outcome: 'revoked' })));
    });

    test('go on after what the system refuses, and say why in words that name it', async () => {
      const { role, account } = await subject.pair();
      const [absent, gone] = [await subject.pair(), await subject.pair()];
      await subject.peer.drop('role', absent.role);
      await subject.peer.drop('account', gone.account);
      const [noRole, noAccount, last] = await subject.grantAll([
        { role: absent.role, account },
        { role, account: gone.account },
        { role, account },
      ]);
      expect([why(noRole), why(noAccount), last?.outcome]).toEqual([
        expect.stringMatching(new RegExp(`^failed: .*${escaped(absent.role)}`)),
        expect.stringMatching(new RegExp(`^failed: .*${escaped(gone.account)}`)),
        'created',
      ]);
    });

    test('of one pair twice in one call grant it once', async ({ skip }) => {
      if ((subject.connector.atOnce?.grants ?? 2) < 2) return skip('a call holds one grant');
      const wanted = await subject.pair();
      const outcomes = await subject.connector.grant([wanted, wanted], unrecorded);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['created', 'preexisting']);
      expect(await subject.heldBy(wanted.role, wanted.account)).toEqual(createdOf(outcomes));
    });

    test('by two processes at once create each grant once', async () => {
      const role = await subject.peer.role();
      const accounts = await subject.peer.accounts(20);
      const wanted = accounts.map((account) => ({ role, account }));
      await subject.elsewhere(async (another) => {
        const outcomes = await Promise.all([subject.connector, another].map((each) => subject.grantAll(wanted, each)));
        for (const at of wanted.keys()) expect(new Set(outcomes.map((each) => each[at]?.outcome))).toEqual(new Set(['created', 'preexisting']));
      });
      expect(await subject.heldAmong(role, accounts)).toHaveLength(wanted.length);
    });
  });
}
