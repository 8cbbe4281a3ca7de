import { expect, test } from 'vitest';
import { asking, forEverybody, forTheProcess, shares } from './shares.ts';

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

test('what a request begins for the process is not theirs, whatever its timers ask later, and waits for nobody', async () => {
  const inTurn = shares({ inAll: 1, perPerson: 1 });
  const end = Promise.withResolvers<void>();
  const own = asking('ann', () => inTurn(() => end.promise));
  const later = asking('ann', () => forTheProcess(() => new Promise<string>((resolve) => setTimeout(() => void inTurn(async () => resolve('asked')), 1))));
  expect(await later).toBe('asked');
  end.resolve();
  await own;
});

test('what is asked for everybody waits for nobody’s own questions, and leaves connections to them however much it is', async () => {
  const inTurn = shares({ inAll: 3, perPerson: 1 });
  const end = Promise.withResolvers<void>();
  const own = asking('ann', () => inTurn(() => end.promise));
  expect(await asking('ann', () => forEverybody(() => inTurn(async () => 'asked')))).toBe('asked');
  const many = Array.from({ length: 20 }, () => asking('ann', () => forEverybody(() => inTurn(() => end.promise))));
  expect(await asking('ben', () => inTurn(async () => 'answered'))).toBe('answered');
  end.resolve();
  await Promise.all([own, ...many]);
});

test('a question that fails gives its connection back', async () => {
  const inTurn = shares({ inAll: 1, perPerson: 1 });
  await expect(asking('ann', () => inTurn(() => Promise.reject(new Error('no'))))).rejects.toThrow('no');
  expect(await asking('ann', () => inTurn(async () => 'answered'))).toBe('answered');
});
