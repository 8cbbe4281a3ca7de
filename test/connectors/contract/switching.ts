/** A person is switched from one access to another: as a whole, or not at all. */
import { describe, expect, test } from 'vitest';
import { unrecorded } from '../../support/one-by-one.ts';
import type { ActualGrant, Connector, WantedGrant } from '../../../connectors/connector.ts';
import { why, type Subject } from './subject.ts';

interface Pair {
  change: NonNullable<Connector['switch']>;
  account: string;
  old: string;
  now: string;
  held: ActualGrant[];
  wanted: WantedGrant[];
  holds(): Promise<string[]>;
}

export function switchesAsAWhole(subject: Subject): void {
  const prepared = async (): Promise<Pair | undefined> => {
    const change = subject.connector.switch?.bind(subject.connector);
    if (!change) return undefined;
    const { role: old, account } = await subject.pair();
    const now = await subject.peer.role();
    await subject.one.granted(old, account);
    const holds = async () => [...(await subject.heldBy(old, account)).map(() => 'old'), ...(await subject.heldBy(now, account)).map(() => 'new')];
    return { change, account, old, now, held: await subject.heldBy(old, account), wanted: await subject.signed(now, [account]), holds };
  };

  describe('a person who is switched in one transaction', () => {
    test('holds the new access in place of the old one, and it was told before', async ({ skip }) => {
      const pair = await prepared();
      if (!pair) return skip('not offered');
      const told: unknown[] = [];
      let transaction: string | undefined;
      const outcome = await pair.change({ revoke: pair.held, grant: pair.wanted, restore: [] }, async (outcomes, id) => {
        told.push(...outcomes);
        transaction = id;
        expect(await pair.holds()).toEqual(['old']);
      });
      expect([outcome.revoke[0], outcome.grant[0]].map(why)).toEqual(['revoked: ', 'created: ']);
      expect(told).toEqual([outcome]);
      expect(await pair.holds()).toEqual(['new']);
      expect(await subject.connector.wasCommitted(transaction ?? '')).toBe('committed');
    });

    test('is switched back, with what they had before', async ({ skip }) => {
      const pair = await prepared();
      if (!pair) return skip('not offered');
      await pair.change({ revoke: pair.held, grant: pair.wanted, restore: [] }, unrecorded);
      const granted = await subject.heldBy(pair.now, pair.account);
      const outcome = await pair.change({ revoke: granted, grant: [], restore: pair.held }, unrecorded);
      expect([outcome.revoke[0], outcome.restore[0]].map(why)).toEqual(['revoked: ', 'created: ']);
      expect(await pair.holds()).toEqual(['old']);
    });

    test('keeps what they have where the new access is refused, and nothing is told', async ({ skip }) => {
      const pair = await prepared();
      if (!pair) return skip('not offered');
      await subject.peer.drop('role', pair.now);
      const told: unknown[] = [];
      const outcome = await pair.change({ revoke: pair.held, grant: pair.wanted, restore: [] }, async (outcomes) => void told.push(...outcomes));
      expect(outcome.grant[0]?.outcome).toBe('failed');
      expect(told).toEqual([]);
      expect(await pair.holds()).toEqual(['old']);
    });

    test('keeps what they have where it could not be written down', async ({ skip }) => {
      const pair = await prepared();
      if (!pair) return skip('not offered');
      const full = new Error('the disk is full');
      await expect(pair.change({ revoke: pair.held, grant: pair.wanted, restore: [] }, () => Promise.reject(full))).rejects.toBe(full);
      expect(await pair.holds()).toEqual(['old']);
    });
  });
}
