/** R5: an effect is written down before it happens, and can be asked about afterwards. */
import { describe, expect, test } from 'vitest';
import { createdOf, type Subject } from './subject.ts';

export function tellsBeforeItActs(subject: Subject): void {
  const remembered = (state: string) => (subject.traits.remembersEffects ? state : 'unknown');

  describe('what is about to be done', () => {
    test('is told before it is there, with a transaction that is known to have taken effect afterwards (R5)', async () => {
      const { role, account } = await subject.pair();
      let id = '';
      const seen: unknown[] = [];
      const outcomes = await subject.connector.grant([{ role, account }], async (told, transaction) => {
        id = transaction ?? '';
        const { grants } = await subject.elsewhere((other) => other.snapshot([role], []));
        seen.push(
          told.map(({ outcome }) => outcome),
          grants.filter((grant) => grant.account === account),
        );
      });
      expect(seen).toEqual([['created'], []]);
      expect(await subject.connector.wasCommitted(id)).toBe(remembered('committed'));
      expect(await subject.heldBy(role, account)).toEqual(createdOf(outcomes));
    });

    test('is not done when it could not be written down, and the reason is thrown as it is', async () => {
      const { role, account } = await subject.pair();
      const [granted, other] = [await subject.one.granted(role, account), await subject.pair()];
      const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const ids: (string | undefined)[] = [];
      const fail = async (_outcomes: unknown, transaction?: string) => {
        ids.push(transaction);
        throw down;
      };
      await expect(subject.connector.grant([other], fail)).rejects.toBe(down);
      await expect(subject.connector.revoke([granted], fail)).rejects.toBe(down);
      // It may be running for a moment still, and is never committed.
      await expect
        .poll(() => Promise.all(ids.map((id) => subject.connector.wasCommitted(id ?? ''))), { timeout: 10_000 })
        .toEqual(['aborted', 'aborted'].map(remembered));
      expect([await subject.heldBy(role, account), await subject.heldBy(other.role, other.account)]).toEqual([[granted], []]);
    });

    test('has no transaction where nothing is about to change', async () => {
      const { role, account } = await subject.pair();
      const granted = await subject.one.granted(role, account);
      const ids: unknown[] = [];
      const note = async (_outcomes: unknown, transaction?: string) => void ids.push(transaction);
      await subject.connector.grant([{ role, account }], note);
      await subject.connector.restore([granted], note);
      expect(ids).toEqual([undefined, undefined]);
    });

    test('nobody knows of a transaction that never was', async () => {
      expect(await subject.connector.wasCommitted('no transaction of this system')).toBe('unknown');
    });
  });

  describe('a rehearsal', () => {
    test('answers as the effects would, and changes nothing', async () => {
      const { role, account } = await subject.pair();
      const [ben = '', gone = ''] = await subject.peer.accounts(2);
      await subject.peer.drop('account', gone);
      const granted = await subject.one.granted(role, ben);
      const { grant, revoke } = await subject.connector.rehearse({
        grant: [account, ben, gone].map((each) => ({ role, account: each })),
        revoke: [granted],
        restore: [],
      });
      expect([grant, revoke].map((each) => each.map(({ outcome }) => outcome))).toEqual([['created', 'preexisting', 'failed'], ['revoked']]);
      expect([await subject.heldBy(role, account), await subject.heldBy(role, ben)]).toEqual([[], [granted]]);
    });

    test('of a restore answers as the restore would, and gives nothing back', async () => {
      const [taken, left, gone] = [await subject.pair(), await subject.pair(), await subject.pair()];
      const [theirs, kept, lost] = [
        await subject.one.granted(taken.role, taken.account),
        await subject.one.granted(left.role, left.account),
        await subject.one.granted(gone.role, gone.account),
      ];
      expect(await subject.one.revoke(theirs)).toEqual({ outcome: 'revoked' });
      await subject.peer.drop('account', gone.account);
      const { restore } = await subject.connector.rehearse({ grant: [], revoke: [], restore: [theirs, kept, lost] });
      expect(restore).toMatchObject([{ outcome: 'created' }, { outcome: 'preexisting' }, { outcome: 'failed', nothingThere: true }]);
      expect([await subject.heldBy(taken.role, taken.account), await subject.heldBy(left.role, left.account)]).toEqual([[], [kept]]);
    });
  });
}
