import { expect, test } from 'vitest';
import { inTurn } from './in-turn.ts';
import { turns } from './turns.ts';

const ofA = { plan: 'a', right: 'r' };

test('work begins when it is its turn, and the next has the turn when it ends, however it ends', async () => {
  const line = turns({ perPlan: 1, perRight: 1, inAll: 1 });
  const first = Promise.withResolvers<string>();
  const begun: string[] = [];
  const work = (name: string, does: () => Promise<string>) =>
    inTurn(line.take(ofA), () => {
      begun.push(name);
      return does();
    });
  const all = [
    work('first', () => first.promise),
    work('fails', () => Promise.reject(new Error('no'))),
    work('throws', () => {
      throw new Error('at once');
    }),
    work('last', async () => 'done'),
  ];
  await Promise.resolve();
  await expect.poll(() => begun).toEqual(['first']);
  first.resolve('one');
  expect(await Promise.allSettled(all)).toMatchObject([{ value: 'one' }, { reason: new Error('no') }, { reason: new Error('at once') }, { value: 'done' }]);
  expect(begun).toEqual(['first', 'fails', 'throws', 'last']);
});

test('work whose turn is refused does not begin', async () => {
  const line = turns({ perPlan: 1, perRight: 1, inAll: 1, waiting: { perPlan: 0, perRight: 0 } });
  await line.take(ofA);
  let begun = 0;
  await expect(inTurn(line.take(ofA), async () => void (begun += 1))).rejects.toThrow('wait already');
  expect(begun).toBe(0);
});
