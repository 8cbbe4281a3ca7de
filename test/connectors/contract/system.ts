/** The system as a whole: where it is, whether Rolewave may work there, and what it does when it is away. */
import { describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../../domain/system-unavailable.ts';
import { unrecorded } from '../../support/one-by-one.ts';
import type { Subject } from './subject.ts';

export function speaksForTheSystem(subject: Subject): void {
  describe('the system itself', () => {
    test('has one place for all processes', async () => {
      expect(await subject.elsewhere((other) => other.place())).toBe(await subject.connector.place());
    });

    test('says its version, and of each role whether it can be granted', async () => {
      const [there, gone] = [await subject.peer.role(), await subject.peer.role()];
      await subject.peer.drop('role', gone);
      const { version, lines } = await subject.connector.check([there, gone], []);
      expect(version).toMatch(/./);
      expect(lines.filter(({ text }) => text.includes(there)).map(({ state }) => state)).toEqual(['ok']);
      expect(lines.filter(({ text }) => text.includes(gone)).map(({ state }) => state)).toEqual(['wrong']);
      for (const line of lines) if (line.state !== 'ok') expect(line.fix).toMatch(/./);
    });

    test('has a statement for people that names the roles', async () => {
      const role = await subject.peer.role();
      expect(subject.connector.checkStatement([role])).toContain(role);
    });

    test('that does not answer is SystemUnavailable, whatever was asked', async ({ skip }) => {
      const away = subject.peer.unreachable?.();
      if (!away) return skip('the system is always there');
      const { role, account } = await subject.pair();
      const granted = await subject.one.granted(role, account);
      try {
        const asked = [
          () => away.place(),
          () => away.check([role]),
          () => away.snapshot([role], [account]),
          () => away.grant([{ role, account }], unrecorded),
          () => away.revoke([granted], unrecorded),
          () => away.restore([granted], unrecorded),
          () => away.rehearse({ grant: [{ role, account }], revoke: [], restore: [] }),
          () => away.wasCommitted('1'),
        ];
        for (const ask of asked) await expect(ask()).rejects.toThrow(SystemUnavailable);
      } finally {
        await away.close();
      }
    });
  });
}
