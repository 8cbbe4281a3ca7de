/** What a connector may offer, and what holds where it does. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { NotPermitted } from '../../../connectors/connector.ts';
import { findingsSchema, lackingIn } from '../../../domain/access/server-behaviour.ts';
import { scratchOf } from '../../../domain/access/server-probe.ts';
import type { Subject } from './subject.ts';

export function offers(subject: Subject): void {
  describe('where it is offered', () => {
    test.for(['simulations', 'readings', 'comparisons'] as const)(
      'the system aside for %s is the same system, and always the same one',
      async (work, { skip }) => {
        const { connector } = subject;
        const aside = connector.aside?.(work);
        if (!aside) return skip('not offered');
        const { role, account } = await subject.pair();
        await subject.one.granted(role, account);
        expect(connector.aside?.(work)).toBe(aside);
        expect([aside.kind, await aside.place()]).toEqual([connector.kind, await connector.place()]);
        expect(await aside.snapshot([role], [account])).toEqual(await connector.snapshot([role], [account]));
      },
    );

    test('the number of accounts covers all that can sign in', async ({ skip }) => {
      const { connector } = subject;
      if (!connector.accountCount) return skip('not offered');
      // Other tests may use the same server, so that there are more at any time.
      const many = 40;
      const { accounts } = await connector.snapshot([], await subject.peer.accounts(many));
      expect(accounts).toHaveLength(many);
      expect(await connector.accountCount()).toBeGreaterThanOrEqual(many);
      expect(Number.isSafeInteger(await connector.accountCount())).toBe(true);
    });

    test('nobody who does nothing runs a job, or the login may not see it and is told what would allow it', async ({ skip }) => {
      const { connector } = subject;
      if (!connector.running) return skip('not offered');
      expectNone(await connector.running(await subject.peer.accounts(2)));
    });

    test('nobody who does nothing has used a role, or the login may not see it and is told what would allow it', async ({ skip }) => {
      const { connector } = subject;
      if (!connector.lastUse) return skip('not offered');
      const { role, account } = await subject.pair();
      await subject.one.granted(role, account);
      expectNone(await connector.lastUse([role], [account], Date.now() - 3_600_000));
    });

    test('the last change of an access is the one that was made last, by whom and when', async ({ skip }) => {
      const { connector } = subject;
      if (!connector.lastChange) return skip('not offered');
      const [{ role, account }, another] = [await subject.pair(), await subject.pair()];
      const since = Date.now() - 5_000;
      await subject.one.granted(role, account);
      const asked = [{ role, account }, another];
      const granted = await connector.lastChange(asked);
      if (!Array.isArray(granted)) {
        expect(granted.notPermitted).toMatch(/./);
        return skip(`not kept here: ${granted.notPermitted}`);
      }
      if (!subject.traits.tellsLastChanges) {
        expect(granted).toEqual([undefined, undefined]);
        return;
      }
      const [grant] = await subject.heldBy(role, account);
      expect(granted).toEqual([{ did: 'granted', by: grant?.grantor, atMs: expect.any(Number) }, undefined]);
      expect(granted[0]?.atMs).toBeGreaterThan(since);
      expect(granted[0]?.atMs).toBeLessThan(Date.now() + 5_000);
      // Under the same names, and by ids that are not theirs.
      expect(await connector.lastChange([{ role, account, roleId: '1', accountId: '1' }])).toEqual([undefined]);
      await subject.peer.revokeAll(role, account);
      const [revoked] = (await connector.lastChange(asked)) as Awaited<ReturnType<typeof connector.lastChange>> & unknown[];
      // Some keep nothing of what is gone; nobody may say that it is still granted.
      expect(revoked === undefined || (revoked as { did: string }).did === 'revoked').toBe(true);
    });

    test('what the server does is answered for all that its effects rely on, and by reading alone', async ({ skip }) => {
      const { probe } = subject.connector;
      if (!probe) return skip('not offered');
      const findings = await probe.assumed();
      expect(findingsSchema.parse(findings)).toEqual(findings);
      expect(await probe.server()).toBe(await probe.server());
      for (const { behaviour } of probe.reliesOn) expect(Object.keys(findings)).toContain(behaviour);
    });

    test('a probe leaves nothing behind, also when it is stopped, and finds what the effects rely on', async ({ skip }) => {
      const { probe } = subject.connector;
      if (!probe?.measure) return skip('not offered');
      const [one = '', other = ''] = await subject.peer.accounts(2);
      const isThere = async (role: string) => (await subject.connector.snapshot([role, `/${role}`], [])).roles.some(({ exists }) => exists);
      const scratch = () => scratchOf({ rolePrefix: 'rolewave-probe-', accounts: [one, other], days: 30 }, randomUUID());
      const [whole, stopped] = [scratch(), scratch()];
      const findings = await probe.measure(whole, AbortSignal.timeout(60_000));
      expect(findingsSchema.parse(findings)).toEqual(findings);
      expect(lackingIn({ ...(await probe.assumed()), ...findings }, probe.reliesOn, ['grant', 'revoke'], false)).toEqual([]);
      await expect(probe.measure(stopped, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
      const interrupted = [];
      // While it asks, and while it waits.
      for (const afterMs of [30, 100, 250, 600]) {
        const late = new AbortController();
        setTimeout(() => late.abort(new Error('enough')), afterMs);
        const aside = scratch();
        await probe.measure(aside, late.signal).catch((error: unknown) => expect(error).toMatchObject({ message: 'enough' }));
        interrupted.push(aside);
      }
      for (const { role } of [whole, stopped, ...interrupted]) expect(await isThere(role)).toBe(false);
    });
  });
}

function expectNone(answer: unknown[] | NotPermitted): void {
  if (Array.isArray(answer)) expect(answer).toEqual([]);
  else expect(answer.notPermitted).toMatch(/./);
}
