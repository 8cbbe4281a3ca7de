import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { turns } from './turns.ts';

test('a plan that keeps its turns does not hold up another', async () => {
  const { take } = turns({ perPlan: 2, inAll: 4 });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (plan: string, name: string) =>
    take(plan).then((end) => {
      started.push(name);
      ends.set(name, end);
    });
  const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => start(name.slice(0, 1), name));
  await tick();
  expect(started).toEqual(['a1', 'a2', 'b1', 'b2']);
  ends.get('b1')?.();
  ends.get('b1')?.();
  await tick();
  // The third of a waits for a turn of a, even though it came before c.
  expect(started.slice(4)).toEqual(['c1']);
  ends.get('a1')?.();
  await tick();
  expect(started.slice(5)).toEqual(['a3']);
  await Promise.all(all);
});

test('who gives up waiting takes no turn', async () => {
  const { take } = turns({ perPlan: 1, inAll: 1 });
  const end = await take('a');
  const controller = new AbortController();
  const late = take('a', controller.signal);
  const next = take('b');
  controller.abort(new Error('not wanted'));
  await expect(late).rejects.toThrow('not wanted');
  end();
  (await next)();
  (await take('a'))();
});
