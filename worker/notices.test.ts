import { expect, test } from 'vitest';
import { eachOnce } from './notices.ts';

const items = Array.from({ length: 100 }, (_, at) => ({ id: `notice-${at}` }));

test('what was started is not started again when the rest is retried, and only some are at a time', async () => {
  const started: string[] = [];
  let [running, most, fails] = [0, 0, true];
  const start = eachOnce(async ({ id }: { id: string }) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    if (fails && id === 'notice-40') throw new Error('deadline exceeded');
    started.push(id);
  });
  await expect(start(items)).rejects.toThrow('deadline exceeded');
  await expect.poll(() => running).toBe(0);
  const before = started.length;
  expect(before).toBeGreaterThan(30);
  fails = false;
  await start(items);
  expect(started.toSorted()).toEqual(items.map(({ id }) => id).toSorted());
  await start(items);
  expect([started.length, most]).toEqual([items.length, 2]);
});
