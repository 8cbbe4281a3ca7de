import { expect, test } from 'vitest';
import { asking, forEverybody, shares } from './shares.ts';

test('one person holds a share of the connections however much they ask, all people leave one, and the process waits for nobody', async () => {
  const inTurn = shares({ inAll: 5, perPerson: 2 });
  const running: { person: string; end: () => void }[] = [];
  const people = () => running.map(({ person }) => person).toSorted();
  const ask = (person: string) =>
    asking(person, () =>
      inTurn(async () => {
        await new Promise<void>((end) => running.push({ person, end }));
      }),
    );
  const all = ['ann', 'ann', 'ann', 'ann', 'ben', 'cem', 'cem', ''].map(ask);
  await expect.poll(people).toEqual(['', 'ann', 'ann', 'ben', 'cem', 'cem']);
  running.find(({ person }) => person === 'ann')?.end();
  await expect.poll(people).toEqual(['', 'ann', 'ann', 'ann', 'ben', 'cem', 'cem']);
  for (let ended = 0; ended < 8; ended += 1) {
    await expect.poll(() => running.length).toBeGreaterThan(ended);
    running[ended]?.end();
  }
  await Promise.all(all);
});

test('what a request begins for everybody is not theirs, whatever its timers ask later', async () => {
  const inTurn = shares({ inAll: 2, perPerson: 1 });
  const end = Promise.withResolvers<void>();
  const own = asking('ann', () => inTurn(() => end.promise));
  const forAll = asking('ann', () => forEverybody(() => new Promise<string>((resolve) => setTimeout(() => void inTurn(async () => resolve('asked')), 1))));
  expect(await forAll).toBe('asked');
  end.resolve();
  await own;
});

test('a question that fails gives its connection back', async () => {
  const inTurn = shares({ inAll: 1, perPerson: 1 });
  await expect(asking('ann', () => inTurn(() => Promise.reject(new Error('no'))))).rejects.toThrow('no');
  expect(await asking('ann', () => inTurn(async () => 'answered'))).toBe('answered');
});
