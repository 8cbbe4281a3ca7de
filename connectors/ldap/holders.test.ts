/** Readings of groups with tens of thousands of members take turns. */
import { expect, test } from 'vitest';
import type { Account, Accounts } from './accounts.ts';
import { Holders } from './holders.ts';

const dns = (of: string, many: number) => Array.from({ length: many }, (_, at) => `uid=${of}${at},dc=x`);

/** A directory that answers when it is told, in the order in which it was asked; `asked`: whose members, and how many. */
function slowDirectory() {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const look = async (members: string[]) => {
    const [of = ''] = /(?<==)[a-z]+/.exec(members[0] ?? '') ?? [];
    asked.push(`${of} ${members.length}`);
    await new Promise<void>((resolve) => answers.push(resolve));
    return new Map(members.map((dn) => [dn, { id: dn, dn } as Account]));
  };
  const accounts = { withDns: look, withUids: look } as unknown as Accounts;
  const answerAll = async () => {
    while (answers.length > 0) {
      answers.shift()?.();
      for (let tick = 0; tick < 20; tick++) await Promise.resolve();
    }
  };
  return { asked, accounts, answerAll };
}

test.each(['withDns', 'withUids'] as const)('%s: another large group waits for one part of those before it, and a small one for nothing', async (by) => {
  const { asked, accounts, answerAll } = slowDirectory();
  const holders = new Holders(accounts, undefined);
  const all = [holders[by](dns('first', 20_000)), holders[by](dns('second', 20_000)), holders[by](dns('large', 6_000)), holders[by](dns('small', 500))];
  await Promise.resolve();
  await answerAll();
  expect((await Promise.all(all)).map(({ size }) => size)).toEqual([20_000, 20_000, 6_000, 500]);
  expect(asked.slice(0, 3).toSorted()).toEqual(['first 5000', 'second 5000', 'small 500']);
  // Of the two before it, one has had its second part, because two are looked up at a time.
  expect(asked.indexOf('large 1000')).toBeLessThan(asked.lastIndexOf('first 5000'));
  expect(asked.indexOf('large 5000')).toBe(3);
});

test('a turn that fails is given to the next one', async () => {
  const failing = { withDns: () => Promise.reject(new Error('down')) } as unknown as Accounts;
  const holders = new Holders(failing, undefined);
  for (let each = 0; each < 5; each++) await expect(holders.withDns(dns('any', 600))).rejects.toThrow('down');
});
