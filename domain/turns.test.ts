import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { TooManyWait, turns } from './turns.ts';

const of = (plan: string, right = plan) => ({ plan, right });

test('a plan that keeps its turns does not hold up another', async () => {
  const { take } = turns({ perPlan: 2, perRight: 2, inAll: 4 });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (plan: string, name: string) =>
    take(of(plan)).then((end) => {
      started.push(name);
      ends.set(name, end);
    });
  const all = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => start(name.slice(0, 1), name));
  await tick();
  expect(started).toEqual(['a1', 'a2', 'b1', 'b2']);
  ends.get('b1')?.();
  ends.get('b1')?.();
  await tick();
  // The third of a waits for a turn of a, no matter who came first.
  expect(started.slice(4)).toEqual(['c1']);
  ends.get('a1')?.();
  await tick();
  expect(started.slice(5)).toEqual(['a3']);
  await Promise.all(all);
});

test('who gives up waiting takes no turn', async () => {
  const { take } = turns({ perPlan: 1, perRight: 1, inAll: 1 });
  const end = await take(of('a'));
  const controller = new AbortController();
  const late = take(of('a'), controller.signal);
  const next = take(of('b'));
  controller.abort(new Error('not wanted'));
  await expect(late).rejects.toThrow('not wanted');
  end();
  (await next)();
  (await take(of('a')))();
});

test('many plans under one right of the site have the share of that right, and no more', async () => {
  const { take } = turns({ perPlan: 1, perRight: 2, inAll: 4 });
  const started: string[] = [];
  for (const plan of ['team-1', 'team-2', 'team-3', 'team-4']) void take(of(plan, 'team-*')).then(() => started.push(plan));
  void take(of('ours')).then(() => started.push('ours'));
  await tick();
  expect(started).toEqual(['team-1', 'team-2', 'ours']);
});

test('when too many wait, the next one is sent away, and those of others are not', async () => {
  const { take } = turns({ perPlan: 1, perRight: 1, inAll: 2, waiting: { perPlan: 1, perRight: 2 } });
  const end = await take(of('team-1', 'team-*'));
  const next = take(of('team-1', 'team-*'));
  await expect(take(of('team-1', 'team-*'))).rejects.toThrow(TooManyWait);
  const other = take(of('team-2', 'team-*'));
  await expect(take(of('team-3', 'team-*'))).rejects.toThrow(TooManyWait);
  (await take(of('ours')))();
  end();
  (await next)();
  (await other)();
});

test('however many plans and rights there are, no more wait than may wait in all', async () => {
  const { take } = turns({ perPlan: 1, perRight: 1, inAll: 2, waiting: { perPlan: 1, perRight: 1, inAll: 1 } });
  const [end] = [await take(of('a')), await take(of('b'))];
  const next = take(of('c'));
  for (const plan of ['d', 'e', 'f']) await expect(take(of(plan))).rejects.toThrow(TooManyWait);
  end();
  (await next)();
});

test('who comes later is not behind a long line of groups that have a turn already', async () => {
  const { take } = turns({ perPlan: 2, perRight: 2, inAll: 3 });
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (name: string, plan: string, right: string) =>
    void take(of(plan, right)).then((end) => {
      started.push(name);
      ends.set(name, end);
    });
  for (const at of [1, 2, 3]) start(`a${at}`, 'a', 'team-a');
  for (const at of [1, 2, 3]) start(`b${at}`, 'b', 'team-b');
  start('other of b', 'b-2', 'team-b');
  start('c', 'c', 'team-c');
  await tick();
  expect(started).toEqual(['a1', 'a2', 'b1']);
  ends.get('a1')?.();
  await tick();
  expect(started.slice(3)).toEqual(['c']);
  ends.get('c')?.();
  await tick();
  // Both teams have one turn, and the plan 'b-2' has none.
  expect(started.slice(4)).toEqual(['other of b']);
  ends.get('a2')?.();
  await tick();
  expect(started.slice(5)).toEqual(['a3']);
});

describe('those that are sent away', () => {
  const again = { afterMs: 1_000, perSecond: 10 };
  /** Milliseconds until each of these, of one group, is to come again. */
  async function sentAway(plans: string[], nowMs: () => number = () => 0): Promise<number[]> {
    const { take } = turns({ perPlan: 1, perRight: 1, inAll: 1, waiting: { perPlan: 0, perRight: 0 }, again }, nowMs);
    await take(of('busy', 'team-*'));
    const found: number[] = [];
    for (const plan of plans) await take(of(plan, 'team-*')).catch((error: TooManyWait) => found.push(error.againMs));
    return found;
  }

  test('come again a little later each, however many they are, up to a quarter of an hour', async () => {
    expect(await sentAway(['a', 'a', 'a'])).toEqual([1_000, 1_100, 1_200]);
    const many = await sentAway(Array.from({ length: 20_000 }, () => 'a'));
    expect(many.filter((ms) => ms >= 5_000 && ms < 6_000)).toHaveLength(10);
    expect(Math.max(...many)).toBe(900_000);
  });

  test('of a group, one with few is not behind another one with thousands', async () => {
    const found = await sentAway([...Array.from({ length: 1_000 }, () => 'a'), 'b', 'b']);
    expect(found.slice(-2)).toEqual([1_000, 1_200]);
  });

  test('are not held against those that come after they have gone', async () => {
    let nowMs = 0;
    const found = await sentAway(['a', 'a', 'b'], () => (nowMs += 10_000));
    expect(found).toEqual([1_000, 1_000, 1_000]);
  });
});
