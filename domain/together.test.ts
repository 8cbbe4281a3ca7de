import { expect, test } from 'vitest';
import { togetherBy } from './together.ts';

test('those who ask the same at the same time have one answer, and those who ask later another one', async () => {
  let asked = 0;
  let answer: (value: number) => void = () => undefined;
  const ask = togetherBy(
    (plans: string[]) => plans.length,
    () => {
      asked += 1;
      return new Promise<number>((resolve) => (answer = resolve));
    },
  );
  const both = [ask(['a']), ask(['b'])];
  answer(1);
  expect([await Promise.all(both), asked]).toEqual([[1, 1], 1]);
  const later = ask(['a']);
  answer(2);
  expect([await later, asked]).toEqual([2, 2]);
});

test('a failure is everybody’s who waits, and nobody’s who comes later', async () => {
  let fails = true;
  const ask = togetherBy(
    (of: string) => of,
    async (of) => {
      if (fails) throw new Error('silent');
      return of;
    },
  );
  const both = await Promise.allSettled([ask('a'), ask('a')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await ask('a')).toBe('a');
});
