/** A line that breaks at any byte: a list of holders is whole or an error, and an effect is found to have happened or not, never in between (R5). */
import { describe, expect, test } from 'vitest';
import type { Connector } from '../../../connectors/connector.ts';
import { SystemUnavailable } from '../../../domain/system-unavailable.ts';
import { openCutLine, type CutLine } from '../cut-line.ts';
import { createdOf, type Subject } from './subject.ts';

/** How many places an exchange is cut at; the last ones are close to its end, where an answer is whole but for a little. */
const cuts = 12;

export function cutsOff(subject: Subject): void {
  describe('a line that is cut off', () => {
    test('never makes the list of holders shorter', async ({ skip }) => {
      if (!subject.peer.network) return skip('the system has no line');
      const role = await subject.peer.role();
      const accounts = await subject.peer.accounts(40);
      await subject.grantAll(accounts.map((account) => ({ role, account })));
      const read = async (connector: Connector) =>
        (await connector.snapshot([role], accounts)).grants.filter(({ account }) => accounts.includes(account)).length;
      const whole = await received(subject, async (connector) => expect(await read(connector)).toBe(accounts.length));
      for (const bytes of placesIn(whole)) {
        const found = await cutAfter(subject, bytes, read);
        // What fails is to be tried again, and says so.
        if (found instanceof Error) expect(found).toBeInstanceOf(SystemUnavailable);
        else expect([bytes, found]).toEqual([bytes, accounts.length]);
      }
    });

    test('leaves an effect that happened or did not, and the system says which', { timeout: 60_000 }, async ({ skip }) => {
      if (!subject.peer.network) return skip('the system has no line');
      const [tried, states] = [await subject.pair(), new Set<string>()];
      const whole = await received(subject, (connector) => connector.grant([tried], async () => undefined));
      for (const bytes of placesIn(whole)) {
        const { role, account } = await subject.pair();
        let transaction: string | undefined;
        const answer = await cutAfter(subject, bytes, (connector) => connector.grant([{ role, account }], async (_told, id) => void (transaction = id)));
        if (answer instanceof Error) expect(answer).toBeInstanceOf(SystemUnavailable);
        // A server may need a moment to see that nobody is there any more.
        if (transaction !== undefined)
          await expect.poll(async () => subject.connector.wasCommitted(transaction ?? ''), { timeout: 20_000 }).not.toBe('running');
        const state = transaction === undefined ? 'aborted' : await subject.connector.wasCommitted(transaction);
        const held = await subject.heldBy(role, account);
        if (!(answer instanceof Error)) expect(held).toEqual(createdOf(answer));
        if (state !== 'unknown') expect([bytes, held.length]).toEqual([bytes, state === 'committed' ? 1 : 0]);
        states.add(answer instanceof Error ? 'error' : state);
      }
      expect([...states]).toContain('error');
    });
  });
}

/** Bytes of the system's answers after which the line is cut. */
function placesIn(whole: number): number[] {
  const evenly = Array.from({ length: cuts - 4 }, (_, at) => Math.floor((whole * at) / (cuts - 4)));
  return [...new Set([...evenly, ...[64, 16, 4, 1].map((before) => Math.max(0, whole - before))])].sort((a, b) => a - b);
}

/** How many bytes the system sends for this work. */
const received = (subject: Subject, work: (connector: Connector) => Promise<unknown>): Promise<number> =>
  over(subject, Number.POSITIVE_INFINITY, async ({ connector, bytes }) => {
    await work(connector);
    return bytes();
  });

/** What the work answers, or the error that it throws. */
const cutAfter = <T>(subject: Subject, bytes: number, work: (connector: Connector) => Promise<T>): Promise<T | Error> =>
  over(subject, bytes, ({ connector }) => work(connector).catch((error: unknown) => error as Error));

async function over<T>(subject: Subject, most: number, work: (line: CutLine) => Promise<T>): Promise<T> {
  const line = await openCutLine(subject.peer, most);
  try {
    return await work(line);
  } finally {
    await line.connector.close();
    await line.close();
  }
}
